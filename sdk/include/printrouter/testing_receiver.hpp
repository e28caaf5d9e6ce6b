// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Runs a whole receiver session against bytes that a client sends, with a host that takes every job: for
/// tests of conversations, and for fuzzers.
///
///     testing::ReceiverRun run(plugin, *table, request);
///     run.incoming = "\2lp\n...";
///     run.play();
///     EXPECT_EQ(run.written, std::string("\0", 1));
///     EXPECT_EQ(run.jobs.at(0).documents.at(0), "...");
#include <printrouter/testing.hpp>

#include <functional>

namespace printrouter::testing {

struct ReceivedJob {
  std::vector<std::string> attributes;  ///< in words, of CREATE_JOB and then of COMMIT
  std::vector<std::string> documents;
  bool committed = false;
  bool kept_incomplete = false;
};

class ReceiverRun {
 public:
  template <class Request>
  ReceiverRun(const LoadedPlugin& plugin, const pr_receiver& table, const Request& request,
              std::string sends = {})
      : incoming(std::move(sends)), talk_(plugin, table, request) {}

  std::string incoming;          ///< everything the client sends
  size_t chunk = SIZE_MAX;       ///< bytes that arrive at a time
  bool broken = false;           ///< it ends in a reset, not in an orderly end
  bool silent = false;           ///< it ends in silence: the client waits for an answer
  std::vector<pr_attr> listing;  ///< the reply to GET_JOBS
  /// Refuses a request: PR_REFUSED_*, or 0 to take it.
  std::function<uint32_t(uint32_t op)> refuse = [](uint32_t) { return 0u; };

  std::string written;               ///< everything the client gets
  std::vector<std::string> actions;  ///< in words, in order
  std::vector<ReceivedJob> jobs;
  std::string last;  ///< the last action

  /// Until DONE. Throws std::logic_error if the session does not end within `max_actions`.
  void play(size_t max_actions = 100'000) {
    note(talk_.start());
    for (size_t i = 0; !talk_.done(); ++i) {
      if (i == max_actions) throw std::logic_error("step-loop: " + last);
      note(next());
    }
    for (ReceivedJob& job : jobs)
      if (!job.committed) job.kept_incomplete = (talk_.last().flags & PR_DONE_KEEP_INCOMPLETE) != 0;
  }

 private:
  void note(std::string words) {
    last = std::move(words);
    actions.push_back(last);
  }
  std::string arrive() {
    if (at_ >= incoming.size()) return end();
    const std::string part = incoming.substr(at_, chunk);
    at_ += part.size();
    fresh_ = false;
    return talk_.bytes(part);
  }
  std::string end() {
    if (broken) return talk_.io_error(PR_IO_RESET, "connection reset");
    if (silent) return talk_.io_error(PR_IO_TIMEOUT, "silence");
    return talk_.eof();
  }
  std::string next() {
    const pr_action& a = talk_.last();
    switch (a.kind) {
      case PR_ACTION_READ:
        if (fresh_ && !talk_.unread().empty()) {
          fresh_ = false;
          return talk_.bytes_again();
        }
        return arrive();
      case PR_ACTION_WAIT:
        if (a.read_max && at_ < incoming.size()) return arrive();
        return talk_.timer();
      case PR_ACTION_WRITE:
        written += view(a.bytes);
        fresh_ = true;
        return talk_.written();
      case PR_ACTION_SHUTDOWN_WRITE:
      case PR_ACTION_CLOSE:
        fresh_ = true;
        return talk_.written();
      case PR_ACTION_DRAIN:
        fresh_ = true;
        return talk_.drained();
      case PR_ACTION_RECEIVE_PAYLOAD:
        return payload(a.count);
      case PR_ACTION_REQUEST:
        fresh_ = true;
        return answer(a.op, a.attributes);
      default:
        throw std::logic_error("not a receiver's action: " + last);
    }
  }
  std::string payload(uint64_t count) {
    if (jobs.empty() || jobs.back().committed || jobs.back().documents.empty())
      throw std::logic_error("RECEIVE_PAYLOAD without a document");
    fresh_ = true;
    const std::string available = talk_.take_unread() + incoming.substr(at_);
    const std::string part =
        available.substr(0, static_cast<size_t>(std::min<uint64_t>(count, available.size())));
    jobs.back().documents.back() += part;
    incoming = available.substr(part.size());
    at_ = 0;
    if (count == PR_LENGTH_TO_END ? !broken && !silent : part.size() == count)
      return talk_.payload_received(part.size());
    if (broken || silent) return end();
    pr_event cut = Conversation::event(PR_EVENT_EOF);
    cut.count = part.size();
    return talk_.step(cut);
  }
  std::string answer(uint32_t op, pr_attrs attributes) {
    if (const uint32_t why = refuse(op)) return talk_.refused(why, "no");
    switch (op) {
      case PR_OP_CREATE_JOB:
        // Without the word of the receiver a host gives up a job that was not committed.
        if (!jobs.empty() && !jobs.back().committed &&
            sdk::Attributes(attributes).boolean("beside-current-job") != PR_YES)
          throw std::logic_error("CREATE_JOB while a job is not committed");
        jobs.emplace_back();
        describe_into(jobs.back(), attributes);
        return talk_.reply({sdk::attr_integer("job-id", static_cast<int64_t>(jobs.size()))});
      case PR_OP_ADD_DOCUMENT:
        if (jobs.empty() || jobs.back().committed) throw std::logic_error("ADD_DOCUMENT without a job");
        jobs.back().documents.emplace_back();
        return talk_.reply();
      case PR_OP_COMMIT: {
        const int64_t named =
            sdk::Attributes(attributes).integer("job-id", static_cast<int64_t>(jobs.size()));
        if (named < 1 || static_cast<size_t>(named) > jobs.size())
          throw std::logic_error("COMMIT without a job");
        ReceivedJob& job = jobs[static_cast<size_t>(named) - 1];
        if (job.committed) throw std::logic_error("COMMIT twice");
        describe_into(job, attributes);
        job.committed = true;
        return talk_.committed(static_cast<uint64_t>(named));
      }
      case PR_OP_GET_JOBS: {
        pr_event e = Conversation::event(PR_EVENT_REPLY);
        e.attributes = {listing.data(), listing.size()};
        return talk_.step(e);
      }
      default:
        return talk_.reply();
    }
  }
  static void describe_into(ReceivedJob& job, pr_attrs attributes) {
    for (size_t i = 0; i < attributes.count; ++i) job.attributes.push_back(describe(attributes.items[i]));
  }

  Conversation talk_;
  size_t at_ = 0;
  bool fresh_ = false;  // the last event was not BYTES: a READ shows again what is left
};

}  // namespace printrouter::testing
