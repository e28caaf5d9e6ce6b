// SPDX-License-Identifier: Apache-2.0
// What the operations of RFC 8011 section 4 ask of the host, and what their answers hold.
#include "ipp_receiver.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace printrouter::ipp {

namespace {

constexpr std::array job_operations{op_send_document, op_cancel_job, op_get_job_attributes, op_close_job};

bool is_job_operation(uint16_t code) {
  return std::find(job_operations.begin(), job_operations.end(), code) != job_operations.end();
}

/// Syntax of the operation attributes we look at; a wrong one is a bad request (RFC 8011 4.1.3).
struct Syntax {
  std::string_view name;
  Tag tag;
  bool many = false;
};
constexpr std::array syntaxes{Syntax{"printer-uri", Tag::uri},
                              Syntax{"job-uri", Tag::uri},
                              Syntax{"job-id", Tag::integer},
                              Syntax{"job-ids", Tag::integer, true},
                              Syntax{"requesting-user-name", Tag::name},
                              Syntax{"job-name", Tag::name},
                              Syntax{"document-name", Tag::name},
                              Syntax{"document-format", Tag::mime},
                              Syntax{"compression", Tag::keyword},
                              Syntax{"ipp-attribute-fidelity", Tag::boolean},
                              Syntax{"last-document", Tag::boolean},
                              Syntax{"limit", Tag::integer},
                              Syntax{"first-job-id", Tag::integer},
                              Syntax{"my-jobs", Tag::boolean},
                              Syntax{"which-jobs", Tag::keyword},
                              Syntax{"requested-attributes", Tag::keyword, true},
                              Syntax{"job-password", Tag::octets},
                              Syntax{"job-k-octets", Tag::integer},
                              Syntax{"message", Tag::text}};

bool has_syntax(const Value& v, Tag tag) {
  if (tag == Tag::name && v.tag == Tag::name_language) return true;
  if (tag == Tag::text && v.tag == Tag::text_language) return true;
  return v.tag == tag;
}

int64_t integer(const Group& group, std::string_view name, int64_t otherwise) {
  const Value* v = group.value(name);
  return v && v->tag == Tag::integer ? v->integer : otherwise;
}

std::string_view path_of(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  const size_t slash = uri.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : uri.substr(slash);
}

uint16_t status_of(uint32_t refusal) {
  switch (refusal) {
    case PR_REFUSED_NOT_FOUND:
      return client_error_not_found;
    case PR_REFUSED_NOT_AUTHORIZED:
      return client_error_not_authorized;
    case PR_REFUSED_NOT_POSSIBLE:
      return client_error_not_possible;
    case PR_REFUSED_FORMAT:
      return client_error_document_format_not_supported;
    case PR_REFUSED_ATTRIBUTE:
      return client_error_attributes_or_values_not_supported;
    case PR_REFUSED_TOO_LARGE:
      return client_error_request_entity_too_large;
    case PR_REFUSED_BUSY:
      return server_error_busy;
    case PR_REFUSED_NOT_ACCEPTING:
      return server_error_not_accepting_jobs;
    default:
      return server_error_internal_error;
  }
}

const char* duplicate_or_misplaced(const Message& m) {
  bool job_seen = false;
  for (const Group& g : m.groups) {
    if (g.tag == Tag::job_group && std::exchange(job_seen, true)) return "two job attribute groups";
    for (size_t i = 0; i < g.attributes.size(); ++i)
      for (size_t k = i + 1; k < g.attributes.size(); ++k)
        if (g.attributes[i].name == g.attributes[k].name)
          return "an attribute occurs twice in its group (RFC 8011 section 4.1.3)";
  }
  return nullptr;
}

}  // namespace

