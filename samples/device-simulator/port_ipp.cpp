// SPDX-License-Identifier: Apache-2.0
// IPP over HTTP (RFC 8010, 8011), a printer with eight operations. libcups reads and writes the messages.
#include <algorithm>
#include <cstring>

#include "http_message.hpp"
#include "ipp_printer.hpp"
#include "port_server.hpp"

namespace simulator {
namespace {

ssize_t read_message(void* context, ipp_uchar_t* data, size_t size) {
  return static_cast<ByteSource*>(context)->read(reinterpret_cast<char*>(data), size);
}

ssize_t write_message(void* context, ipp_uchar_t* data, size_t size) {
  static_cast<std::string*>(context)->append(reinterpret_cast<char*>(data), size);
  return static_cast<ssize_t>(size);
}

std::string value_of(ipp_t* request, const char* name) {
  ipp_attribute_t* attribute = ippFindAttribute(request, name, IPP_TAG_ZERO);
  if (attribute == nullptr) return "";
  char text[1024];
  ippAttributeString(attribute, text, sizeof text);
  return text;
}

std::vector<std::string> requested(ipp_t* request) {
  std::vector<std::string> out;
  ipp_attribute_t* attribute = ippFindAttribute(request, "requested-attributes", IPP_TAG_KEYWORD);
  for (int i = 0; attribute != nullptr && i < ippGetCount(attribute); ++i)
    out.emplace_back(ippGetString(attribute, i, nullptr));
  return out;
}

class IppConnection {
 public:
  IppConnection(Device& device, const PortIdentity& port, const std::string& path, const std::string& uri,
                Stream& stream)
      : device_(device),
        port_(port),
        path_(path.empty() ? "/ipp/print" : "/" + path),
        uri_(uri),
        http_(stream) {}

  void run() {
    HttpRequest request;
    while (http_.read_request(request) == 1) {
      if (!one(request) || !request.keep_alive()) break;
    }
  }

 private:
  bool plain(int status, const std::string& text) {
    bool clean = http_.drain(1 << 20);
    return http_.respond(status, "text/plain", text + "\n", !clean) && clean;
  }

  bool one(const HttpRequest& request) {
    if (auto hole = device_.faults().take(port_, {"blackhole"}))
      if (!JobFaults(device_.faults(), {"", "", "", 0}, device_.stopping()).hold(http_.stream(), *hole))
        return false;
    if (auto fault = device_.faults().take(port_, {"http-status"})) {
      int status = std::atoi(fault->status.c_str());
      plain(status >= 400 ? status : 500, fault->message.empty() ? "on demand" : fault->message);
      return false;
    }
    if (request.method == "GET" || request.method == "HEAD") return plain(200, "a simulated printer");
    if (request.method != "POST") return plain(405, "POST only");
    if (!request.header("content-type").starts_with("application/ipp"))
      return plain(415, "application/ipp only");
    std::unique_ptr<InflatingSource> inflated;
    if (std::string coding = request.header("content-encoding"); !coding.empty() && coding != "identity") {
      if (coding != "gzip" && coding != "x-gzip" && coding != "deflate")
        return plain(415, "unknown Content-Encoding");
      inflated = std::make_unique<InflatingSource>(http_);
    }
    body_ = inflated ? static_cast<ByteSource*>(inflated.get()) : &http_;
    request_.reset(ippNew());
    if (ippReadIO(body_, read_message, 1, nullptr, request_.get()) != IPP_STATE_DATA) {
      plain(400, "not an IPP message");
      return false;
    }
    return operation(request.target);
  }

  bool answer(ipp_status_t status, const std::string& message = "") {
    ippSetStatusCode(response_.get(), status);
    if (!message.empty())
      ippAddString(response_.get(), IPP_TAG_OPERATION, IPP_TAG_TEXT, "status-message", nullptr,
                   message.c_str());
    bool clean = http_.drain(status >= IPP_STATUS_ERROR_BAD_REQUEST ? 16 << 20 : 1 << 20);
    std::string body;
    ippWriteIO(&body, write_message, 1, nullptr, response_.get());
    return http_.respond(200, "application/ipp", body, !clean) && clean;
  }

