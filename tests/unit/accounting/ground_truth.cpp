// SPDX-License-Identifier: Apache-2.0
#include "unit/accounting/ground_truth.hpp"

#include <algorithm>
#include <stdexcept>

#include "accounting/batch.hpp"

namespace printrouter::accounting::test {
namespace {
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t cents_a_page = 300;

Uuid uuid_number(int n) {
  Uuid out;
  out.bytes[0] = 1;
  out.bytes[14] = static_cast<std::uint8_t>(n / 256);
  out.bytes[15] = static_cast<std::uint8_t>(n % 256);
  return out;
}

class Maker {
 public:
  Maker(World& world, const Dice& dice, const WorldRules& rules) : world_(world), dice_(dice), rules_(rules) {
    for (std::int64_t& skew : skew_) skew = (dice_(17) - 8) * minute;
  }

  void one(int number) {
    number_ = number;
    const bool apart = !rules_.uuids && rules_.losses;
    clock_ = clock_ + std::chrono::minutes(apart ? 24 * 60 * 3 : dice_(15));
    device_ = dice_(2);
    if (dice_(5) == 0) return foreign();
    claimed();
  }

 private:
  std::string device() const { return "d" + std::to_string(device_); }

  DeviceRecord record(const std::string& user, std::int64_t pages) {
    DeviceRecord out;
    out.device = device();
    out.record = std::to_string(number_);
    out.user = dice_(2) == 0 ? user : "OFFICE\\" + user;
    out.pages.total = pages;
    out.when = clock_ + Milliseconds(skew_[device_] + minute);
    return out;
  }

  void foreign() {  // walks up and copies; or prints past us
    const std::string user = rules_.losses ? "guest" : "u" + std::to_string(dice_(3));
    const std::int64_t pages = 1 + dice_(9);
    world_.truth.push_back({{}, user, device(), pages});
    world_.events.emplace_back(record(user, pages));
  }

  void claimed() {
    const std::int64_t pages = 1 + dice_(9);
    Claim c;
    c.job_uuid = uuid_number(number_);
    c.attempt = 1 + dice_(2);
    c.user = "u" + std::to_string(dice_(3));
    c.device = device();
    c.started = clock_;
    c.ended = clock_ + Milliseconds(minute);
    const int way = dice_(3);
    c.counted_by = way == 0 ? CountedBy::device : CountedBy::client;
    c.may_count_twice = way == 1;
    c.port.port_class = way == 0 ? PortClass::device_spooling : PortClass::plain;
    c.pages.mono = pages;
    c.evidence = Evidence::document;
    c.confidence = Confidence::exact;
    c.price = {Money{cents_a_page}.times(pages), "EUR"};
    c.outcome = dice_(4) == 0 ? OutcomeKind::unknown : OutcomeKind::delivered;

    const int fate = dice_(6);
    std::int64_t printed = pages;
    bool released = true;
    if (fate == 0) printed = dice_(static_cast<int>(pages));  // cancelled at the panel, perhaps at once
    if (fate == 1 && c.counted_by == CountedBy::device) released = false, printed = 0;
    const bool partly = released && printed < pages;
    const bool lost = rules_.losses && released && dice_(3) == 0;

    if (!released) {
      DeviceRecord waiting = record(c.user, 0);
      waiting.pages = {};
      waiting.state = DeviceRecord::State::held;
      const bool deleted = dice_(2) == 0;
      add_record(waiting, c);
      if (deleted) {
        waiting.state = DeviceRecord::State::deleted;
        add_record(waiting, c);
      }
    } else if (!lost) {
      DeviceRecord done = record(c.user, printed);
      if (partly) done.state = DeviceRecord::State::cancelled;
      if (c.counted_by == CountedBy::device && dice_(2) == 0) {
        DeviceRecord waiting = done;
        waiting.state = DeviceRecord::State::held;
        waiting.pages = {};
        waiting.when = clock_ + Milliseconds(skew_[device_]);
        add_record(waiting, c);
      }
      if (c.counted_by == CountedBy::device && dice_(3) == 0)  // released hours later
        done.when = done.when + std::chrono::hours(dice_(20));
      add_record(done, c);
      if (dice_(3) == 0) c.pages = {}, c.evidence = Evidence::none, c.confidence = Confidence::unknown;
    }
    if (lost) later_facts(c, printed, partly);
    world_.truth.push_back({job_key(c.job_uuid, c.attempt), c.user, c.device, printed, released});
    world_.events.emplace_back(c);
  }