/// Prepares an error response.
void Receiver::fail(uint16_t status, std::string_view words) {
  response_ = Message();
  response_.major = request_.major == 1 ? 1 : 2;
  response_.minor = request_.major == 1 ? std::min<uint8_t>(request_.minor, 1) : 0;
  response_.code = status;
  response_.request_id = request_.request_id;
  Group& g = response_.add_group(Tag::operation_group);
  g.add("attributes-charset", Tag::charset, "utf-8");
  g.add("attributes-natural-language", Tag::language, "en");
  if (!words.empty()) {
    // status-message is text(255): RFC 8011 4.1.6.2
    size_t size = std::min<size_t>(words.size(), 255);
    while (size < words.size() && size && (static_cast<uint8_t>(words[size]) & 0xc0) == 0x80) --size;
    g.add("status-message", Tag::text, words.substr(0, size));
  }
}

/// RFC 8011 section 4.1. False: the error response is ready.
bool Receiver::check_request() {
  const auto bad = [this](std::string_view words, uint16_t status = client_error_bad_request) {
    plugin().log(PR_LOG_INFO, operation_name(request_.code) + ": " + std::string(words));
    return fail(status, words), false;
  };
  if (request_.major != 1 && request_.major != 2)
    return bad("IPP versions 1.x and 2.x are supported (RFC 8011 section 4.1.8)",
               server_error_version_not_supported);
  if (request_.request_id == 0 || request_.request_id > INT32_MAX)
    return bad("request-id is not in 1..2147483647 (RFC 8011 section 4.1.1)");
  if (request_.groups.empty() || request_.groups[0].tag != Tag::operation_group)
    return bad("no operation attributes (RFC 8011 section 4.1.4)");
  const auto& first = request_.groups[0].attributes;
  if (first.size() < 2 || first[0].name != "attributes-charset" || first[0].values[0].tag != Tag::charset ||
      first[1].name != "attributes-natural-language" || first[1].values[0].tag != Tag::language ||
      first[0].values.size() != 1 || first[1].values.size() != 1)
    return bad("attributes-charset and attributes-natural-language must come first (RFC 8011 section 4.1.4)");
  const std::string_view charset = first[0].values[0].text;
  if (!http::equal_no_case(charset, "utf-8") && !http::equal_no_case(charset, "us-ascii"))
    return bad("charsets are utf-8 and us-ascii (RFC 8011 section 4.1.4.1)",
               client_error_charset_not_supported);
  if (const char* why = duplicate_or_misplaced(request_)) return bad(why);
  for (const Attribute& a : first)
    for (const Syntax& s : syntaxes)
      if (a.name == s.name && ((a.values.size() != 1 && !s.many) ||
                               !std::all_of(a.values.begin(), a.values.end(),
                                            [&](const Value& v) { return has_syntax(v, s.tag); })))
        return bad(a.name + " has the wrong syntax (RFC 8011 section 4.1.3)");
  if (operation_name(request_.code).starts_with("operation-"))
    return bad("this operation is not supported", server_error_operation_not_supported);
  if (!find_target()) return false;
  return true;
}

/// printer-uri, or job-uri, or printer-uri and job-id (RFC 8011 section 4.1.5).
bool Receiver::find_target() {
  const auto bad = [this](std::string_view words, uint16_t status = client_error_bad_request) {
    return fail(status, words), false;
  };
  const std::string_view printer_uri = operation().text("printer-uri");
  const std::string_view job_uri = operation().text("job-uri");
  std::string_view uri = printer_uri;
  if (is_job_operation(request_.code)) {
    if (uri.empty()) uri = job_uri;
    if (uri.empty()) return bad("neither printer-uri nor job-uri (RFC 8011 section 4.1.5)");
    if (!printer_uri.empty()) {
      job_id_ = integer(operation(), "job-id", 0);
      if (job_id_ <= 0) return bad("printer-uri without a job-id (RFC 8011 section 4.1.5)");
    }
  } else if (uri.empty()) {
    return bad("no printer-uri (RFC 8011 section 4.1.5)");
  }
  const bool scheme = uri.starts_with("ipp://") || uri.starts_with("ipps://") || uri.starts_with("http://") ||
                      uri.starts_with("https://");
  if (!scheme) return bad("the URI is none of ipp and ipps", client_error_uri_scheme_not_supported);
  if (uri.size() > 1023) return bad("URI longer than 1023 octets", client_error_request_value_too_long);
  std::string_view path = path_of(uri);
  if (job_id_ == 0 && is_job_operation(request_.code)) {
    const size_t slash = path.rfind('/');
    const std::string_view id = path.substr(slash + 1);
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), job_id_);
    if (error != std::errc() || end != id.data() + id.size() || job_id_ <= 0 || job_id_ > INT32_MAX)
      return bad("job-uri names no job", client_error_not_found);
    path = path.substr(0, slash);
  }
  if (path == "/" || path.empty()) return bad("there is no printer at this path", client_error_not_found);
  path_ = path;
  return true;
}