  bool operation(const std::string& target) {
    ipp_t* request = request_.get();
    response_.reset(ippNew());
    int major = 0, minor = 0;
    major = ippGetVersion(request, &minor);
    ippSetVersion(response_.get(), major == 2 ? 2 : 1, major == 2 ? 0 : 1);
    ippSetRequestId(response_.get(), ippGetRequestId(request));
    ippAddString(response_.get(), IPP_TAG_OPERATION, IPP_TAG_CHARSET, "attributes-charset", nullptr, "utf-8");
    ippAddString(response_.get(), IPP_TAG_OPERATION, IPP_TAG_LANGUAGE, "attributes-natural-language", nullptr,
                 "en");
    if (major != 1 && major != 2) return answer(IPP_STATUS_ERROR_VERSION_NOT_SUPPORTED);
    if (ippGetRequestId(request) <= 0)
      return answer(IPP_STATUS_ERROR_BAD_REQUEST, "request-id must be above 0");
    ipp_attribute_t* first = ippFirstAttribute(request);
    ipp_attribute_t* second = first == nullptr ? nullptr : ippNextAttribute(request);
    if (first == nullptr || second == nullptr || std::strcmp(ippGetName(first), "attributes-charset") != 0 ||
        std::strcmp(ippGetName(second), "attributes-natural-language") != 0)
      return answer(IPP_STATUS_ERROR_BAD_REQUEST,
                    "attributes-charset and attributes-natural-language come first");
    if (ippFindAttribute(request, "printer-uri", IPP_TAG_URI) == nullptr &&
        ippFindAttribute(request, "job-uri", IPP_TAG_URI) == nullptr)
      return answer(IPP_STATUS_ERROR_BAD_REQUEST, "no printer-uri");
    if (target.substr(0, path_.size()) != path_ && target != "/")
      return answer(IPP_STATUS_ERROR_NOT_FOUND, "no printer at " + target);
    if (auto fault = operation_fault()) {
      int status = ippErrorValue(fault->status.c_str());
      return answer(status < 0 ? IPP_STATUS_ERROR_INTERNAL : static_cast<ipp_status_t>(status),
                    fault->message);
    }
    switch (ippGetOperation(request)) {
      case IPP_OP_PRINT_JOB:
        return create(true);
      case IPP_OP_VALIDATE_JOB:
        return validate();
      case IPP_OP_CREATE_JOB:
        return create(false);
      case IPP_OP_SEND_DOCUMENT:
        return send_document();
      case IPP_OP_CANCEL_JOB:
        return cancel();
      case IPP_OP_GET_JOB_ATTRIBUTES:
        return job_attributes();
      case IPP_OP_GET_JOBS:
        return jobs();
      case IPP_OP_GET_PRINTER_ATTRIBUTES:
        add_printer_attributes(response_.get(), device_, port_, uri_, requested(request), accepting());
        return answer(IPP_STATUS_OK);
      default:
        return answer(IPP_STATUS_ERROR_OPERATION_NOT_SUPPORTED);
    }
  }

  bool carries_job() const {
    int operation = ippGetOperation(request_.get());
    return operation == IPP_OP_PRINT_JOB || operation == IPP_OP_VALIDATE_JOB ||
           operation == IPP_OP_CREATE_JOB || operation == IPP_OP_SEND_DOCUMENT;
  }

  std::optional<Fault> operation_fault() {
    if (!carries_job()) return std::nullopt;
    return device_.faults().take(port_, {"ipp-status"});
  }

  bool accepting() const { return !device_.faults().peek(port_, {"not-accepting"}).has_value(); }

  // Everything that can be said before a document: false if an answer went out.
  bool acceptable(bool& keep) {
    ipp_t* request = request_.get();
    if (!accepting()) {
      keep = answer(IPP_STATUS_ERROR_NOT_ACCEPTING_JOBS);
      return false;
    }
    std::string format = value_of(request, "document-format"), compression = value_of(request, "compression");
    if (!format.empty() && !format_supported(device_.options(), format)) {
      keep = answer(IPP_STATUS_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, format);
      return false;
    }
    if (!compression.empty() && compression != "none" && compression != "gzip" && compression != "deflate") {
      keep = answer(IPP_STATUS_ERROR_COMPRESSION_NOT_SUPPORTED, compression);
      return false;
    }
    Job probe;
    probe.port = port_;
    probe.user = user();
    if (auto refusal = device_.check_identity(probe)) {
      auto job = device_.begin_job(port_, peer_name(http_.stream().fd()));
      device_.refuse(job, *refusal);
      keep = answer(IPP_STATUS_ERROR_NOT_AUTHENTICATED, refusal->text);
      return false;
    }
    return true;
  }

