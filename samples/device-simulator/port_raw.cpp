// SPDX-License-Identifier: Apache-2.0
// RAW (port 9100): everything up to the peer's FIN is one job. PJL questions are answered where they stand in
// the stream, as the HP PJL Technical Reference Manual describes.
#include <sys/socket.h>

#include <algorithm>

#include "job_language.hpp"
#include "port_server.hpp"

namespace simulator {
namespace {

// Follows the stream just enough to find PJL lines between documents.
class BackChannel {
 public:
  BackChannel(Device& device, Stream& stream) : device_(device), stream_(stream) {}

  void feed(const char* data, size_t size) {
    pending_.append(data, size);
    while (step()) {
    }
  }
  // Bytes of a document or a JOB command have come: more than questions.
  bool document_seen() const { return document_seen_; }
  bool wants_job() const { return job_status_ || page_status_; }
  bool wants_device() const { return device_status_; }
  void say(const std::string& text) { stream_.write_all(text + "\r\n\f"); }

 private:
  bool step() {
    if (in_pjl_) return pjl_step();
    size_t uel = pending_.find(kUel);
    size_t body =
        uel == std::string::npos ? pending_.size() - std::min(pending_.size(), kUel.size() - 1) : uel;
    if (first_ && uel == std::string::npos && pending_.size() >= 4 && pending_.compare(0, 4, "@PJL") == 0) {
      in_pjl_ = true;
      first_ = false;
      return true;
    }
    if (body > 0) {
      if (pending_.find_first_not_of(std::string_view(" \r\n\0", 4)) < body) document_seen_ = true;
      first_ = false;
    }
    if (uel == std::string::npos) {
      pending_.erase(0, body);
      return false;
    }
    pending_.erase(0, uel + kUel.size());
    in_pjl_ = true;
    first_ = false;
    return true;
  }

  bool pjl_step() {
    if (pending_.empty()) return false;
    if (pending_.compare(0, kUel.size(), kUel) == 0) {
      pending_.erase(0, kUel.size());
      return true;
    }
    if (std::string("@PJL").compare(0, std::min<size_t>(4, pending_.size()), pending_, 0, 4) != 0 &&
        pending_[0] != '\r' && pending_[0] != '\n' && kUel.substr(0, pending_.size()) != pending_) {
      in_pjl_ = false;
      return true;
    }
    size_t end = pending_.find('\n');
    if (end == std::string::npos) return false;
    PjlLine line = split_pjl(std::string_view(pending_).substr(0, end));
    if (pending_[0] == '@') answer(line);
    pending_.erase(0, end + 1);
    if (line.command == "ENTER") in_pjl_ = false;
    return true;
  }

  void answer(const PjlLine& line) {
    if (line.command == "JOB") document_seen_ = true;
    if (line.command == "ECHO" && device_.options().pjl_echo) say("@PJL ECHO " + line.rest);
    if (line.command == "INFO") info(line.rest);
    if (line.command == "USTATUSOFF") job_status_ = page_status_ = device_status_ = false;
    if (line.command != "USTATUS" || !device_.options().pjl_ustatus) return;
    std::string what = line.rest;
    what.erase(std::remove(what.begin(), what.end(), ' '), what.end());
    bool on = what.find("=OFF") == std::string::npos;
    if (what.starts_with("JOB=")) job_status_ = on;
    if (what.starts_with("PAGE=")) page_status_ = on;
    if (what.starts_with("DEVICE=")) {
      device_status_ = on;
      if (on && device_.paper_out())
        say("@PJL USTATUS DEVICE\r\nCODE=41213\r\nDISPLAY=\"Load paper\"\r\nONLINE=TRUE");
    }
  }

  void info(const std::string& what) {
    std::string head = "@PJL INFO " + what + "\r\n";
    if (what == "STATUS") {
      bool out = device_.paper_out();
      std::string code = out ? "41213" : device_.processing() ? "10023" : "10001";
      say(head + "CODE=" + code + "\r\nDISPLAY=\"" +
          (out               ? "Load paper"
           : code == "10023" ? "Printing"
                             : "Ready") +
          "\"\r\nONLINE=TRUE");
    } else if (what == "ID") {
      say(head + "\"" + device_.options().maker + " " + device_.options().model + "\"");
    } else if (what == "PAGECOUNT") {
      say(head + "PAGECOUNT=" + std::to_string(device_.counters().life));
    } else {
      say(head + "?");
    }
  }

