// SPDX-License-Identifier: Apache-2.0
#include "ipp_printer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace simulator {
namespace {

struct Media {
  std::string name;
  int width, length;  // 1/100 mm
};

// "iso_a4_210x297mm": the size stands in the name (PWG 5101.1).
std::vector<Media> media_of(const Options& options) {
  std::vector<Media> out;
  for (const auto& name : options.media) {
    double width = 0, length = 0;
    char unit[3] = "";
    if (std::sscanf(name.c_str() + name.rfind('_') + 1, "%lfx%lf%2s", &width, &length, unit) != 3) continue;
    double factor = std::string(unit) == "in" ? 2540 : 100;
    out.push_back({name, static_cast<int>(std::lround(width * factor)),
                   static_cast<int>(std::lround(length * factor))});
  }
  if (out.empty()) out.push_back({"iso_a4_210x297mm", 21000, 29700});
  return out;
}

// Adds attributes that were asked for.
class Writer {
 public:
  Writer(ipp_t* out, ipp_tag_t group, const std::vector<std::string>& requested, const char* group_name)
      : out_(out), group_(group), requested_(requested) {
    all_ = requested.empty() || has("all") || has(group_name);
  }
  bool wants(const char* name) const { return all_ || has(name); }
  void text(const char* name, const std::string& value, ipp_tag_t tag) {
    if (wants(name)) ippAddString(out_, group_, tag, name, nullptr, value.c_str());
  }
  void texts(const char* name, ipp_tag_t tag, const std::vector<std::string>& values) {
    if (!wants(name)) return;
    std::vector<const char*> pointers;
    for (const auto& value : values) pointers.push_back(value.c_str());
    ippAddStrings(out_, group_, tag, name, static_cast<int>(pointers.size()), nullptr, pointers.data());
  }
  void number(const char* name, int value, ipp_tag_t tag = IPP_TAG_INTEGER) {
    if (wants(name)) ippAddInteger(out_, group_, tag, name, value);
  }
  void numbers(const char* name, ipp_tag_t tag, const std::vector<int>& values) {
    if (wants(name)) ippAddIntegers(out_, group_, tag, name, static_cast<int>(values.size()), values.data());
  }
  void flag(const char* name, bool value) {
    if (wants(name)) ippAddBoolean(out_, group_, name, value ? 1 : 0);
  }
  void range(const char* name, int low, int high) {
    if (wants(name)) ippAddRange(out_, group_, name, low, high);
  }

 private:
  bool has(const std::string& name) const {
    return std::find(requested_.begin(), requested_.end(), name) != requested_.end();
  }
  ipp_t* out_;
  ipp_tag_t group_;
  const std::vector<std::string>& requested_;
  bool all_ = true;
};

ipp_t* media_size(const Media& media) {
  ipp_t* size = ippNew();
  ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "x-dimension", media.width);
  ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "y-dimension", media.length);
  return size;
}

ipp_t* media_col(const Media& media) {
  ipp_t* col = ippNew();
  ipp_t* size = media_size(media);
  ippAddCollection(col, IPP_TAG_ZERO, "media-size", size);
  ippDelete(size);
  for (const char* margin :
       {"media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin"})
    ippAddInteger(col, IPP_TAG_ZERO, IPP_TAG_INTEGER, margin, 423);
  return col;
}

void add_media_collections(ipp_t* out, const Writer& writer, const std::vector<Media>& known) {
  if (writer.wants("media-size-supported") || writer.wants("media-col-database")) {
    std::vector<ipp_t*> sizes, cols;
    for (const Media& media : known) {
      sizes.push_back(media_size(media));
      cols.push_back(media_col(media));
    }
    int count = static_cast<int>(sizes.size());
    if (writer.wants("media-size-supported"))
      ippAddCollections(out, IPP_TAG_PRINTER, "media-size-supported", count,
                        const_cast<const ipp_t**>(sizes.data()));
    if (writer.wants("media-col-database"))
      ippAddCollections(out, IPP_TAG_PRINTER, "media-col-database", count,
                        const_cast<const ipp_t**>(cols.data()));
    for (ipp_t* entry : sizes) ippDelete(entry);
    for (ipp_t* entry : cols) ippDelete(entry);
  }
  for (const char* name : {"media-col-default", "media-col-ready"}) {
    if (!writer.wants(name)) continue;
    ipp_t* col = media_col(known.front());
    ippAddCollection(out, IPP_TAG_PRINTER, name, col);
    ippDelete(col);
  }
}

