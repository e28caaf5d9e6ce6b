// SPDX-License-Identifier: Apache-2.0
// Facts and what a ticket may ask for. How the printer describes itself is in ipp_printer_description.cpp.
#include "ipp_printer.hpp"

#include "http_head.hpp"
#include "ipp_attributes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace printrouter::ipp {

namespace {

constexpr std::array job_template{std::string_view("copies"),
                                  std::string_view("finishings"),
                                  std::string_view("finishings-col"),
                                  std::string_view("job-account-id"),
                                  std::string_view("job-accounting-user-id"),
                                  std::string_view("job-hold-until"),
                                  std::string_view("job-password"),
                                  std::string_view("job-priority"),
                                  std::string_view("job-sheets"),
                                  std::string_view("media"),
                                  std::string_view("media-col"),
                                  std::string_view("multiple-document-handling"),
                                  std::string_view("number-up"),
                                  std::string_view("orientation-requested"),
                                  std::string_view("output-bin"),
                                  std::string_view("overrides"),
                                  std::string_view("page-ranges"),
                                  std::string_view("print-color-mode"),
                                  std::string_view("print-content-optimize"),
                                  std::string_view("print-quality"),
                                  std::string_view("print-rendering-intent"),
                                  std::string_view("print-scaling"),
                                  std::string_view("printer-resolution"),
                                  std::string_view("sides")};

std::vector<Value> keywords(std::initializer_list<std::string_view> texts) {
  std::vector<Value> out;
  for (std::string_view t : texts) out.push_back(Value::of_text(Tag::keyword, t));
  return out;
}

std::vector<Value> enums(std::initializer_list<int32_t> numbers) {
  std::vector<Value> out;
  for (int32_t n : numbers) out.push_back(Value::of_integer(n, Tag::enumeration));
  return out;
}

}  // namespace

int32_t up_time(int64_t seconds) {
  constexpr int64_t epoch = 1577836800;  // 2020-01-01 UTC
  return static_cast<int32_t>(std::clamp<int64_t>(seconds - epoch, 1, INT32_MAX));
}

bool is_job_template(std::string_view name) {
  for (std::string_view suffix : {"-supported", "-default", "-ready", "-database"})
    if (name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
      break;
    }
  if (name.starts_with("media-") && name != "media-col") return true;
  return std::find(job_template.begin(), job_template.end(), name) != job_template.end();
}

bool is_requested(const Attribute* requested, std::string_view name) {
  if (!requested || requested->values.empty()) return name != "media-col-database";
  for (const Value& v : requested->values) {
    if (v.text == name) return true;
    if (name == "media-col-database") continue;  // PWG 5100.7 6.3.27: only when named
    if (v.text == "all") return true;
    if (v.text == "job-template" && is_job_template(name)) return true;
    if ((v.text == "printer-description" || v.text == "job-description") && !is_job_template(name))
      return true;
  }
  return false;
}

Printer::Printer(pr_attrs facts, Site site, int64_t now, int64_t loaded)
    : site_(std::move(site)), now_(now), loaded_(loaded) {
  facts_.attributes = copy(facts);
  complete_ticket_facts();
}

void Printer::otherwise(std::string_view name, std::vector<Value> values) {
  if (!facts_.find(name)) facts_.add(name, std::move(values));
}

void Printer::otherwise(std::string_view name, Tag tag, std::string_view text) {
  if (!facts_.find(name)) facts_.add(name, tag, text);
}

void Printer::complete_ticket_facts() {
  otherwise("document-format-supported", Tag::mime, "application/octet-stream");
  otherwise("media-supported", keywords({"iso_a4_210x297mm", "na_letter_8.5x11in"}));
  otherwise("media-source-supported", Tag::keyword, "auto");
  otherwise("media-type-supported", Tag::keyword, "stationery");
  otherwise("sides-supported", Tag::keyword, "one-sided");
  otherwise("color-supported", {Value::of_boolean(true)});
  otherwise("print-color-mode-supported",
            prints_color() ? keywords({"auto", "color", "monochrome"}) : keywords({"auto", "monochrome"}));
  otherwise("copies-supported", {Value::of_range(1, 999)});
  otherwise("printer-resolution-supported", {Value::of_resolution(300, 300), Value::of_resolution(600, 600)});
  otherwise("print-quality-supported", enums({4}));
  otherwise("finishings-supported", enums({3}));
  otherwise("output-bin-supported", Tag::keyword, "face-down");
  otherwise("orientation-requested-supported", enums({3, 4, 5, 6}));
  otherwise("number-up-supported", {Value::of_integer(1)});
  otherwise("page-ranges-supported", {Value::of_boolean(supports_format("application/pdf"))});
  otherwise("job-sheets-supported", Tag::keyword, "none");
  otherwise("print-content-optimize-supported", Tag::keyword, "auto");
  otherwise("print-rendering-intent-supported", Tag::keyword, "auto");
  otherwise("job-k-octets-supported", {Value::of_range(0, INT32_MAX)});
}