bool Receiver::takes_document() const {
  return request_.code == op_print_job || request_.code == op_send_document;
}

void Receiver::ask(uint32_t op, Phase phase, sdk::Action& action) {
  phase_ = phase;
  AttrList attributes = std::move(asked_);
  asked_ = AttrList();
  if (const Value* user = operation().value("requesting-user-name"))
    attributes.add("requesting-user-name", *user);
  attributes.add_text("printer-path", path_);
  asked_ = std::move(attributes);
  action.request(op, asked_.span());
}

void Receiver::dispatch(sdk::Action& action) {
  lingered_ = 0;
  asked_.clear();
  const auto pass = [this](std::string_view name) {
    if (const Attribute* a = operation().find(name)) asked_.add_all(*a);
  };
  switch (request_.code) {
    case op_get_printer_attributes:
    case op_print_job:
    case op_validate_job:
    case op_create_job:
    case op_send_document:
      return ask(PR_OP_PRINTER_ATTRIBUTES, Phase::facts, action);
    case op_get_jobs: {
      const std::string_view which = operation().text("which-jobs");
      if (!which.empty() && which != "completed" && which != "not-completed" && which != "all") {
        fail(client_error_attributes_or_values_not_supported, "which-jobs: completed, not-completed, all");
        response_.add_group(Tag::unsupported_group).attributes.push_back(*operation().find("which-jobs"));
        return answer_ipp(action);
      }
      if (operation().find("limit") && integer(operation(), "limit", 1) < 1)
        return respond(client_error_bad_request, action, "limit is not positive");
      asked_.add_text("which-jobs", which.empty() ? "not-completed" : which, PR_ATTR_KEYWORD);
      for (std::string_view name : {"my-jobs", "limit", "first-job-id", "job-ids"}) pass(name);
      return ask(PR_OP_GET_JOBS, Phase::asking, action);
    }
    case op_get_job_attributes:
    case op_cancel_job:
    case op_close_job:
      asked_.add_integer("job-id", job_id_);
      pass("message");
      return ask(request_.code == op_cancel_job  ? uint32_t{PR_OP_CANCEL_JOB}
                 : request_.code == op_close_job ? uint32_t{PR_OP_CLOSE_JOB}
                                                 : uint32_t{PR_OP_GET_JOB},
                 Phase::asking, action);
    case op_cancel_my_jobs:
      pass("job-ids");
      pass("message");
      return ask(PR_OP_CANCEL_MY_JOBS, Phase::asking, action);
    case op_identify_printer:
      for (std::string_view name : {"identify-actions", "message"}) pass(name);
      return ask(PR_OP_IDENTIFY_PRINTER, Phase::asking, action);
    default:
      return respond(server_error_operation_not_supported, action);
  }
}

