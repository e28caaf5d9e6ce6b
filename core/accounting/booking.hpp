// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a page's one booking is made of: the facts that came in, and what they come to. Values only.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/claim.hpp"
#include "model/ledger_entry.hpp"

namespace printrouter::accounting {

using ledger::Claim;
using ledger::Confidence;
using ledger::Evidence;
using ledger::Pages;
using ledger::Price;

/// One job as the device's own log tells it (model files: `device-records`). A device has one source of
/// records.
struct DeviceRecord {
  enum class State {
    held,       ///< waits at the device for its user; may still become any other
    printed,    ///< came out
    cancelled,  ///< ended early; `pages` is what came out
    deleted     ///< never released: gone without a page
  };
  std::string device = {};  ///< device id of the directory
  std::string record = {};  ///< unique within the device, the same each time it is reported
  State state = State::printed;
  std::string user = {}, title = {};  ///< as the device knows them; empty unknown
  Uuid job_uuid = {};                 ///< that travelled inside the job; zero: stripped
  Pages pages = {};
  Timestamp when = {};  ///< by the device's clock: when it ended, else when it came
  bool operator==(const DeviceRecord&) const = default;
};
std::string_view to_string(DeviceRecord::State value);
std::optional<DeviceRecord::State> record_state(std::string_view text);

/// The difference of a device's counters between two readings. With a job: read around that one by whoever
/// sent it; without: by the server, at any time.
struct CounterWindow {
  std::string device = {};
  std::string window = {};  ///< unique within the device
  Timestamp from = {}, to = {};
  Pages pages = {};
  Uuid job_uuid = {};
  int attempt = 0;
  bool operator==(const CounterWindow&) const = default;
};

/// An administrator's word: outranks every evidence, whenever that comes. Absent members leave things as they
/// are.
struct Correction {
  std::string key = {};  ///< of the booking
  std::optional<Pages> pages = {};
  std::optional<Price> price = {};
  std::optional<std::string> user = {};
  std::string by = {}, reason = {};
  Timestamp when = {};  ///< the latest one holds
  bool operator==(const Correction&) const = default;
};

/// What a booking stands at. docs/accounting.md tells each.
enum class Status {
  awaiting_claim,   ///< only later facts came so far: not booked
  awaiting_record,  ///< counted by the device, whose record is not here: not booked yet
  awaiting_person,  ///< perhaps printed; nobody has settled it: not booked
  awaiting_owner,   ///< a device's record that no claim has come for yet: not booked
  booked,           ///< from the client's evidence
  confirmed,        ///< from the device's own word
  unconfirmed,      ///< the device's record never came: next best evidence; listed for the administrator
  uncounted,        ///< printed, and nobody knows how many pages: listed
  device_only,      ///< the device's record, for which no claim came; listed
  not_released,     ///< closed unbooked: never released at the device
  not_printed,      ///< closed unbooked: nothing came out
  merged,           ///< a record that is part of the booking `partner`
  observed          ///< a counter window: never booked itself
};
std::string_view to_string(Status value);
std::optional<Status> status(std::string_view text);
bool is_booked(Status value);  ///< booked, confirmed, unconfirmed, uncounted, device_only
bool is_listed(Status value);  ///< an administrator should look at it

/// One statement about a job's pages; of each kind of evidence the latest is kept.
struct Fact {
  Evidence evidence = Evidence::none;
  Pages pages = {};
  Confidence confidence = Confidence::unknown;
  Timestamp when = {};
  std::string reason = {};
  bool operator==(const Fact&) const = default;
};

/// What a person, or the profile in a person's stead, said of a delivery whose outcome was unknown.
struct Word {
  bool printed = false;
  Pages pages = {};  ///< absent: as the claim says
  Timestamp when = {};
  std::string reason = {}, by = {};
  bool operator==(const Word&) const = default;
};

/// What a row is about: an attempt's booking, a device's record, a counter window.
enum class Kind { job, record, window };
std::string_view to_string(Kind value);
std::optional<Kind> kind(std::string_view text);

/// One row of the books: everything that is needed to judge it again when the next fact comes. A store keeps
/// the whole as encode() writes it, and beside it as columns what Books asks by.
struct Booking {
  std::string key = {};  ///< job_key, record_key or window_key; unique
  Kind kind = Kind::job;

  // facts
  std::optional<Claim> claim = {};
  std::optional<DeviceRecord> record = {};  ///< its own, or of a job: a copy of the one paired with it
  std::optional<CounterWindow> window = {};
  std::vector<Fact> facts = {};  ///< by evidence, weakest first, at most one each
  std::optional<Word> word = {};
  bool ended_early = false;  ///< cancelled or aborted as later facts say: only what was confirmed is booked
  std::optional<Correction> correction = {};
  std::string partner = {};   ///< key of the paired record or job; empty: none
  bool inferred = false;      ///< paired by device, user, time and pages, without a uuid
  std::string conflict = {};  ///< the same key came with other content: an alarm; the first is kept
  Timestamp received = {};    ///< when the first fact came, by the server's clock
  bool overdue = false;       ///< its limit has passed

  // what Books asks by
  std::string device = {};
  Uuid job_uuid = {};
  int attempt = 0;
  std::string match_user = {};  ///< matching_user() of whom the facts name; empty unknown
  Timestamp at = {};   ///< when it printed (claim: ended; record: when; window: to); not set: unknown
  Timestamp due = {};  ///< when advance() must look at it; not set: never

  // what the facts come to
  Status status = Status::awaiting_claim;
  std::string user = {};  ///< who pays; empty: nobody known
  Pages pages = {};       ///< as booked; absent unless is_booked(status)
  Pages foreign = {};     ///< what others put out in the counter window of this job: charged to nobody here
  Price price = {};
  Evidence evidence = Evidence::none;  ///< what `pages` rests on
  Confidence confidence = Confidence::unknown;
  std::string reason = {};  ///< stable id, of the fact that decided
};

std::string job_key(const Uuid& job_uuid, int attempt);                    ///< "job:<uuid>:<attempt>"
std::string record_key(std::string_view device, std::string_view record);  ///< "record:<device>:<record>"
std::string window_key(std::string_view device, std::string_view window);  ///< "window:<device>:<window>"
/// Names as devices mangle them: lower case, without "DOMAIN\" and "@realm".
std::string matching_user(std::string_view name);

/// Canonical JSON (members sorted, absent ones left out): what a store keeps, and what comes and goes by the
/// API. Times are milliseconds since 1970 UTC, amounts decimal text. Decoding names the member that is wrong.
std::string encode(const Booking& booking);
Result<Booking> decode_booking(std::string_view json);
/// {"device","record","state":"printed","user","title","uuid","pages","pages_mono","pages_color","sheets","when_ms"}
std::string encode(const DeviceRecord& record);
Result<DeviceRecord> decode_device_record(std::string_view json);
/// {"device","window","from_ms","to_ms","pages","pages_mono","pages_color","sheets","uuid","attempt"}
std::string encode(const CounterWindow& window);
Result<CounterWindow> decode_counter_window(std::string_view json);
/// {"key","pages","pages_mono","pages_color","sheets","price","currency","user","by","reason","when_ms"}
std::string encode(const Correction& correction);
Result<Correction> decode_correction(std::string_view json);

}  // namespace printrouter::accounting
