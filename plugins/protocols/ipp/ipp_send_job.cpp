// SPDX-License-Identifier: Apache-2.0
#include "ipp_send_job.hpp"

#include "http_head.hpp"
#include "ipp_attributes.hpp"
#include "ipp_codes.hpp"

#include <algorithm>
#include <array>

namespace printrouter::ipp {

namespace {

using sdk::view;

constexpr uint64_t worth_coding = 32 * 1024;  // below that a round of gzip costs more than it saves
constexpr uint64_t worth_two_steps =
    256 * 1024;  // from here on a job-id before the first byte is worth a round trip

/// Operation attributes of a job (RFC 8011 4.2.1.1, PWG 5100.11); everything else is a job attribute.
constexpr std::array operation_attributes{
    std::string_view("job-password"),     std::string_view("job-password-encryption"),
    std::string_view("job-k-octets"),     std::string_view("job-impressions"),
    std::string_view("job-media-sheets"), std::string_view("document-name")};
/// Ours alone, or set elsewhere: never sent from a ticket.
constexpr std::array own_attributes{std::string_view("http-no-expect"),
                                    std::string_view("ticket-exact"),
                                    std::string_view("ipp-attribute-fidelity"),
                                    std::string_view("job-uuid"),
                                    std::string_view("job-name"),
                                    std::string_view("document-format"),
                                    std::string_view("compression"),
                                    std::string_view("requesting-user-name")};

constexpr std::array must_reach_paper_attributes{std::string_view("copies"), std::string_view("sides"),
                                                 std::string_view("media"),
                                                 std::string_view("print-color-mode")};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool lists(const Attribute* supported, std::string_view text) {
  return supported && std::any_of(supported->values.begin(), supported->values.end(), [&](const Value& v) {
           return is_string(v.tag) && http::equal_no_case(v.text, text);
         });
}

bool lists(const Attribute* supported, int32_t number) {
  return supported && std::any_of(supported->values.begin(), supported->values.end(), [&](const Value& v) {
           return v.tag == Tag::range ? v.integer <= number && number <= v.upper : v.integer == number;
         });
}

/// Does the printer say that it cannot do this value? An attribute it says nothing about may work.
bool refused(const Group& printer, const Attribute& wanted) {
  const Attribute* supported = printer.find(wanted.name + "-supported");
  if (!supported || supported->values.empty() || is_out_of_band(supported->values[0].tag)) return false;
  return std::any_of(wanted.values.begin(), wanted.values.end(), [&](const Value& v) {
    if (v.tag == Tag::boolean || supported->values[0].tag == Tag::boolean)
      return supported->values[0].integer == 0;
    if (v.tag == Tag::integer || v.tag == Tag::enumeration) return !lists(supported, v.integer);
    if (v.tag == Tag::resolution)
      return std::none_of(supported->values.begin(), supported->values.end(),
                          [&](const Value& s) { return s == v; });
    return is_string(v.tag) && !lists(supported, v.text);
  });
}

bool flag(const Group& group, std::string_view name) {
  const Value* v = group.value(name);
  return v && v->tag == Tag::boolean && v->integer;
}

bool compressible(std::string_view format) {
  return format == "application/postscript" || format == "application/vnd.hp-pcl" || format == "text/plain" ||
         format == "image/pwg-raster" || format == "image/urf" || format == "application/vnd.hp-pclxl";
}

}  // namespace

SendJob::SendJob(const pr_send_request& r)
    : operation(r.operation),
      host(view(r.host)),
      port(r.port ? r.port : 631),
      tls(r.tls),
      path(view(r.queue)),
      user(view(r.user)),
      title(view(r.title)),
      uuid(bare_uuid(view(r.job_uuid))),
      format(view(r.document_format)),
      size(r.document_size),
      ticket{Tag::job_group, copy(r.ticket)},
      extra{Tag::job_group, copy(r.extra)},
      remote_job_id(view(r.remote_job_id)),
      truncated_discards(r.truncated_discards != 0) {
  if (path.empty()) path = "/ipp/print";
  if (path[0] != '/') path.insert(0, 1, '/');
  // The path goes into a request line: what could end it early is written as an escape.
  std::string safe;
  for (char c : path) {
    if (c > ' ' && c < 0x7f) {
      safe += c;
    } else {
      safe += '%';
      safe += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
      safe += "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
    }
  }
  path = std::move(safe);
}

std::string SendJob::authority() const {
  return http::authority(host, port);
}

std::string SendJob::printer_uri() const {
  return (tls ? "ipps://" : "ipp://") + authority() + path;
}
bool SendJob::no_expect() const {
  return flag(extra, "http-no-expect");
}
bool SendJob::strict_ticket() const {
  return flag(extra, "ipp-attribute-fidelity") || flag(ticket, "ipp-attribute-fidelity");
}
bool SendJob::exact_ticket() const {
  return flag(extra, "ticket-exact");
}
bool SendJob::must_reach_paper(std::string_view attribute) const {
  const Value* wish = ticket.value(attribute);
  if (!wish) wish = extra.value(attribute);
  if (!wish) return false;
  if (attribute == "copies") return wish->integer > 1;
  if (attribute == "sides") return wish->text != "one-sided";
  if (attribute == "print-color-mode") return wish->text != "auto";
  return attribute == "media";
}

const std::vector<Value> wanted_printer_attributes = [] {
  std::vector<Value> out;
  for (std::string_view name : {"compression-supported",
                                "copies-supported",
                                "document-format-supported",
                                "finishings-supported",
                                "ipp-versions-supported",
                                "job-creation-attributes-supported",
                                "media-col-supported",
                                "media-source-supported",
                                "media-supported",
                                "media-type-supported",
                                "number-up-supported",
                                "operations-supported",
                                "orientation-requested-supported",
                                "output-bin-supported",
                                "page-ranges-supported",
                                "print-color-mode-supported",
                                "print-quality-supported",
                                "printer-is-accepting-jobs",
                                "printer-make-and-model",
                                "printer-name",
                                "printer-resolution-supported",
                                "printer-state",
                                "printer-state-message",
                                "printer-state-reasons",
                                "printer-uuid",
                                "queued-job-count",
                                "sides-supported",
                                "which-jobs-supported"})
    out.push_back(Value::of_text(Tag::keyword, name));
  return out;
}();

Plan make_plan(const SendJob& job, const Group& printer) {
  Plan plan;
  const Attribute* formats = printer.find("document-format-supported");
  plan.format = job.format;
  if (formats && !formats->values.empty()) {
    const auto same = std::find_if(formats->values.begin(), formats->values.end(), [&](const Value& v) {
      return !job.format.empty() && http::equal_no_case(v.text, job.format);
    });
    if (same != formats->values.end())
      plan.format = same->text;
    else if (lists(formats, "application/octet-stream"))
      plan.format = "application/octet-stream";
    else if (job.format.empty() || job.format == "application/octet-stream")
      plan.format.clear();  // the printer's own default
    else
      plan.refusal = "document-format-not-supported";
  }
  const bool large = job.size == PR_LENGTH_TO_END || job.size >= worth_coding;
  if (large && compressible(job.format) && lists(printer.find("compression-supported"), "gzip"))
    plan.coding = PR_CODING_GZIP;
  const Attribute* operations = printer.find("operations-supported");
  plan.create_job = (job.size == PR_LENGTH_TO_END || job.size >= worth_two_steps) &&
                    lists(operations, op_create_job) && lists(operations, op_send_document);
  const Attribute* creation = printer.find("job-creation-attributes-supported");
  plan.with_uuid = !job.strict_ticket() || !creation || lists(creation, "job-uuid");
  const bool sources = job.ticket.find("media-source") || job.ticket.find("media-type") ||
                       job.ticket.find("media-top-margin") || job.extra.find("media-source");
  plan.media_col = sources && lists(printer.find("media-col-supported"), "media-size");
  for (const Group* group : {&job.ticket, &job.extra})
    for (const Attribute& a : group->attributes) {
      if (contains(own_attributes, a.name)) continue;
      const bool of_media = a.name.starts_with("media-");
      const bool narrows = a.name == "media-source" || a.name == "media-type";
      const bool unheard = !of_media && creation && !lists(creation, a.name);
      if (unheard || (narrows && !plan.media_col) || refused(printer, a)) plan.unsupported.push_back(a.name);
    }
  if (job.exact_ticket()) {
    for (const std::string& name : plan.unsupported)
      if (plan.refusal.empty() && job.must_reach_paper(name)) plan.refusal = "ticket-lost:" + name;
    plan.validate = lists(operations, op_validate_job) &&
                    std::ranges::any_of(must_reach_paper_attributes,
                                        [&](std::string_view name) { return job.must_reach_paper(name); });
  }
  if (plan.refusal.empty() && job.strict_ticket() && !plan.unsupported.empty())
    plan.refusal = "ticket-lost:" + plan.unsupported.front();
  return plan;
}

Message make_request(const SendJob& job, uint16_t operation, uint8_t major, uint8_t minor,
                     uint32_t request_id) {
  Message m;
  m.major = major;
  m.minor = minor;
  m.code = operation;
  m.request_id = request_id;
  Group& g = m.add_group(Tag::operation_group);
  g.add("attributes-charset", Tag::charset, "utf-8");
  g.add("attributes-natural-language", Tag::language, "en");
  g.add("printer-uri", Tag::uri, job.printer_uri());
  if (operation == op_send_document || operation == op_cancel_job || operation == op_get_job_attributes)
    g.add_integer("job-id", static_cast<int32_t>(std::strtol(job.remote_job_id.c_str(), nullptr, 10)));
  if (!job.user.empty()) g.add("requesting-user-name", Tag::name, job.user);
  return m;
}

std::string job_name(const SendJob& job) {
  std::string title = job.title.empty() ? "Untitled" : job.title;
  if (job.uuid.empty()) return title;
  const size_t room = 255 - job.uuid.size() - 3;
  if (title.size() > room) {
    size_t end = room;
    while (end && (static_cast<uint8_t>(title[end]) & 0xc0) == 0x80) --end;
    title.resize(end);
  }
  return title + " (" + job.uuid + ')';
}

void add_job(Message& message, const SendJob& job, const Plan& plan, bool with_document) {
  Group& operation = message.groups.front();
  operation.add("job-name", Tag::name, job_name(job));
  if (job.strict_ticket()) operation.add_boolean("ipp-attribute-fidelity", true);
  if (with_document) {
    if (!plan.format.empty()) operation.add("document-format", Tag::mime, plan.format);
    if (plan.coding)
      operation.add("compression", Tag::keyword, plan.coding == PR_CODING_GZIP ? "gzip" : "deflate");
  }
  Group attributes{Tag::job_group, {}};
  if (plan.with_uuid && !job.uuid.empty()) attributes.add("job-uuid", Tag::uri, uuid_uri(job.uuid));
  Group merged = job.ticket;  // what the vendor rule says wins over the ticket
  for (const Attribute& a : job.extra.attributes) {
    std::erase_if(merged.attributes, [&](const Attribute& m) { return m.name == a.name; });
    merged.attributes.push_back(a);
  }
  for (const Attribute& a : merged.attributes) {
    if (contains(own_attributes, a.name)) continue;
    if (contains(operation_attributes, a.name)) {
      operation.attributes.push_back(a);
      continue;
    }
    const bool of_media = a.name == "media" || a.name.starts_with("media-");
    if (of_media && (plan.media_col || a.name != "media")) continue;
    attributes.attributes.push_back(a);
  }
  if (plan.media_col) attributes.add("media-col", media_col(merged));
  if (!attributes.attributes.empty()) message.groups.push_back(std::move(attributes));
}

}  // namespace printrouter::ipp