/// Format, compression and ticket of a job or document. False: the error response is ready.
bool Receiver::sort_job(sdk::Action& action) {
  const Group& op = operation();
  const auto refuse = [&](uint16_t status, std::string_view name, std::string_view words) {
    fail(status, words);
    response_.add_group(Tag::unsupported_group).attributes.push_back(*op.find(name));
    answer_ipp(action);
    return false;
  };
  const std::string_view format = op.text("document-format");
  if (!format.empty() && !printer_->supports_format(format))
    return refuse(client_error_document_format_not_supported, "document-format",
                  "this document format is not supported");
  const std::string_view compression = op.text("compression");
  coding_ = compression == "gzip"      ? PR_CODING_GZIP
            : compression == "deflate" ? PR_CODING_DEFLATE
                                       : PR_CODING_NONE;
  if (!compression.empty() && compression != "none" && coding_ == PR_CODING_NONE)
    return refuse(client_error_compression_not_supported, "compression", "compression: none, deflate, gzip");
  if (request_.code == op_send_document) return true;

  if (const Group* job = request_.group(Tag::job_group)) printer_->sort_ticket(*job, accepted_, unsupported_);
  Group operation_ticket{Tag::job_group, {}};
  for (std::string_view name : {"job-password", "job-account-id", "job-accounting-user-id"})
    if (const Attribute* a = op.find(name)) operation_ticket.attributes.push_back(*a);
  printer_->sort_ticket(operation_ticket, accepted_, unsupported_);
  // PWG 5100.11 5.1: a password that cannot be honoured must not end as a job that anybody can take.
  const bool password = op.find("job-password") && unsupported_.find("job-password");
  const Value* fidelity = op.value("ipp-attribute-fidelity");
  if (!unsupported_.attributes.empty() && (password || (fidelity && fidelity->integer))) {
    fail(client_error_attributes_or_values_not_supported,
         "not supported: " + unsupported_.attributes.front().name);
    response_.groups.push_back(unsupported_);
    answer_ipp(action);
    return false;
  }
  if (!printer_->accepts_jobs() && request_.code != op_validate_job) {
    respond(server_error_not_accepting_jobs, action, printer_->facts().text("printer-state-message"));
    return false;
  }
  return true;
}

void Receiver::with_facts(const sdk::Event& event, sdk::Action& action) {
  printer_.emplace(event.attributes, site(), now(), loaded_);
  if (request_.code == op_get_printer_attributes) {
    fail(successful_ok, {});
    response_.groups.push_back(printer_->describe(operation().find("requested-attributes")));
    return answer_ipp(action);
  }
  if (!sort_job(action)) return;
  asked_.clear();
  const Group& op = operation();
  const auto pass = [&](std::string_view name) {
    if (const Attribute* a = op.find(name)) asked_.add_all(*a);
  };
  if (request_.code == op_send_document) {
    const Value* last = op.value("last-document");
    if (!last)
      return respond(client_error_bad_request, action, "no last-document (RFC 8011 section 4.3.1.1)");
    if (!has_document_ && !last->integer)
      return respond(client_error_bad_request, action, "neither a document nor the last one");
    if (!has_document_) {
      asked_.add_integer("job-id", job_id_);
      return ask(PR_OP_CLOSE_JOB, Phase::asking, action);
    }
    return ask_document(action);
  }
  if (request_.code == op_print_job && !has_document_)
    return respond(client_error_bad_request, action,
                   "Print-Job without a document (RFC 8011 section 4.2.1.1)");
  for (std::string_view name :
       {"job-name", "document-name", "document-format", "ipp-attribute-fidelity", "job-k-octets",
        "job-impressions", "job-media-sheets", "job-password-encryption"})
    pass(name);
  if (coding_ != PR_CODING_NONE) pass("compression");
  for (const Attribute& a : accepted_.attributes) asked_.add_all(a);
  if (request_.code == op_create_job) asked_.add_integer("last-document", 0, PR_ATTR_BOOLEAN);
  ask(request_.code == op_validate_job ? uint32_t{PR_OP_VALIDATE} : uint32_t{PR_OP_CREATE_JOB},
      request_.code == op_validate_job ? Phase::asking : Phase::creating, action);
}

