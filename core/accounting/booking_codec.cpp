// SPDX-License-Identifier: Apache-2.0
#include "accounting/booking.hpp"
#include "model/ledger_json.hpp"

namespace printrouter::accounting {
namespace {
using ledger::canonical;
using ledger::put;
using nlohmann::json;

std::string text(const json& j, const char* name) {
  return j.value(name, std::string());
}
Timestamp time_of(const json& j, const char* name) {
  return {j.value(name, std::int64_t{0})};
}
void put_uuid(json& j, const Uuid& uuid) {
  if (!uuid.empty()) j["uuid"] = uuid.to_string();
}
struct Wrong {
  Error error;
};
[[noreturn]] void wrong(const char* field, std::string what, std::string expected) {
  throw Wrong{{ErrorCode::invalid, std::move(what), field, {}, std::move(expected)}};
}
Uuid uuid_of(const json& j) {
  const std::string given = text(j, "uuid");
  if (given.empty()) return {};
  const auto uuid = Uuid::parse(given);
  if (!uuid) wrong("uuid", "is no uuid", "a uuid");
  return *uuid;
}
std::string required(const json& j, const char* name) {
  std::string value = text(j, name);
  if (value.empty()) wrong(name, "is missing", "a text");
  return value;
}
Pages pages_in(const json& j) {
  const Pages pages = ledger::pages_of(j);
  for (const auto& [count, name] :
       {std::pair(pages.mono, "pages_mono"), std::pair(pages.color, "pages_color"),
        std::pair(pages.sheets, "sheets"), std::pair(pages.total, "pages")})
    if (count && (*count < 0 || *count > 1'000'000'000)) wrong(name, "is no page count", "0 to 1000000000");
  return pages;
}

/// nlohmann's exceptions and ours end here: outside, errors are values.
template <class T, class F>
Result<T> reading(std::string_view input, const char* place, F&& read) {
  try {
    const json j = json::parse(input);
    if (!j.is_object()) return fail(Error{ErrorCode::invalid, "is no object", {}, place, "a JSON object"});
    return read(j);
  } catch (Wrong& e) {
    e.error.place = place;
    return fail(std::move(e.error));
  } catch (const json::exception& e) {
    return fail(Error{ErrorCode::invalid, e.what(), {}, place, {}});
  }
}

json json_of(const DeviceRecord& record) {
  json j = json::object();
  put(j, "device", record.device);
  put(j, "record", record.record);
  put(j, "state", to_string(record.state));
  put(j, "user", record.user);
  put(j, "title", record.title);
  put_uuid(j, record.job_uuid);
  put(j, record.pages);
  put(j, "when_ms", record.when);
  return j;
}
DeviceRecord record_of(const json& j) {
  DeviceRecord out;
  out.device = required(j, "device");
  out.record = required(j, "record");
  const auto state = record_state(j.value("state", "printed"));
  if (!state) wrong("state", "is no state", "held, printed, cancelled or deleted");
  out.state = *state;
  out.user = text(j, "user");
  out.title = text(j, "title");
  out.job_uuid = uuid_of(j);
  out.pages = pages_in(j);
  out.when = time_of(j, "when_ms");
  return out;
}

json json_of(const CounterWindow& window) {
  json j = json::object();
  put(j, "device", window.device);
  put(j, "window", window.window);
  put(j, "from_ms", window.from);
  put(j, "to_ms", window.to);
  put(j, window.pages);
  put_uuid(j, window.job_uuid);
  if (window.attempt != 0) put(j, "attempt", window.attempt);
  return j;
}
CounterWindow window_of(const json& j) {
  CounterWindow out;
  out.device = required(j, "device");
  out.window = required(j, "window");
  out.from = time_of(j, "from_ms");
  out.to = time_of(j, "to_ms");
  if (!out.from.set() || out.to < out.from) wrong("to_ms", "is not after from_ms", "two times");
  out.pages = pages_in(j);
  out.job_uuid = uuid_of(j);
  out.attempt = j.value("attempt", 0);
  return out;
}

json json_of(const Correction& correction) {
  json j = json::object();
  put(j, "key", correction.key);
  if (correction.pages) put(j, *correction.pages);
  if (correction.price) put(j, *correction.price);
  if (correction.user) j["user"] = *correction.user;  // empty means: nobody pays
  put(j, "by", correction.by);
  put(j, "reason", correction.reason);
  put(j, "when_ms", correction.when);
  return j;
}
Correction correction_of(const json& j) {
  Correction out;
  out.key = required(j, "key");
  if (const Pages pages = pages_in(j); pages != Pages{}) out.pages = pages;
  if (j.contains("price")) {
    if (!Money::parse(text(j, "price"))) wrong("price", "is no amount", "\"1.50\"");
    out.price = ledger::price_of(j);
    if (out.price->currency.empty()) wrong("currency", "is missing", "an ISO 4217 code");
  }
  if (j.contains("user")) out.user = j.at("user").get<std::string>();
  out.by = text(j, "by");
  out.reason = text(j, "reason");
  out.when = time_of(j, "when_ms");
  return out;
}

json json_of(const Fact& fact) {
  json j = json::object();
  put(j, "evidence", ledger::to_string(fact.evidence));
  put(j, fact.pages);
  put(j, "confidence", ledger::to_string(fact.confidence));
  put(j, "when_ms", fact.when);
  put(j, "reason", fact.reason);
  return j;
}
Fact fact_of(const json& j) {
  return {ledger::evidence(text(j, "evidence")).value_or(Evidence::none), ledger::pages_of(j),
          ledger::confidence(text(j, "confidence")).value_or(Confidence::unknown), time_of(j, "when_ms"),
          text(j, "reason")};
}

json json_of(const Word& word) {
  json j = json::object();
  put(j, "printed", word.printed);
  put(j, word.pages);
  put(j, "when_ms", word.when);
  put(j, "reason", word.reason);
  put(j, "by", word.by);
  return j;
}
Word word_of(const json& j) {
  return {j.value("printed", false), ledger::pages_of(j), time_of(j, "when_ms"), text(j, "reason"),
          text(j, "by")};
}
}  // namespace

std::string encode(const Booking& b) {
  json j = json::object();
  put(j, "key", b.key);
  put(j, "kind", to_string(b.kind));
  if (b.claim) j["claim"] = ledger::json_of(*b.claim);
  if (b.record) j["record"] = json_of(*b.record);
  if (b.window) j["window"] = json_of(*b.window);
  for (const Fact& fact : b.facts) j["facts"].push_back(json_of(fact));
  if (b.word) j["word"] = json_of(*b.word);
  put(j, "ended_early", b.ended_early);
  if (b.correction) j["correction"] = json_of(*b.correction);
  put(j, "partner", b.partner);
  put(j, "inferred", b.inferred);
  put(j, "conflict", b.conflict);
  put(j, "received_ms", b.received);
  put(j, "overdue", b.overdue);
  put(j, "device", b.device);
  put_uuid(j, b.job_uuid);
  if (b.attempt != 0) put(j, "attempt", b.attempt);
  put(j, "match_user", b.match_user);
  put(j, "at_ms", b.at);
  put(j, "due_ms", b.due);
  put(j, "status", to_string(b.status));
  put(j, "user", b.user);
  put(j, b.pages);
  if (b.foreign != Pages{}) put(j["foreign"], b.foreign);
  put(j, b.price);
  put(j, "evidence", ledger::to_string(b.evidence));
  put(j, "confidence", ledger::to_string(b.confidence));
  put(j, "reason", b.reason);
  return canonical(j);
}

Result<Booking> decode_booking(std::string_view input) {
  return reading<Booking>(input, "booking", [](const json& j) -> Result<Booking> {
    Booking b;
    b.key = required(j, "key");
    const auto row = kind(text(j, "kind"));
    if (!row) wrong("kind", "is no kind", "job, record or window");
    b.kind = *row;
    if (j.contains("claim")) {
      auto claim = ledger::claim_in(j.at("claim"));
      if (!claim) return fail(claim.error());
      b.claim = std::move(*claim);
    }
    if (j.contains("record")) b.record = record_of(j.at("record"));
    if (j.contains("window")) b.window = window_of(j.at("window"));
    if (j.contains("facts"))
      for (const json& fact : j.at("facts")) b.facts.push_back(fact_of(fact));
    if (j.contains("word")) b.word = word_of(j.at("word"));
    b.ended_early = j.value("ended_early", false);
    if (j.contains("correction")) b.correction = correction_of(j.at("correction"));
    b.partner = text(j, "partner");
    b.inferred = j.value("inferred", false);
    b.conflict = text(j, "conflict");
    b.received = time_of(j, "received_ms");
    b.overdue = j.value("overdue", false);
    b.device = text(j, "device");
    b.job_uuid = uuid_of(j);
    b.attempt = j.value("attempt", 0);
    b.match_user = text(j, "match_user");
    b.at = time_of(j, "at_ms");
    b.due = time_of(j, "due_ms");
    const auto stands = status(text(j, "status"));
    if (!stands) wrong("status", "is no status", "a status of docs/accounting.md");
    b.status = *stands;
    b.user = text(j, "user");
    b.pages = ledger::pages_of(j);
    if (j.contains("foreign")) b.foreign = ledger::pages_of(j.at("foreign"));
    b.price = ledger::price_of(j);
    b.evidence = ledger::evidence(text(j, "evidence")).value_or(Evidence::none);
    b.confidence = ledger::confidence(text(j, "confidence")).value_or(Confidence::unknown);
    b.reason = text(j, "reason");
    return b;
  });
}

std::string encode(const DeviceRecord& record) {
  return canonical(json_of(record));
}
Result<DeviceRecord> decode_device_record(std::string_view input) {
  return reading<DeviceRecord>(input, "device record",
                               [](const json& j) -> Result<DeviceRecord> { return record_of(j); });
}
std::string encode(const CounterWindow& window) {
  return canonical(json_of(window));
}
Result<CounterWindow> decode_counter_window(std::string_view input) {
  return reading<CounterWindow>(input, "counter window",
                                [](const json& j) -> Result<CounterWindow> { return window_of(j); });
}
std::string encode(const Correction& correction) {
  return canonical(json_of(correction));
}
Result<Correction> decode_correction(std::string_view input) {
  return reading<Correction>(input, "correction",
                             [](const json& j) -> Result<Correction> { return correction_of(j); });
}

}  // namespace printrouter::accounting