  /// Without the device's record, the client must have learned by other means what came out.
  void later_facts(const Claim& c, std::int64_t printed, bool partly) {
    LedgerAmendment event;
    event.amendment.job_uuid = c.job_uuid;
    event.amendment.attempt = c.attempt;
    event.amendment.when = c.ended + Milliseconds(minute);
    if (partly && dice_(2) == 0) {
      event.kind = ledger::Kind::settle;
      event.amendment.reason = "cancelled-at-panel";
      event.amendment.evidence = Evidence::ipp_impressions;
      event.amendment.confidence = Confidence::exact;
      event.amendment.pages.total = printed;
    } else if (partly || dice_(2) == 0) {
      CounterWindow window{c.device, "w" + std::to_string(number_), c.started, c.ended, {}, c.job_uuid,
                           c.attempt};
      // What the counter shows of others leaves an unknown outcome unknown.
      const std::int64_t others = partly || c.outcome == OutcomeKind::unknown ? 0 : dice_(5);
      window.pages.total = printed + others;
      world_.events.emplace_back(window);
      return;
    } else if (c.outcome == OutcomeKind::unknown) {
      event.kind = ledger::Kind::settle;
      event.amendment.reason = "settled.printed";
      event.amendment.by = c.user;
    } else {
      return;  // the analysis was right
    }
    world_.events.emplace_back(event);
  }

  void add_record(DeviceRecord record, const Claim& c) {
    if (rules_.uuids) record.job_uuid = c.job_uuid;
    world_.events.emplace_back(std::move(record));
  }

  World& world_;
  const Dice& dice_;
  const WorldRules& rules_;
  Timestamp clock_ = world_.start;
  std::int64_t skew_[2] = {};
  int device_ = 0, number_ = 0;
};

}  // namespace

std::map<std::string, std::int64_t> World::printed_by_device() const {
  std::map<std::string, std::int64_t> out;
  for (const Job& job : truth) out[job.device] += job.printed;
  return out;
}

World make_world(const Dice& dice, const WorldRules& rules) {
  World world;
  Maker maker(world, dice, rules);
  const int jobs = 1 + dice(9);
  for (int i = 0; i < jobs; ++i) maker.one(i);
  return world;
}

std::vector<Booking> account(const World& world, const Rules& rules, const Dice& dice) {
  Batch books;
  std::vector<Event> events = world.events;
  const std::size_t once = events.size();
  for (std::size_t i = 0; i < once; ++i)
    if (dice(3) == 0) events.push_back(events[i]);
  for (std::size_t i = events.size(); i > 1; --i)
    std::swap(events[i - 1], events[static_cast<std::size_t>(dice(static_cast<int>(i)))]);
  Timestamp now = world.start + std::chrono::hours(24 * 60);
  const auto take = [&](const Result<std::vector<Change>>& changes) {
    if (!changes) throw std::runtime_error(changes.error().message());
    books.take(*changes);
    return !changes->empty();
  };
  for (const Event& event : events) {
    now = now + std::chrono::minutes(dice(120));
    take(apply(books, rules, event, now));
    if (dice(4) == 0) take(advance(books, rules, now, 10));
  }
  now = now + std::chrono::hours(24 * 30);
  while (take(advance(books, rules, now, 7))) {
  }
  std::vector<Booking> out;
  for (const Change& change : books.net()) out.push_back(change.after);
  return out;
}

}  // namespace printrouter::accounting::test