void add_state(Writer& writer, Device& device, bool accepting) {
  bool out_of_paper = device.paper_out();
  int queued = 0, busy = 0, stopped = 0;
  auto list = device.job_list();
  device.read([&] {
    for (const auto& job : list) {
      queued += !job->terminal() && job->state != "receiving";
      busy += job->state == "processing";
      stopped += job->state == "processing-stopped";
    }
  });
  writer.number("printer-state",
                stopped > 0 ? IPP_PSTATE_STOPPED
                : busy > 0  ? IPP_PSTATE_PROCESSING
                            : IPP_PSTATE_IDLE,
                IPP_TAG_ENUM);
  writer.texts("printer-state-reasons", IPP_TAG_KEYWORD, {out_of_paper ? "media-empty-error" : "none"});
  writer.text("printer-state-message", out_of_paper ? "Load paper" : "Ready", IPP_TAG_TEXT);
  writer.flag("printer-is-accepting-jobs", accepting);
  writer.number("queued-job-count", queued);
  writer.number("printer-impressions-completed", static_cast<int>(device.counters().life));
  writer.number("printer-media-sheets-completed", static_cast<int>(device.counters().sheets));
}

}  // namespace

const std::vector<int>& ipp_operations() {
  static const std::vector<int> operations = {
      IPP_OP_PRINT_JOB,  IPP_OP_VALIDATE_JOB,       IPP_OP_CREATE_JOB, IPP_OP_SEND_DOCUMENT,
      IPP_OP_CANCEL_JOB, IPP_OP_GET_JOB_ATTRIBUTES, IPP_OP_GET_JOBS,   IPP_OP_GET_PRINTER_ATTRIBUTES};
  return operations;
}

bool format_supported(const Options& options, const std::string& format) {
  const auto& list = options.document_formats;
  return std::find(list.begin(), list.end(), format) != list.end();
}

