// SPDX-License-Identifier: Apache-2.0
// LPD, RFC 1179, the receiving side. Data file and control file in either order; several of both in one
// connection.
#include <algorithm>
#include <map>

#include "job_language.hpp"
#include "port_server.hpp"

namespace simulator {
namespace {

class LprConnection {
 public:
  LprConnection(Device& device, const PortIdentity& port, const std::string& queue, Stream& stream)
      : device_(device), port_(port), queue_(queue), stream_(stream) {}

  void run() {
    std::string line;
    if (!read_line(line) || line.empty()) return;
    std::string rest = line.substr(1);
    std::string queue = rest.substr(0, rest.find(' '));
    bool known = queue_.empty() || queue == queue_;
    switch (line[0]) {
      case 1:
        acknowledge(known ? 0 : 1, "command");
        break;
      case 2:
        if (auto nack = device_.faults().peek(port_, {"lpr-nack"}); nack && nack->at == "command") {
          device_.faults().take(port_, {"lpr-nack"});
          known = false;
        }
        if (acknowledge(known ? 0 : 1, "command") && known) receive(queue);
        break;
      case 3:
      case 4:
        list(line[0] == 4);
        break;
      case 5:
        remove(rest);
        break;
      default:
        stream_.write_all(std::string(1, '\1'));
    }
    stream_.finish_writing();
  }

 private:
  bool read_line(std::string& line) {
    line.clear();
    char c = 0;
    while (line.size() < 1024) {
      if (stream_.read_some(&c, 1) <= 0) return false;
      if (c == '\n') return true;
      line += c;
    }
    return false;
  }

  // Sends one octet, unless a fault swallows it. False: the connection is over.
  bool acknowledge(char octet, const std::string& stage) {
    auto swallow = device_.faults().peek(port_, {"swallow-ack"});
    bool last = stage == (data_first_ ? "control" : "data");
    if (last) settle();  // first the device has the job, then it says so
    if (swallow && (swallow->at.empty() ? last : swallow->at == stage)) {
      swallow = device_.faults().take(port_, {"swallow-ack"});
      JobFaults(device_.faults(), {"", "", "", 0}, device_.stopping()).hold(stream_, *swallow);
      return false;
    }
    return stream_.write_all(std::string(1, octet));
  }

  void receive(const std::string& queue) {
    queue_name_ = queue;
    std::string line;
    while (alive_ && read_line(line)) {
      if (line.empty()) break;
      if (line[0] == 1) {
        abort_all();
        alive_ = acknowledge(0, "command");
        continue;
      }
      size_t space = line.find(' ');
      if ((line[0] != 2 && line[0] != 3) || space == std::string::npos) {
        stream_.write_all(std::string(1, '\1'));
        break;
      }
      std::string count = line.substr(1, space - 1), name = line.substr(space + 1);
      if (count.empty() || count.size() > 18 || count.find_first_not_of("0123456789") != std::string::npos) {
        stream_.write_all(std::string(1, '\1'));
        break;
      }
      if (!stream_.write_all(std::string(1, '\0'))) break;
      uint64_t size = std::stoull(count);
      alive_ = line[0] == 2 ? receive_control(size) : receive_data(size, name);
    }
    settle();
    if (job_) device_.finish(job_, false);
    job_.reset();
  }

  Job& job() {
    if (!job_) {
      job_ = device_.begin_job(port_, peer_name(stream_.fd()));
      job_->queue = queue_name_;
      faults_ = std::make_unique<JobFaults>(device_.faults(), port_, device_.stopping());
    }
    return *job_;
  }

  bool receive_control(uint64_t size) {
    std::string text;
    char c = 0;
    if (size > 1 << 20) return false;
    while (text.size() < size) {
      if (stream_.read_some(&c, 1) <= 0) return false;
      text += c;
    }
    if (stream_.read_some(&c, 1) <= 0 || c != '\0') return false;
    Job& one = job();
    device_.read([&] { read_control(one, text); });
    have_control_ = true;
    if (auto refusal = device_.check_identity(one)) {
      device_.refuse(job_, *refusal);
      job_.reset();
      stream_.write_all(std::string(1, '\1'));
      return false;
    }
    if (nack("control")) return false;
    if (data_files_ > 0) data_first_ = true;
    return acknowledge(0, "control");
  }

  void read_control(Job& one, const std::string& text) {
    std::map<std::string, int> prints;
    size_t at = 0;
    while (at < text.size()) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string line = text.substr(at, end - at);
      at = end + 1;
      if (line.empty()) continue;
      std::string value = line.substr(1);
      one.received["lpr:" + line.substr(0, 1)] = value;
      if (line[0] == 'P') one.user = value;
      if (line[0] == 'H') one.host = value;
      if (line[0] == 'J') one.title = value;
      if (line[0] == 'N' && one.title.empty()) one.title = value;
      if (line[0] >= 'a' && line[0] <= 'z') ++prints[value];
    }
    if (one.title.empty() && one.received.contains("lpr:N")) one.title = one.received["lpr:N"];
    one.uuid = find_uuid(text);
    expected_files_ = prints.size();
    for (const auto& [name, times] : prints) one.lpr_copies = std::max(one.lpr_copies, times);
    if (one.lpr_copies > 1) one.tickets["lpr"].copies = one.lpr_copies;
  }

