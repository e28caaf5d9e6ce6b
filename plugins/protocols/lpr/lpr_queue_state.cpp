// SPDX-License-Identifier: Apache-2.0
#include "lpr_queue_state.hpp"

#include <printrouter/text.hpp>

#include <algorithm>

namespace printrouter::lpr {
namespace {

std::string padded(std::string text, size_t width) {
  text = sdk::one_line(text, width > 1 ? width - 1 : width);
  text.append(width - text.size(), ' ');
  return text;
}

std::string rank(const ListedJob& job, size_t position) {
  switch (job.state) {
    case 4:
      return "held";
    case 5:
      return "active";
    case 6:
      return "stopped";
    default:
      break;
  }
  const size_t last = position % 10, tens = position % 100;
  const bool teen = tens >= 11 && tens <= 13;
  const char* suffix = teen ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return std::to_string(position) + suffix;
}

std::string size_of(const ListedJob& job) {
  return job.k_octets < 0 ? "unknown size" : std::to_string(job.k_octets * 1024) + " bytes";
}

}  // namespace

std::vector<ListedJob> listed_jobs(pr_attrs attributes) {
  std::vector<ListedJob> jobs;
  constexpr size_t most = 10'000;
  const sdk::Attributes all(attributes);
  for (const pr_attr& attr : all) {
    if (attr.group >= most) continue;
    if (attr.group >= jobs.size()) jobs.resize(attr.group + 1);
    ListedJob& job = jobs[attr.group];
    const std::string_view name = sdk::view(attr.name);
    if (name == "job-id") job.id = attr.integer;
    if (name == "job-state") job.state = attr.integer;
    if (name == "job-k-octets") job.k_octets = attr.integer;
    if (name == "job-originating-user-name") job.owner = sdk::view(attr.text);
    if (name == "job-originating-host-name") job.host = sdk::view(attr.text);
    if (name == "job-name") job.name = sdk::view(attr.text);
  }
  std::erase_if(jobs, [](const ListedJob& job) { return job.id == 0; });
  return jobs;
}

std::string queue_listing(const std::vector<ListedJob>& jobs, const std::vector<std::string>& only,
                          bool with_details) {
  std::string text;
  size_t waiting = 0;
  for (const ListedJob& job : jobs) {
    const std::string place = rank(job, job.state == 3 ? ++waiting : waiting);
    const auto names = [&job](const std::string& word) {
      return word == job.owner || word == std::to_string(job.id);
    };
    if (!only.empty() && std::none_of(only.begin(), only.end(), names)) continue;
    const std::string owner = job.owner.empty() ? "-" : job.owner;
    if (with_details) {
      const std::string where = job.host.empty() ? "localhost" : job.host;
      text += padded(owner + ": " + place, 40) + "[job " + std::to_string(job.id) + ' ' +
              sdk::one_line(where, 64) + "]\n        " + padded(job.name, 160) + size_of(job) + "\n\n";
    } else {
      text += padded(place, 8) + padded(owner, 12) + padded(std::to_string(job.id), 8) +
              padded(job.name, 40) + size_of(job) + '\n';
    }
  }
  if (text.empty()) return "no entries\n";
  if (with_details) return text;
  return "Rank    Owner       Job     File(s)                                 Total Size\n" + text;
}

QueueState::QueueState(const Peer& peer, const Command& command)
    : peer_(peer), with_details_(command.code == 4), queue_(command.operand(0)) {
  if (command.operands.size() > 1) only_.assign(command.operands.begin() + 1, command.operands.end());
}

void QueueState::begin(sdk::Action& action) {
  if (!queue_.empty()) attributes_.push_back(sdk::attr_text("queue", queue_, PR_ATTR_TEXT));
  attributes_.push_back(sdk::attr_text("which-jobs", "not-completed"));
  action.request(PR_OP_GET_JOBS, attributes_);
}

void QueueState::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_REPLY:
      text_ = queue_listing(listed_jobs(event.attributes), only_, with_details_);
      break;
    case PR_EVENT_REFUSED:
      text_ = sdk::one_line(queue_, 255) + ": " + sdk::one_line(sdk::view(event.text), 512) + '\n';
      peer_.log(PR_LOG_INFO, "queue state refused: " + std::string(sdk::view(event.text)));
      break;
    case PR_EVENT_WRITTEN:
      action.done();
      return;
    default:
      action.done(PR_DONE_ABORT);
      return;
  }
  action.write(text_);
}

}  // namespace printrouter::lpr