void add_printer_attributes(ipp_t* out, Device& device, const PortIdentity& port, const std::string& uri,
                            const std::vector<std::string>& requested, bool accepting) {
  const Options& options = device.options();
  Writer writer(out, IPP_TAG_PRINTER, requested, "printer-description");
  std::vector<std::string> with_template = requested;
  if (std::find(requested.begin(), requested.end(), "job-template") != requested.end()) with_template = {};
  Writer all(out, IPP_TAG_PRINTER, with_template, "printer-description");
  writer.text("charset-configured", "utf-8", IPP_TAG_CHARSET);
  writer.text("charset-supported", "utf-8", IPP_TAG_CHARSET);
  writer.text("natural-language-configured", "en", IPP_TAG_LANGUAGE);
  writer.text("generated-natural-language-supported", "en", IPP_TAG_LANGUAGE);
  writer.texts("ipp-versions-supported", IPP_TAG_KEYWORD, {"1.1", "2.0"});
  writer.texts("ipp-features-supported", IPP_TAG_KEYWORD, {"none"});
  writer.text("printer-uri-supported", uri, IPP_TAG_URI);
  writer.text("uri-security-supported", uri.starts_with("ipps") ? "tls" : "none", IPP_TAG_KEYWORD);
  writer.text("uri-authentication-supported", "requesting-user-name", IPP_TAG_KEYWORD);
  writer.text("printer-name", port.name, IPP_TAG_NAME);
  writer.text("printer-info", options.maker + " " + options.model, IPP_TAG_TEXT);
  writer.text("printer-location", "test bench", IPP_TAG_TEXT);
  writer.text("printer-make-and-model", options.maker + " " + options.model, IPP_TAG_TEXT);
  writer.text("printer-device-id",
              "MFG:" + options.maker + ";MDL:" + options.model + ";CMD:PDF,POSTSCRIPT,PJL,PCL;",
              IPP_TAG_TEXT);
  writer.text("printer-uuid",
              "urn:uuid:5a000000-0000-4000-8000-0000000" + std::to_string(10000 + port.number % 90000),
              IPP_TAG_URI);
  writer.text("printer-more-info", "http://localhost/", IPP_TAG_URI);
  writer.number("printer-up-time", static_cast<int>(::time(nullptr)));
  add_state(writer, device, accepting);
  writer.numbers("operations-supported", IPP_TAG_ENUM, ipp_operations());
  writer.flag("multiple-document-jobs-supported", true);
  writer.number("multiple-operation-time-out", 120);
  writer.text("pdl-override-supported", "attempted", IPP_TAG_KEYWORD);
  writer.texts("compression-supported", IPP_TAG_KEYWORD, {"none", "gzip", "deflate"});
  writer.texts("document-format-supported", IPP_TAG_MIMETYPE, options.document_formats);
  writer.text("document-format-default", options.document_formats.front(), IPP_TAG_MIMETYPE);
  writer.flag("color-supported", options.color);
  writer.number("pages-per-minute", 30);
  writer.texts("job-creation-attributes-supported", IPP_TAG_KEYWORD,
               {"copies", "sides", "media", "media-col", "print-color-mode", "job-name", "job-account-id",
                "requesting-user-name", "document-format", "compression", "job-uuid"});
  all.number("copies-default", 1);
  all.range("copies-supported", 1, 999);
  all.text("sides-default", "one-sided", IPP_TAG_KEYWORD);
  all.texts("sides-supported", IPP_TAG_KEYWORD,
            options.duplex
                ? std::vector<std::string>{"one-sided", "two-sided-long-edge", "two-sided-short-edge"}
                : std::vector<std::string>{"one-sided"});
  all.text("print-color-mode-default", options.color ? "auto" : "monochrome", IPP_TAG_KEYWORD);
  all.texts("print-color-mode-supported", IPP_TAG_KEYWORD,
            options.color ? std::vector<std::string>{"auto", "color", "monochrome"}
                          : std::vector<std::string>{"auto", "monochrome"});
  std::vector<Media> known = media_of(options);
  std::vector<std::string> media;
  for (const Media& one : known) media.push_back(one.name);
  all.text("media-default", media.front(), IPP_TAG_KEYWORD);
  all.texts("media-supported", IPP_TAG_KEYWORD, media);
  all.texts("media-ready", IPP_TAG_KEYWORD, {media.front()});
  all.texts(
      "media-col-supported", IPP_TAG_KEYWORD,
      {"media-size", "media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin"});
  for (const char* side : {"bottom", "left", "right", "top"})
    all.number(("media-" + std::string(side) + "-margin-supported").c_str(), 423);
  add_media_collections(out, all, known);
  all.numbers("finishings-supported", IPP_TAG_ENUM, {IPP_FINISHINGS_NONE});
  all.number("finishings-default", IPP_FINISHINGS_NONE, IPP_TAG_ENUM);
  all.text("output-bin-default", "face-down", IPP_TAG_KEYWORD);
  all.text("output-bin-supported", "face-down", IPP_TAG_KEYWORD);
  all.numbers("orientation-requested-supported", IPP_TAG_ENUM, {3, 4, 5, 6});
  all.numbers("print-quality-supported", IPP_TAG_ENUM, {3, 4, 5});
  all.number("print-quality-default", 4, IPP_TAG_ENUM);
  if (all.wants("printer-resolution-supported"))
    ippAddResolution(out, IPP_TAG_PRINTER, "printer-resolution-supported", IPP_RES_PER_INCH, 600, 600);
  if (all.wants("printer-resolution-default"))
    ippAddResolution(out, IPP_TAG_PRINTER, "printer-resolution-default", IPP_RES_PER_INCH, 600, 600);
  if (all.wants("pwg-raster-document-resolution-supported"))
    ippAddResolution(out, IPP_TAG_PRINTER, "pwg-raster-document-resolution-supported", IPP_RES_PER_INCH, 300,
                     300);
  all.texts("pwg-raster-document-type-supported", IPP_TAG_KEYWORD, {"sgray_8", "srgb_8"});
  all.text("pwg-raster-document-sheet-back", "normal", IPP_TAG_KEYWORD);
}