  std::string user() const {
    std::string name = value_of(request_.get(), "requesting-user-name");
    return name == "anonymous" ? "" : name;
  }

  std::shared_ptr<Job> begin() {
    ipp_t* request = request_.get();
    auto job = device_.begin_job(port_, peer_name(http_.stream().fd()));
    device_.read([&] {
      job->user = user();
      job->title = value_of(request, "job-name");
      job->uuid = find_uuid(value_of(request, "job-uuid"));
      job->account_code = value_of(request, "job-account-id");
      job->queue = path_;
      Ticket ticket;
      if (std::string copies = value_of(request, "copies"); !copies.empty())
        ticket.copies = std::atoi(copies.c_str());
      ticket.sides = value_of(request, "sides");
      ticket.media = value_of(request, "media");
      if (ticket.media.empty()) ticket.media = value_of(request, "media-col");
      ticket.color = value_of(request, "print-color-mode");
      if (!ticket.empty()) job->tickets["ipp"] = ticket;
      for (ipp_attribute_t* at = ippFirstAttribute(request); at != nullptr; at = ippNextAttribute(request)) {
        if (ippGetName(at) == nullptr) continue;
        char text[1024];
        ippAttributeString(at, text, sizeof text);
        job->received[std::string("ipp:") + ippGetName(at)] = text;
      }
    });
    return job;
  }

  // The document of this request into the job. False: the connection is of no more use.
  bool receive(const std::shared_ptr<Job>& job) {
    JobFaults faults(device_.faults(), port_, device_.stopping());
    std::string compression = value_of(request_.get(), "compression");
    std::unique_ptr<InflatingSource> inflated;
    ByteSource* source = body_;
    if (compression == "gzip" || compression == "deflate") {
      inflated = std::make_unique<InflatingSource>(*body_);
      source = inflated.get();
    }
    job->format_stated = value_of(request_.get(), "document-format");
    job->encoded = job->encoded || inflated != nullptr;
    device_.begin_document(*job);
    uint64_t done = 0;
    char buffer[65536];
    for (;;) {
      if (!faults.before_read(http_.stream(), done)) return false;
      long got = source->read(buffer, faults.limit(sizeof buffer, done));
      if (got < 0) {
        damaged_ = inflated && inflated->damaged();
        return false;
      }
      if (got == 0) return true;
      done += static_cast<uint64_t>(got);
      device_.append(*job, buffer, static_cast<size_t>(got));
      faults.after_read(static_cast<size_t>(got));
    }
  }

  bool broken(const std::shared_ptr<Job>& job) {
    if (!damaged_) {
      device_.finish(job, false);
      return false;
    }
    damaged_ = false;
    device_.refuse(job, {"compression-error", "the compressed document is damaged"});
    return answer(IPP_STATUS_ERROR_COMPRESSION_ERROR);
  }

  // The job is complete: rules, then the answer (unless it is swallowed).
  bool conclude(const std::shared_ptr<Job>& job) {
    auto refusal = device_.finish(job, true);
    if (auto swallow = device_.faults().take(port_, {"swallow-ack"})) {
      JobFaults(device_.faults(), {"", "", "", 0}, device_.stopping()).hold(http_.stream(), *swallow);
      return false;
    }
    if (refusal) {
      ipp_status_t status = refusal->id == "unknown-id-rejected" ? IPP_STATUS_ERROR_ACCOUNT_INFO_NEEDED
                            : refusal->id == "authentication-error"
                                ? IPP_STATUS_ERROR_NOT_AUTHENTICATED
                                : IPP_STATUS_ERROR_ACCOUNT_AUTHORIZATION_FAILED;
      return answer(status, refusal->text);
    }
    return answer_job(*job);
  }

