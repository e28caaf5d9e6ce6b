// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/decision.hpp"
#include "model/job.hpp"

namespace printrouter {

/// Who asks for something to be done.
struct Actor {
  std::string user = {};  ///< local account, mapped to the server's name; empty: nobody
  std::int64_t uid = -1;
  bool administrator = false;
};

/// Something a person should hear of.
struct Notification {
  enum class Kind { printed, waiting, refused, question, unknown, info };
  std::uint64_t number = 0;  ///< rises by one; for "what did I miss?"
  Timestamp when = {};
  std::string user = {};  ///< whose job; empty: administrators only
  Kind kind = Kind::info;
  JobId job = 0;
  std::string title = {};
  Reason reason = {};
};
std::string_view to_string(Notification::Kind kind);

/// A choice that only a person can make. A resource: listed, answered once, withdrawn when it is moot.
struct Question {
  enum class State { open, answered, withdrawn };
  std::string id = {};
  JobId job = 0;
  std::string user = {};
  std::string title = {};
  Timestamp created = {};
  State state = State::open;
  SharedList<Candidate> choices = {};  ///< the permitted ones, best first
  std::string answer = {};             ///< device id
};
std::string_view to_string(Question::State state);

struct FallbackCheck;

/// What the daemon tells its front ends. Called after the change is durable. [main thread only]
class RouterObserver {
 public:
  virtual ~RouterObserver() = default;
  virtual void on_job(const Job& job) = 0;
  virtual void on_question(const Question& question) = 0;
  virtual void on_notification(const Notification& notification) = 0;
  virtual void on_server(const std::string& name, bool up, const std::string& text) = 0;
  virtual void on_check(const FallbackCheck&) {}  ///< the regular check of all fallback devices has ended
};

}  // namespace printrouter