void Receiver::ask_document(sdk::Action& action) {
  asked_.clear();
  for (std::string_view name : {"document-format", "document-name", "last-document"})
    if (const Attribute* a = operation().find(name)) asked_.add_all(*a);
  if (coding_ != PR_CODING_NONE)
    if (const Attribute* a = operation().find("compression")) asked_.add_all(*a);
  if (!current_job_) asked_.add_integer("job-id", job_id_);
  ask(PR_OP_ADD_DOCUMENT, Phase::adding, action);
}

void Receiver::start_document(sdk::Action& action) {
  if (expects_) return go_ahead(Phase::adding, action);
  if (piece_) return payload(action);
  phase_ = Phase::next_chunk;
  action.read();
}

void Receiver::payload(sdk::Action& action) {
  phase_ = Phase::receiving;
  document_began_ = true;
  action.receive_payload(piece_, coding_);
}

void Receiver::commit(sdk::Action& action) {
  asked_.clear();
  if (!current_job_) asked_.add_integer("job-id", job_id_);
  ask(PR_OP_COMMIT, Phase::committing, action);
}

void Receiver::replied(const sdk::Event& event, sdk::Action& action) {
  switch (phase_) {
    case Phase::facts:
      return with_facts(event, action);
    case Phase::creating:
      created_ = copy(event.attributes);
      job_id_ = sdk::Attributes(event.attributes).integer("job-id", 0);
      if (request_.code == op_create_job) return respond_job(event.attributes, action);
      current_job_ = true;
      return ask_document(action);
    case Phase::adding:
      return start_document(action);
    case Phase::asking:
      switch (request_.code) {
        case op_get_jobs:
          return respond_jobs(event.attributes, action);
        case op_get_job_attributes:
        case op_close_job:
        case op_send_document:
          return respond_job(event.attributes, action);
        case op_validate_job:
          respond(unsupported_.attributes.empty() ? successful_ok : successful_ok_ignored, action);
          return;
        default:
          return respond(successful_ok, action);
      }
    default:
      action.done(PR_DONE_ABORT);
  }
}

void Receiver::refused(const sdk::Event& event, sdk::Action& action) {
  const uint16_t status = status_of(event.error);
  const std::string words(sdk::view(event.text));
  plugin().log(PR_LOG_INFO, operation_name(request_.code) + ": " + status_name(status) +
                                (words.empty() ? "" : ": " + words));
  fail(status, words);
  std::vector<Attribute> named = copy(event.attributes);
  if (!named.empty() && request_.code == op_get_job_attributes)
    response_.groups.push_back(job_group(named, operation().find("requested-attributes")));
  else if (!named.empty())
    response_.groups.push_back({Tag::unsupported_group, std::move(named)});
  // What this session made and did not commit is the host's to drop; a later request starts afresh.
  if (current_job_) keep_alive_ = false;
  answer_ipp(action);
}

void Receiver::respond(uint16_t status, sdk::Action& action, std::string_view words) {
  fail(status, words);
  if (is_success(status) && !unsupported_.attributes.empty()) response_.groups.push_back(unsupported_);
  answer_ipp(action);
}