  bool answer_job(const Job& job) {
    device_.read([&] {
      add_job_attributes(response_.get(), job, uri_,
                         {"job-id", "job-uri", "job-state", "job-state-reasons", "job-state-message"});
    });
    return answer(IPP_STATUS_OK);
  }

  bool create(bool with_document) {
    bool keep = false;
    if (!acceptable(keep)) return keep;
    auto job = begin();
    if (!with_document) return answer_job(*job);
    return receive(job) ? conclude(job) : broken(job);
  }

  bool validate() {
    bool keep = false;
    return acceptable(keep) ? answer(IPP_STATUS_OK) : keep;
  }

  std::shared_ptr<Job> named_job() {
    ipp_t* request = request_.get();
    if (ipp_attribute_t* id = ippFindAttribute(request, "job-id", IPP_TAG_INTEGER))
      return device_.find(ippGetInteger(id, 0));
    std::string uri = value_of(request, "job-uri");
    std::string number = uri.substr(uri.rfind('/') + 1);
    if (number.empty() || number.size() > 9 || number.find_first_not_of("0123456789") != std::string::npos)
      return nullptr;
    return device_.find(std::stoi(number));
  }

  bool send_document() {
    auto job = named_job();
    if (!job) return answer(IPP_STATUS_ERROR_NOT_FOUND);
    ipp_attribute_t* last = ippFindAttribute(request_.get(), "last-document", IPP_TAG_BOOLEAN);
    if (last == nullptr) return answer(IPP_STATUS_ERROR_BAD_REQUEST, "no last-document");
    bool receiving = false;
    device_.read([&] { receiving = job->state == "receiving"; });
    if (!receiving) return answer(IPP_STATUS_ERROR_NOT_POSSIBLE, "the job is closed");
    bool keep = false;
    if (!acceptable(keep)) return keep;
    if (!receive(job)) return broken(job);
    return ippGetBoolean(last, 0) != 0 ? conclude(job) : answer_job(*job);
  }

  bool cancel() {
    auto job = named_job();
    if (!job) return answer(IPP_STATUS_ERROR_NOT_FOUND);
    std::string error;
    bool receiving = false;
    device_.read([&] { receiving = job->state == "receiving"; });
    if (receiving) {
      device_.refuse(job, {"cancelled-by-user", ""});
      return answer(IPP_STATUS_OK);
    }
    return device_.cancel(job->id, "cancelled-by-user", error) ? answer(IPP_STATUS_OK)
                                                               : answer(IPP_STATUS_ERROR_NOT_POSSIBLE, error);
  }

  bool job_attributes() {
    auto job = named_job();
    if (!job) return answer(IPP_STATUS_ERROR_NOT_FOUND);
    device_.read([&] { add_job_attributes(response_.get(), *job, uri_, requested(request_.get())); });
    return answer(IPP_STATUS_OK);
  }

  bool jobs() {
    std::string which = value_of(request_.get(), "which-jobs"), own = user();
    if (!which.empty() && which != "completed" && which != "not-completed" && which != "all")
      return answer(IPP_STATUS_ERROR_ATTRIBUTES_OR_VALUES, "which-jobs " + which);
    bool my_jobs = value_of(request_.get(), "my-jobs") == "true";
    int limit = std::atoi(value_of(request_.get(), "limit").c_str());
    std::vector<std::string> wanted = requested(request_.get());
    if (wanted.empty()) wanted = {"job-id", "job-uri"};
    auto list = device_.job_list();
    int added = 0;
    device_.read([&] {
      for (const auto& job : list) {
        bool shown = which == "all" || (which == "completed") == job->terminal();
        if (!shown || (my_jobs && job->user != own) || (limit > 0 && added >= limit)) continue;
        if (added++ > 0) ippAddSeparator(response_.get());
        add_job_attributes(response_.get(), *job, uri_, wanted);
      }
    });
    return answer(IPP_STATUS_OK);
  }

  Device& device_;
  const PortIdentity& port_;
  std::string path_, uri_;
  HttpConnection http_;
  ByteSource* body_ = nullptr;
  IppMessage request_, response_;
  bool damaged_ = false;
};

}  // namespace

void serve_ipp(Device& device, const PortIdentity& port, const std::string& path, const std::string& uri,
               Stream& stream) {
  IppConnection(device, port, path, uri, stream).run();
}

}  // namespace simulator
