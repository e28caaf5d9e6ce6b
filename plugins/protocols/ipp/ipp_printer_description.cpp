// SPDX-License-Identifier: Apache-2.0
// The attributes of Get-Printer-Attributes (RFC 8011 5.4, PWG 5100.12 6, PWG 5100.14 5).
#include "ipp_attributes.hpp"
#include "ipp_codes.hpp"
#include "ipp_printer.hpp"

#include <algorithm>

namespace printrouter::ipp {

namespace {

std::vector<Value> first_of(const Group& facts, std::string_view name) {
  const Value* v = facts.value(name);
  return v ? std::vector<Value>{*v} : std::vector<Value>{};
}

void copy_fact(const Group& facts, std::string_view name, Group& out) {
  if (const Attribute* a = facts.find(name)) out.attributes.push_back(*a);
}

int32_t time_of(const Group& facts, std::string_view name) {
  const Value* v = facts.value(name);
  return up_time(v ? unix_seconds(v->text) : 0);
}

/// IEEE 1284 device id; a value must not hold what separates them.
std::string device_id(std::string_view model, const std::vector<std::string_view>& formats) {
  static constexpr std::pair<std::string_view, std::string_view> languages[] = {
      {"application/pdf", "PDF"},
      {"application/postscript", "PS"},
      {"application/vnd.hp-pcl", "PCL"},
      {"application/vnd.hp-pclxl", "PCLXL"},
      {"image/pwg-raster", "PWGRaster"},
      {"image/urf", "URF"},
      {"image/jpeg", "JPEG"}};
  std::string commands;
  for (const auto& [mime, command] : languages)
    if (std::find(formats.begin(), formats.end(), mime) != formats.end())
      commands += (commands.empty() ? "" : ",") + std::string(command);
  std::string name;
  for (char c : model) name += c == ';' || c == ':' || static_cast<uint8_t>(c) < ' ' ? ' ' : c;
  return "MFG:printrouter;MDL:" + name + ";CMD:" + commands + ";";
}

}  // namespace

Value Printer::media_col_of(std::string_view media, bool with_source) const {
  const int32_t margin = facts_.value("media-margins")->integer;
  Group g;
  g.add("media", Tag::keyword, media);
  for (std::string_view side :
       {"media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin"})
    g.add_integer(side, margin);
  if (with_source) {
    g.add("media-source", Tag::keyword, facts_.text("media-source-supported"));
    g.add("media-type", Tag::keyword, facts_.text("media-type-supported"));
  }
  return media_col(g);
}

void Printer::describe_media(Group& out) const {
  for (std::string_view name :
       {"media-supported", "media-default", "media-ready", "media-source-supported", "media-type-supported"})
    copy_fact(facts_, name, out);
  std::vector<Value> sizes;
  std::vector<Value> database;
  std::vector<Value> ready;
  for (std::string_view media : texts("media-supported")) {
    const Value col = media_col_of(media, false);
    for (const Attribute& member : col.members)
      if (member.name == "media-size") sizes.push_back(member.values[0]);
    database.push_back(col);
  }
  for (std::string_view media : texts("media-ready")) ready.push_back(media_col_of(media, true));
  out.add("media-size-supported", std::move(sizes));
  out.add("media-col-database", std::move(database));
  out.add("media-col-ready", std::move(ready));
  out.add("media-col-default", media_col_of(facts_.text("media-default"), true));
  out.add("media-col-supported", Tag::keyword,
          {"media-bottom-margin", "media-left-margin", "media-right-margin", "media-size", "media-source",
           "media-top-margin", "media-type"});
  const int32_t margin = facts_.value("media-margins")->integer;
  for (std::string_view side : {"media-bottom-margin-supported", "media-left-margin-supported",
                                "media-right-margin-supported", "media-top-margin-supported"})
    out.add_integer(side, margin);
}

void Printer::describe_raster(Group& out) const {
  const bool color = facts_.value("color-supported")->integer != 0;
  if (supports_format("image/pwg-raster")) {
    out.add("pwg-raster-document-resolution-supported", facts_.find("printer-resolution-supported")->values);
    out.add("pwg-raster-document-sheet-back", Tag::keyword, "normal");
    std::vector<Value> types{Value::of_text(Tag::keyword, "black_1"),
                             Value::of_text(Tag::keyword, "sgray_8")};
    if (color) types.push_back(Value::of_text(Tag::keyword, "srgb_8"));
    out.add("pwg-raster-document-type-supported", std::move(types));
  }
  if (supports_format("image/urf")) {
    std::string resolutions = "RS";
    for (const Value& v : facts_.find("printer-resolution-supported")->values)
      resolutions += (resolutions.size() > 2 ? "-" : "") + std::to_string(v.integer);
    std::vector<Value> urf{Value::of_text(Tag::keyword, "V1.4"), Value::of_text(Tag::keyword, "CP99"),
                           Value::of_text(Tag::keyword, "W8"), Value::of_text(Tag::keyword, resolutions)};
    if (color) urf.push_back(Value::of_text(Tag::keyword, "SRGB24"));
    const auto sides = texts("sides-supported");
    if (std::find(sides.begin(), sides.end(), "two-sided-long-edge") != sides.end())
      urf.push_back(Value::of_text(Tag::keyword, "DM1"));
    out.add("urf-supported", std::move(urf));
  }
}

void Printer::describe_job_template(Group& out) const {
  for (const Attribute& a : facts_.attributes)
    if (is_job_template(a.name) && !a.name.starts_with("media")) out.attributes.push_back(a);
  const auto add_default = [&](std::string_view name, std::vector<Value> value) {
    if (!out.find(name)) out.add(name, std::move(value));
  };
  add_default("copies-default", {Value::of_integer(1)});
  add_default("finishings-default", {Value::of_integer(3, Tag::enumeration)});
  add_default("job-sheets-default", {Value::of_text(Tag::keyword, "none")});
  add_default("number-up-default", {Value::of_integer(1)});
  add_default("orientation-requested-default", {Value::of_integer(3, Tag::enumeration)});
  add_default("output-bin-default", first_of(facts_, "output-bin-supported"));
  add_default("print-content-optimize-default", first_of(facts_, "print-content-optimize-supported"));
  add_default("print-rendering-intent-default", first_of(facts_, "print-rendering-intent-supported"));
  const auto& qualities = facts_.find("print-quality-supported")->values;
  const bool normal =
      std::any_of(qualities.begin(), qualities.end(), [](const Value& v) { return v.integer == 4; });
  add_default("print-quality-default",
              {Value::of_integer(normal ? 4 : qualities[0].integer, Tag::enumeration)});
  add_default("printer-resolution-default", first_of(facts_, "printer-resolution-supported"));
  if (facts_.find("job-hold-until-supported"))
    add_default("job-hold-until-default", {Value::of_text(Tag::keyword, "no-hold")});
  for (std::string_view name : {"job-account-id", "job-accounting-user-id"}) {
    const Value* v = facts_.value(std::string(name) + "-supported");
    if (v && v->integer) add_default(std::string(name) + "-default", {Value::out_of_band(Tag::no_value)});
  }
  if (facts_.find("job-password-supported"))
    add_default("job-password-encryption-supported", {Value::of_text(Tag::keyword, "none")});
  // PWG 5100.14 table 3 wants the selectors; no attribute can be overridden, so none is listed.
  out.add("overrides-supported", Tag::keyword, {"document-number", "pages"});
}

void Printer::describe_service(Group& out) const {
  out.add("charset-configured", Tag::charset, "utf-8");
  out.add("charset-supported", Tag::charset, {"us-ascii", "utf-8"});
  out.add("compression-supported", Tag::keyword, {"none", "deflate", "gzip"});
  out.add("generated-natural-language-supported", Tag::language, "en");
  out.add("identify-actions-default", Tag::keyword, "display");
  out.add("identify-actions-supported", Tag::keyword, "display");
  if (supports_format("image/pwg-raster") && supports_format("image/jpeg"))
    out.add("ipp-features-supported", Tag::keyword, "ipp-everywhere");
  out.add("ipp-versions-supported", Tag::keyword, {"1.1", "2.0"});
  std::vector<Value> creation;
  const auto creatable = [&](std::string_view name) {
    creation.push_back(Value::of_text(Tag::keyword, name));
  };
  for (std::string_view name : {"document-name", "ipp-attribute-fidelity", "job-name", "media-col"})
    creatable(name);
  for (const Attribute& a : facts_.attributes) {
    constexpr std::string_view suffix = "-supported";
    if (!a.name.ends_with(suffix) || !is_job_template(a.name) || a.values[0] == Value::of_boolean(false))
      continue;
    if (a.name.starts_with("media-") && a.name != "media-supported") continue;
    creatable(std::string_view(a.name).substr(0, a.name.size() - suffix.size()));
  }
  std::sort(creation.begin(), creation.end(), [](const Value& a, const Value& b) { return a.text < b.text; });
  out.add("job-creation-attributes-supported", std::move(creation));
  out.add_boolean("job-ids-supported", true);
  out.add("job-impressions-supported", Value::of_range(0, INT32_MAX));
  out.add("job-media-sheets-supported", Value::of_range(0, INT32_MAX));
  out.add_boolean("multiple-document-jobs-supported", false);
  out.add("multiple-operation-time-out-action", Tag::keyword, "abort-job");
  out.add("natural-language-configured", Tag::language, "en");
  std::vector<Value> operations;
  for (Operation op :
       {op_print_job, op_validate_job, op_create_job, op_send_document, op_cancel_job, op_get_job_attributes,
        op_get_jobs, op_get_printer_attributes, op_cancel_my_jobs, op_close_job, op_identify_printer})
    operations.push_back(Value::of_integer(op, Tag::enumeration));
  out.add("operations-supported", std::move(operations));
  out.add("pdl-override-supported", Tag::keyword, "attempted");
  out.add_boolean("preferred-attributes-supported", false);
  out.add_integer("printer-config-change-time", time_of(facts_, "printer-config-change-date-time"));
  out.add("printer-current-time", Tag::date_time, date_time(now_));
  out.add("printer-device-id", Tag::text,
          device_id(facts_.text("printer-make-and-model"), texts("document-format-supported")));
  out.add("printer-get-attributes-supported", Tag::keyword, "document-format");
  std::vector<Value> icons;
  for (std::string_view page : {"/icon-48.png", "/icon-128.png", "/icon-512.png"})
    icons.push_back(Value::of_text(Tag::uri, site_.web(page)));
  out.add("printer-icons", std::move(icons));
  out.add_integer("printer-state-change-time", time_of(facts_, "printer-state-change-date-time"));
  // The router has no supplies of its own and cannot speak for every device behind it (PWG 5100.13 5.6.36).
  out.add("printer-supply", Tag::octets,
          "type=other;maxcapacity=-2;level=-2;index=1;class=other;unit=other;colorantname=unknown;");
  out.add("printer-supply-description", Tag::text, "The supplies of the printer behind this queue");
  out.add_integer("printer-up-time", up_time(now_));
  out.add("printer-uri-supported", Tag::uri, site_.printer_uri());
  out.add("uri-authentication-supported", Tag::keyword, "requesting-user-name");
  out.add("uri-security-supported", Tag::keyword, site_.secure ? "tls" : "none");
  out.add("which-jobs-supported", Tag::keyword, {"completed", "not-completed", "all"});
}

Group Printer::describe(const Attribute* requested) {
  complete_description();
  Group all{Tag::printer_group, {}};
  for (const Attribute& a : facts_.attributes)
    if (!is_job_template(a.name) && a.name != "media-margins") all.attributes.push_back(a);
  describe_service(all);
  describe_job_template(all);
  describe_media(all);
  describe_raster(all);
  std::erase_if(all.attributes, [&](const Attribute& a) { return !is_requested(requested, a.name); });
  return all;
}

}  // namespace printrouter::ipp