Group Receiver::job_group(const std::vector<Attribute>& job, const Attribute* requested) const {
  Group shown{Tag::job_group, {}};
  const auto wanted = [&](std::string_view name) { return is_requested(requested, name); };
  const auto find = [&](std::string_view name) -> const Attribute* {
    const auto at = std::find_if(job.begin(), job.end(), [&](const Attribute& a) { return a.name == name; });
    return at == job.end() ? nullptr : &*at;
  };
  const Attribute* stated = find("job-id");
  const int64_t id = stated && stated->values[0].tag == Tag::integer ? stated->values[0].integer : job_id_;
  if (!stated && wanted("job-id")) shown.add_integer("job-id", static_cast<int32_t>(id));
  if (wanted("job-uri")) shown.add("job-uri", Tag::uri, site().job_uri(id));
  if (wanted("job-printer-uri")) shown.add("job-printer-uri", Tag::uri, site().printer_uri());
  if (wanted("job-printer-up-time")) shown.add_integer("job-printer-up-time", up_time(now()));
  for (std::string_view when : {"creation", "processing", "completed"}) {
    const std::string date = "date-time-at-" + std::string(when);
    const std::string time = "time-at-" + std::string(when);
    const Attribute* at = find(date);
    const bool known = at && at->values[0].tag == Tag::date_time;
    if (wanted(time))
      shown.add(time, known ? Value::of_integer(up_time(unix_seconds(at->values[0].text)))
                            : Value::out_of_band(Tag::no_value));
    if (!known && wanted(date)) shown.add(date, Value::out_of_band(Tag::no_value));
  }
  const auto otherwise = [&](std::string_view name, Value value) {
    if (!find(name) && wanted(name)) shown.add(name, std::move(value));
  };
  otherwise("job-state", Value::of_integer(3, Tag::enumeration));
  otherwise("job-state-reasons", Value::of_text(Tag::keyword, "none"));
  otherwise("job-name", Value::of_text(Tag::name, "Untitled"));
  otherwise("job-originating-user-name", Value::of_text(Tag::name, "anonymous"));
  Group media{Tag::job_group, {}};
  for (const Attribute& a : job) {
    if (a.name == "job-password" || a.name == "job-password-encryption")
      continue;  // PWG 5100.11: never shown
    const bool part = a.name.starts_with("media-") && a.name != "media-col";
    if (part || a.name == "media") media.attributes.push_back(a);
    const bool undated = a.name.starts_with("date-time-at-") && a.values[0].tag != Tag::date_time;
    if (!part && !undated && wanted(a.name)) shown.attributes.push_back(a);
  }
  if (media.attributes.size() > 1 && wanted("media-col")) shown.add("media-col", media_col(media));
  return shown;
}

void Receiver::respond_job(pr_attrs job, sdk::Action& action) {
  static const Attribute short_form{
      "requested-attributes",
      {Value::of_text(Tag::keyword, "job-id"), Value::of_text(Tag::keyword, "job-uri"),
       Value::of_text(Tag::keyword, "job-uuid"), Value::of_text(Tag::keyword, "job-state"),
       Value::of_text(Tag::keyword, "job-state-message"), Value::of_text(Tag::keyword, "job-state-reasons")}};
  std::vector<Attribute> attributes = job.count ? copy(job) : created_;
  const bool whole = request_.code == op_get_job_attributes;
  fail(unsupported_.attributes.empty() ? successful_ok : successful_ok_ignored, {});
  if (!unsupported_.attributes.empty()) response_.groups.push_back(unsupported_);
  response_.groups.push_back(
      job_group(attributes, whole ? operation().find("requested-attributes") : &short_form));
  answer_ipp(action);
}

void Receiver::respond_jobs(pr_attrs jobs, sdk::Action& action) {
  // RFC 8011 4.2.6.1: without requested-attributes job-uri and job-id.
  static const Attribute least{
      "requested-attributes",
      {Value::of_text(Tag::keyword, "job-id"), Value::of_text(Tag::keyword, "job-uri")}};
  const Attribute* requested = operation().find("requested-attributes");
  fail(successful_ok, {});
  uint32_t groups = 0;
  for (const pr_attr& a : sdk::Attributes(jobs)) groups = std::max(groups, a.group + 1);
  // One pass: the groups of a reply come in order.
  std::vector<std::vector<Attribute>> list(groups);
  for (size_t from = 0; from < jobs.count;) {
    size_t to = from;
    while (to < jobs.count && jobs.items[to].group == jobs.items[from].group) ++to;
    auto& job = list[jobs.items[from].group];
    for (Attribute& a : copy({jobs.items + from, to - from}, jobs.items[from].group))
      job.push_back(std::move(a));
    from = to;
  }
  for (const auto& job : list)
    if (!job.empty()) response_.groups.push_back(job_group(job, requested ? requested : &least));
  answer_ipp(action);
}

}  // namespace printrouter::ipp