int ipp_job_state(const Job& job) {
  if (job.state == "held") return IPP_JSTATE_HELD;
  if (job.state == "processing") return IPP_JSTATE_PROCESSING;
  if (job.state == "processing-stopped") return IPP_JSTATE_STOPPED;
  if (job.state == "completed") return IPP_JSTATE_COMPLETED;
  if (job.state == "cancelled") return IPP_JSTATE_CANCELED;
  if (job.state == "aborted") return IPP_JSTATE_ABORTED;
  return job.bytes == 0 ? IPP_JSTATE_HELD : IPP_JSTATE_PENDING;
}

void add_job_attributes(ipp_t* out, const Job& job, const std::string& uri,
                        const std::vector<std::string>& requested) {
  Writer writer(out, IPP_TAG_JOB, requested, "job-description");
  bool receiving = job.state == "receiving";
  std::string reason = receiving                             ? "job-incoming"
                       : job.state == "held"                 ? "job-held-for-release"
                       : job.state == "processing"           ? "job-printing"
                       : job.state == "processing-stopped"   ? "printer-stopped"
                       : job.outcome == "cancelled-at-panel" ? "job-canceled-at-device"
                       : job.state == "cancelled"            ? "job-canceled-by-user"
                       : job.state == "completed"            ? "job-completed-successfully"
                       : job.state == "aborted"              ? "aborted-by-system"
                                                             : "none";
  writer.number("job-id", job.id);
  writer.text("job-uri", uri + "/" + std::to_string(job.id), IPP_TAG_URI);
  writer.text("job-printer-uri", uri, IPP_TAG_URI);
  writer.number("job-state", ipp_job_state(job), IPP_TAG_ENUM);
  writer.text("job-state-reasons", reason, IPP_TAG_KEYWORD);
  writer.text("job-state-message",
              receiving ? "receiving" : job.outcome + (job.reason.empty() ? "" : ": " + job.reason),
              IPP_TAG_TEXT);
  writer.text("job-name", job.title.empty() ? "untitled" : job.title, IPP_TAG_NAME);
  writer.text("job-originating-user-name", job.user.empty() ? "anonymous" : job.user, IPP_TAG_NAME);
  if (!job.uuid.empty()) writer.text("job-uuid", "urn:uuid:" + job.uuid, IPP_TAG_URI);
  writer.number("job-impressions-completed", job.impressions_done);
  writer.number("job-impressions", job.impressions);
  writer.number("job-media-sheets", job.sheets);
  writer.number("job-k-octets", static_cast<int>((job.bytes + 1023) / 1024));
  if (job.terminal()) writer.number("job-k-octets-processed", static_cast<int>((job.bytes + 1023) / 1024));
  int received = static_cast<int>(job.received_ms / 1000);
  writer.number("time-at-creation", received);
  if (writer.wants("time-at-processing")) {
    if (job.state == "pending" || receiving || job.state == "held")
      ippAddOutOfBand(out, IPP_TAG_JOB, IPP_TAG_NOVALUE, "time-at-processing");
    else
      ippAddInteger(out, IPP_TAG_JOB, IPP_TAG_INTEGER, "time-at-processing", received);
  }
  if (writer.wants("time-at-completed")) {
    if (job.terminal())
      ippAddInteger(out, IPP_TAG_JOB, IPP_TAG_INTEGER, "time-at-completed",
                    static_cast<int>(job.finished_ms / 1000));
    else
      ippAddOutOfBand(out, IPP_TAG_JOB, IPP_TAG_NOVALUE, "time-at-completed");
  }
  writer.number("job-printer-up-time", static_cast<int>(::time(nullptr)));
}

}  // namespace simulator