void Printer::complete_description() {
  otherwise("printer-name", Tag::name, "printrouter");
  otherwise("printer-info", Tag::text, std::string(facts_.text("printer-name")));
  otherwise("printer-location", Tag::text, "");
  otherwise("printer-make-and-model", Tag::text, "printrouter");
  otherwise("printer-organization", Tag::text, "");
  otherwise("printer-organizational-unit", Tag::text, "");
  otherwise("printer-geo-location", {Value::out_of_band(Tag::unknown)});
  otherwise("printer-more-info", Tag::uri, site_.web("/"));
  otherwise("printer-supply-info-uri", Tag::uri, site_.web("/"));
  otherwise("printer-uuid", Tag::uri, "urn:uuid:00000000-0000-0000-0000-000000000000");
  otherwise("printer-state", enums({3}));
  otherwise("printer-state-reasons", Tag::keyword, "none");
  otherwise("printer-is-accepting-jobs", {Value::of_boolean(true)});
  otherwise("queued-job-count", {Value::of_integer(0)});
  otherwise("printer-state-change-date-time", Tag::date_time, date_time(loaded_));
  otherwise("printer-config-change-date-time", Tag::date_time, date_time(loaded_));
  otherwise("document-format-default", Tag::mime,
            supports_format("application/octet-stream")
                ? "application/octet-stream"
                : std::string(facts_.text("document-format-supported")));
  otherwise("media-default", Tag::keyword, std::string(facts_.text("media-supported")));
  otherwise("media-ready", Tag::keyword, std::string(facts_.text("media-default")));
  otherwise("media-margins", {Value::of_integer(423)});
  otherwise("sides-default", Tag::keyword, "one-sided");
  otherwise("print-color-mode-default", Tag::keyword, "auto");
  otherwise("pages-per-minute", {Value::of_integer(1)});
  if (prints_color()) otherwise("pages-per-minute-color", {Value::of_integer(1)});
  otherwise("multiple-operation-time-out", {Value::of_integer(300)});
}

std::vector<std::string_view> Printer::texts(std::string_view name) const {
  std::vector<std::string_view> out;
  if (const Attribute* a = facts_.find(name))
    for (const Value& v : a->values) out.push_back(v.text);
  return out;
}

bool Printer::accepts_jobs() const {
  const Value* v = facts_.value("printer-is-accepting-jobs");
  return !v || v->integer;
}

bool Printer::prints_color() const {
  return facts_.value("color-supported")->integer != 0;
}

bool Printer::supports_format(std::string_view mime) const {
  const Attribute* formats = facts_.find("document-format-supported");
  mime = mime.substr(0, mime.find(';'));  // parameters say nothing about the language
  return formats && std::any_of(formats->values.begin(), formats->values.end(),
                                [&](const Value& v) { return http::equal_no_case(v.text, mime); });
}

bool Printer::fits(const Attribute& wanted) const {
  const Attribute* supported = facts_.find(wanted.name + "-supported");
  if (!supported || supported->values.empty() || wanted.values.empty()) return false;
  const Value& first = supported->values.front();
  if (wanted.name == "page-ranges")
    return first.integer && std::all_of(wanted.values.begin(), wanted.values.end(), [](const Value& v) {
             return v.tag == Tag::range && v.integer >= 1 && v.upper >= v.integer;
           });
  if (wanted.name == "job-password")
    return wanted.values.size() == 1 && wanted.values[0].tag == Tag::octets &&
           wanted.values[0].text.size() <= static_cast<size_t>(std::max(first.integer, 0));
  if (first.tag == Tag::boolean) return first.integer != 0;
  const bool many = wanted.name == "finishings";
  if (!many && wanted.values.size() != 1) return false;
  return std::all_of(wanted.values.begin(), wanted.values.end(), [&](const Value& w) {
    return std::any_of(supported->values.begin(), supported->values.end(), [&](const Value& s) {
      if (s.tag == Tag::range) return w.tag == Tag::integer && s.integer <= w.integer && w.integer <= s.upper;
      if (is_string(s.tag)) return is_string(w.tag) && s.text == w.text;
      if (wanted.name == "job-priority") return w.tag == Tag::integer && w.integer >= 1 && w.integer <= 100;
      return w.tag == s.tag && w.integer == s.integer && w.upper == s.upper && w.units == s.units;
    });
  });
}

bool Printer::fits_media_col(const Value& col) const {
  if (col.tag != Tag::begin_collection) return false;
  Group flat{Tag::job_group, {}};
  flatten_media_col(col, flat);
  for (const Attribute& a : flat.attributes) {
    if (a.name == "media") {
      MediaSize wanted;
      if (!media_size(a.values[0].text, wanted)) return false;
      const auto names = texts("media-supported");
      const bool known = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        MediaSize have;
        return media_size(name, have) && std::abs(have.x - wanted.x) <= 50 &&
               std::abs(have.y - wanted.y) <= 50;
      });
      if (!known) return false;
    } else if (a.name == "media-source" || a.name == "media-type") {
      if (!fits(a)) return false;
    }
    // Margins, colour and the like narrow the choice of a sheet; they are passed on and refuse nothing.
  }
  return true;
}

void Printer::sort_ticket(const Group& job, Group& accepted, Group& unsupported) const {
  for (const Attribute& a : job.attributes) {
    if (a.name == "media-col") {
      if (a.values.size() == 1 && fits_media_col(a.values[0]))
        flatten_media_col(a.values[0], accepted);
      else
        unsupported.attributes.push_back(a);
    } else if (a.name == "job-uuid" || a.name == "job-name") {
      // job-name is an operation attribute, job-uuid the printer's own: what a client says here is a wish.
      if (a.values.size() == 1 && is_string(a.values[0].tag)) accepted.attributes.push_back(a);
    } else if (fits(a)) {
      accepted.attributes.push_back(a);
    } else if (facts_.find(a.name + "-supported")) {
      unsupported.attributes.push_back(a);  // RFC 8011 4.1.7: the value is what is not supported
    } else {
      unsupported.add(a.name, Value::out_of_band(Tag::unsupported_value));
    }
  }
}

}  // namespace printrouter::ipp