  Device& device_;
  Stream& stream_;
  std::string pending_;
  bool in_pjl_ = false, first_ = true, document_seen_ = false;
  bool job_status_ = false, page_status_ = false, device_status_ = false;
};

// USTATUS JOB and PAGE until the job has ended.
void report_progress(Device& device, BackChannel& channel, const std::shared_ptr<Job>& job) {
  channel.say("@PJL USTATUS JOB\r\nSTART\r\nNAME=\"" + job->title + "\"");
  int told = 0;
  bool told_paper = false;
  for (bool over = false; !over;) {
    int done = 0;
    bool stopped = false, cancelled = false;
    if (!device.wait(
            [&] {
              return job->terminal() || job->impressions_done > told ||
                     (job->state == "processing-stopped") != told_paper;
            },
            -1))
      return;
    device.read([&] {
      done = job->impressions_done;
      over = job->terminal();
      stopped = job->state == "processing-stopped";
      cancelled = job->state != "completed";
    });
    while (told < done) channel.say("@PJL USTATUS PAGE\r\n" + std::to_string(++told));
    if (stopped != told_paper && channel.wants_device())
      channel.say(stopped ? "@PJL USTATUS DEVICE\r\nCODE=41213\r\nDISPLAY=\"Load paper\"\r\nONLINE=TRUE"
                          : "@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY=\"Ready\"\r\nONLINE=TRUE");
    told_paper = stopped;
    if (over)
      channel.say(std::string("@PJL USTATUS JOB\r\n") + (cancelled ? "CANCELED" : "END") + "\r\nNAME=\"" +
                  job->title + "\"\r\nPAGES=" + std::to_string(done));
  }
}

}  // namespace

void serve_raw(Device& device, const PortIdentity& port, Stream& stream) {
  std::string peer = peer_name(stream.fd());
  std::shared_ptr<Job> job;
  std::unique_ptr<JobFaults> faults;
  BackChannel channel(device, stream);
  bool listening = device.options().back_channel;
  char buffer[65536];
  uint64_t done = 0;
  long got = 0;
  for (;;) {
    size_t want = sizeof buffer;
    if (faults) {
      if (!faults->before_read(stream, done)) {
        device.finish(job, false);
        return;
      }
      want = faults->limit(want, done);
    } else {
      // Look whether a first byte comes at all before the job, and its faults, begin.
      char first = 0;
      got = ::recv(stream.fd(), &first, 1, MSG_PEEK);
      if (got <= 0) return;  // a probe: connected and left
      faults = std::make_unique<JobFaults>(device.faults(), port, device.stopping());
      job = device.begin_job(port, peer);
      device.begin_document(*job);
      continue;
    }
    got = stream.read_some(buffer, want);
    if (got <= 0) break;
    done += static_cast<uint64_t>(got);
    device.append(*job, buffer, static_cast<size_t>(got));
    if (listening) channel.feed(buffer, static_cast<size_t>(got));
    faults->after_read(static_cast<size_t>(got));
  }
  if (got == 0 && listening && !channel.document_seen() && job->head.find("@PJL") != std::string::npos &&
      documents(job->head).empty()) {
    device.forget(job);  // questions only
    return;
  }
  if (got == 0) {
    if (auto swallow = device.faults().take(port, {"swallow-ack"})) {
      device.finish(job, true);
      faults->hold(stream, *swallow);
      return;
    }
  }
  auto refusal = device.finish(job, got == 0);
  if (got < 0) return;
  if (refusal) {
    if (listening && (channel.wants_job() || channel.wants_device()))
      channel.say("@PJL USTATUS JOB\r\nCANCELED\r\nNAME=\"" + job->title + "\"\r\nRESULT=\"" + refusal->id +
                  "\"");
    if (port.port_class == "device-spooling") {
      stream.reset();
      return;
    }
  } else if (listening && channel.wants_job()) {
    report_progress(device, channel, job);
  }
  stream.finish_writing();
}

}  // namespace simulator