  bool receive_data(uint64_t size, const std::string& name) {
    Job& one = job();
    one.received["lpr:data-file"] = name;
    device_.begin_document(one);
    char buffer[65536];
    uint64_t done = 0;
    // A count of 0 comes from senders that do not know the length: the document ends with the connection.
    bool to_end = size == 0;
    while (to_end || done < size) {
      if (!faults_->before_read(stream_, done)) return false;
      size_t want = faults_->limit(sizeof buffer, done);
      if (!to_end) want = static_cast<size_t>(std::min<uint64_t>(want, size - done));
      long got = stream_.read_some(buffer, want);
      if (got == 0 && to_end) break;
      if (got <= 0) return false;
      done += static_cast<uint64_t>(got);
      device_.append(one, buffer, static_cast<size_t>(got));
      faults_->after_read(static_cast<size_t>(got));
    }
    if (!to_end && !faults_->before_read(stream_, done)) return false;
    char end = 0;
    if (!to_end && (stream_.read_some(&end, 1) <= 0 || end != '\0')) return false;
    if (to_end) one.notes.emplace_back("lpr: length 0, read to the end of the connection");
    ++data_files_;
    if (nack("data")) return false;
    if (have_control_) {
      data_first_ = false;
      return data_files_ >= expected_files_ ? acknowledge(0, "data")
                                            : stream_.write_all(std::string(1, '\0'));
    }
    data_first_ = true;
    return acknowledge(0, "data");
  }

  bool nack(const std::string& stage) {
    auto fault = device_.faults().peek(port_, {"lpr-nack"});
    if (!fault || (fault->at.empty() ? "data" : fault->at) != stage) return false;
    fault = device_.faults().take(port_, {"lpr-nack"});
    stream_.write_all(std::string(1, '\1'));
    device_.refuse(job_, {"refused", fault->message.empty() ? "refused on demand" : fault->message});
    job_.reset();
    return true;
  }

  // The job has its control file and all its data files.
  void settle() {
    if (!job_ || !have_control_ || data_files_ == 0 || data_files_ < expected_files_) return;
    device_.finish(job_, true);
    job_.reset();
    have_control_ = false;
    data_files_ = expected_files_ = 0;
  }

  void abort_all() {
    if (job_) device_.refuse(job_, {"aborted-by-sender", "the sender took the job back"});
    job_.reset();
    have_control_ = false;
    data_files_ = expected_files_ = 0;
  }

  void list(bool) {
    std::string text;
    for (const auto& entry : device_.jobs()) {
      std::string state = entry.value("state", "");
      if (state == "completed" || state == "cancelled" || state == "aborted") continue;
      text += state + "\t" + entry.value("user", "") + "\t" + std::to_string(entry.value("id", 0)) + "\t" +
              entry.value("title", "") + "\t" + std::to_string(entry.value("bytes", 0)) + " bytes\n";
    }
    stream_.write_all(text.empty() ? "no entries\n" : text);
  }

  // 05 queue SP agent SP list
  void remove(const std::string& rest) {
    size_t at = rest.find(' ');
    std::string agent = at == std::string::npos ? "" : rest.substr(at + 1, rest.find(' ', at + 1) - at - 1);
    at = at == std::string::npos ? at : rest.find(' ', at + 1);
    while (at != std::string::npos) {
      size_t end = rest.find(' ', at + 1);
      std::string word = rest.substr(at + 1, end == std::string::npos ? end : end - at - 1);
      auto job = word.empty() || word.size() > 9 || word.find_first_not_of("0123456789") != std::string::npos
                     ? nullptr
                     : device_.find(std::stoi(word));
      std::string error;
      if (job && (agent == "root" || agent == job->user)) device_.cancel(job->id, "cancelled-by-user", error);
      at = end;
    }
    stream_.write_all(std::string(1, '\0'));
  }

  Device& device_;
  const PortIdentity& port_;
  std::string queue_, queue_name_;
  Stream& stream_;
  std::shared_ptr<Job> job_;
  std::unique_ptr<JobFaults> faults_;
  size_t data_files_ = 0, expected_files_ = 0;
  bool have_control_ = false, data_first_ = false, alive_ = true;
};

}  // namespace

void serve_lpr(Device& device, const PortIdentity& port, const std::string& queue, Stream& stream) {
  LprConnection(device, port, queue, stream).run();
}

}  // namespace simulator
