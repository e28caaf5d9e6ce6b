// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the management server does not know yet of the ledger, on its way there. [main thread only]
///
///     Outbox outbox(journal, clock, random, alarm, [&](const Batch& batch, Replied done) { ... });
///     outbox.start();             // what the last process left
///     outbox.entries_added();     // whenever the ledger grew
///     outbox.target_returned();   // the server answers again
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "env/clock.hpp"
#include "env/random.hpp"
#include "journal/journal.hpp"

namespace printrouter::report {

/// One alarm behind an interface, so that tests are not slower than the code. Its end cancels it.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void start(Milliseconds after, std::function<void()> ring) = 0;  ///< replaces one that runs
  virtual void cancel() = 0;
};

/// Entries that go out together, ascending by seq. Without entries it only asks what the server has.
struct Batch {
  Uuid ledger = {};
  std::vector<std::int64_t> seqs = {};
  std::string lines = {};  ///< one JSON object a line, as docs/openapi/server.yaml (LedgerEntry)
};

struct Reply {
  enum class Kind {
    taken,    ///< `body` says what the server has; without it: all of the batch
    refused,  ///< this batch, and it would be refused again
    failed    ///< no answer, or none about the batch: try later
  } kind = Kind::failed;
  std::string reason = {};  ///< stable id
  std::string text = {};
  std::optional<std::string> body =
      {};  ///< {"acknowledged": [[first, last]], "rejected": [{seq, reason, text}]}
};
using Replied = std::function<void(const Reply&)>;
/// Must call back once, not inside the call.
using Send = std::function<void(const Batch&, Replied)>;

struct OutboxOptions {
  std::size_t most_entries = 500;
  std::size_t most_bytes = 1 << 20;
  Milliseconds gather{50};  ///< so that entries of one moment go together
  Milliseconds first_pause{1'000};
  Milliseconds longest_pause{30'000};
  double jitter = 0.3;
};

struct OutboxState {
  std::int64_t unreported = 0;
  std::int64_t acknowledged_through = 0;
  std::vector<journal::LedgerNote> notes = {};  ///< what the server refused, and what became of that
  std::vector<std::string> alarms = {};         ///< English; empty: sound
  Timestamp last_success = {};
  std::string error = {};  ///< of the last try; empty: it succeeded
};

/// What a person says in place of a refused claim. Absent: as it stands.
struct Correction {
  std::optional<std::string> user = {};
  std::optional<std::int64_t> pages_mono = {}, pages_color = {};
};

class Outbox {
 public:
  Outbox(journal::Journal& journal, env::Clock& clock, env::Random& random, std::unique_ptr<Alarm> alarm,
         Send send, OutboxOptions options = {});
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void start();
  void entries_added();
  /// Sends at once, whatever pause runs; and asks what the server has, for it may have lost something.
  void target_returned();

  OutboxState state() const;

  using Done = std::function<void(Status)>;
  /// A rejected entry is sent once more; nullopt: all of them. not_found: no such entry was rejected.
  void resend(std::optional<std::int64_t> seq, Done done);
  /// A rejected claim is said right by a new one, which names it; the old one stays as it is and is not sent
  /// any more. not_found: not rejected; invalid: no claim, or nothing to correct.
  void correct(std::int64_t seq, const Correction& correction, Done done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::report
