// SPDX-License-Identifier: Apache-2.0
// One job as the simulator received it, and its record for the log.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fault_board.hpp"
#include "job_language.hpp"

struct evp_md_ctx_st;

namespace simulator {

// The bytes of one job on their way to disk, and their digest. Owned by the receiving connection's thread.
class JobFile {
 public:
  // Empty path: nothing is stored.
  JobFile(const std::string& path, bool hash);
  ~JobFile();
  JobFile(const JobFile&) = delete;
  JobFile& operator=(const JobFile&) = delete;
  void append(const char* data, size_t size);
  void close();
  std::string digest() const;  // "" without hash; leaves the running digest as it is
  uint64_t size() const { return size_; }

 private:
  int fd_ = -1;
  evp_md_ctx_st* hash_ = nullptr;
  uint64_t size_ = 0;
};

struct Job {
  // Fixed when the job begins.
  int id = 0;
  PortIdentity port;
  std::string peer, queue;
  int64_t received_ms = 0;

  // Written by the receiving thread until the job is finished, then only under the device's lock.
  std::string user, title, uuid, host, format, format_stated, account_code, user_code, sha256;
  std::vector<std::string> files;  // names inside the output folder, one a document
  std::vector<std::string> notes;
  uint64_t bytes = 0;
  int documents = 0;
  bool complete = false, identity = false, encoded = false, simplex_only = false;
  bool quarrels = false;  // the model gives wrong paper when attributes and document both state copies
  std::map<std::string, Ticket> tickets;  // by source: ipp | pjl | lpr | document | raster | truth
  std::map<std::string, std::string>
      received;  // LPR control lines, IPP attributes, PJL variables: as they came
  int lpr_copies = 1;
  bool hold_requested = false;
  std::string head;  // the first bytes, for the rules
  std::unique_ptr<JobFile> file;

  // Under the device's lock.
  std::string state =
      "receiving";      // receiving|held|pending|processing|processing-stopped|completed|cancelled|aborted
  std::string outcome;  // printed|printed-partial|held|deleted|cancelled-at-panel|... see README
  std::string reason;
  std::optional<int> pages;
  std::vector<std::string> set_twice;  // what more than one source of the ticket states
  std::string pages_source, sides = "one-sided", media, color;
  int copies = 1, sheets = 0, impressions = 0, impressions_done = 0;
  std::string counted_by, counted_on;
  int64_t finished_ms = 0;
  bool cancel = false;

  bool terminal() const { return state == "completed" || state == "cancelled" || state == "aborted"; }
};

nlohmann::json to_json(const Job& job);
nlohmann::json to_json(const Ticket& ticket);
int64_t now_ms();
std::string iso_time(int64_t ms);
// Sets copies, sides, media, colour and sheets from the tickets received.
void settle_ticket(Job& job);

}  // namespace simulator
