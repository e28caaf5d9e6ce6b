// SPDX-License-Identifier: Apache-2.0
#include "server/book_store.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "server/accounts.hpp"

namespace printrouter::server {
using accounting::Booking;
using accounting::Change;

namespace {
constexpr const char* select = "SELECT body FROM bookings WHERE ";

Value number(const std::optional<std::int64_t>& value) {
  return value ? Value(*value) : Value();
}

std::string uuid_text(const Uuid& uuid) {
  return uuid.empty() ? std::string() : uuid.to_string();
}
}  // namespace

Result<std::vector<Booking>> BookStore::rows(std::string_view sql, const Values& values) {
  const auto found = db_.query(sql, values);
  if (!found) return fail(found.error());
  std::vector<Booking> out;
  out.reserve(found->size());
  for (const Row& row : *found) {
    auto booking = accounting::decode_booking(row.text(0));
    if (!booking) return fail(booking.error());
    out.push_back(std::move(*booking));
  }
  return out;
}

Result<std::set<std::string>> BookStore::present(std::string_view sql, const Values& before,
                                                 const std::set<std::string>& values) {
  // Few texts, so that few statements are prepared: a list is filled up with its last value.
  static constexpr std::array<std::size_t, 4> sizes = {1, 8, 32, 256};
  std::set<std::string> out;
  for (auto it = values.begin(); it != values.end();) {
    const auto left = static_cast<std::size_t>(std::distance(it, values.end()));
    const auto* size = std::ranges::lower_bound(sizes, std::min(left, sizes.back()));
    std::string text(sql);
    Values given = before;
    for (std::size_t i = 0; i < *size; ++i) {
      text.append(i ? ",$" : "$").append(std::to_string(given.size() + 1));
      given.emplace_back(*it);
      if (std::next(it) != values.end() && i + 1 < *size) ++it;
    }
    ++it;
    const auto found = db_.query(text + ")", given);
    if (!found) return fail(found.error());
    for (const Row& row : *found) out.insert(row.text(0));
  }
  return out;
}

Status BookStore::expect(const std::vector<accounting::Event>& events, const accounting::Rules& rules) {
  std::set<std::string> keys, jobs, devices;
  Timestamp first = {}, last = {};
  for (const accounting::Event& event : events) {
    const auto* claim = std::get_if<accounting::Claim>(&event);
    if (!claim || !claim->started.set() || !claim->ended.set()) continue;
    keys.insert(accounting::job_key(claim->job_uuid, claim->attempt));
    jobs.insert(claim->job_uuid.to_string());
    devices.insert(claim->device);
    const auto [from, to] = std::minmax(claim->started, claim->ended);
    first = first.set() ? std::min(first, from) : from;
    last = std::max(last, to);
  }
  if (keys.size() < 2) return {};
  const Milliseconds reach = rules.clock_skew + std::max(rules.release_window, rules.print_time);
  quiet_from_ = first + -reach;
  quiet_to_ = last + reach;
  const auto rest = [](std::set<std::string> all, const std::set<std::string>& without, auto& into) {
    for (const std::string& one : without) all.erase(one);
    into.insert(all.begin(), all.end());
  };
  const auto known = present("SELECT key FROM bookings WHERE key IN (", {}, keys);
  if (!known) return fail(known.error());
  const auto known_jobs = present("SELECT DISTINCT job FROM bookings WHERE job IN (", {}, jobs);
  if (!known_jobs) return fail(known_jobs.error());
  std::set<std::string> loud;
  for (const auto kind : {accounting::Kind::record, accounting::Kind::window}) {
    const auto found = present(
        "SELECT DISTINCT device FROM bookings WHERE kind = $1 AND printed >= $2 AND printed <= $3 AND device "
        "IN (",
        {std::string(accounting::to_string(kind)), quiet_from_.ms, quiet_to_.ms}, devices);
    if (!found) return fail(found.error());
    loud.insert(found->begin(), found->end());
  }
  rest(std::move(keys), *known, absent_keys_);
  rest(std::move(jobs), *known_jobs, absent_jobs_);
  rest(std::move(devices), loud, quiet_devices_);
  return {};
}

Result<std::optional<Booking>> BookStore::find(std::string_view key) {
  if (absent_keys_.contains(key)) return std::optional<Booking>();
  auto found = rows(std::string(select) + "key = $1", {std::string(key)});
  if (!found) return fail(found.error());
  if (found->empty()) return std::optional<Booking>();
  return std::optional(std::move(found->front()));
}

Result<std::vector<Booking>> BookStore::of_job(const Uuid& job_uuid, std::size_t limit) {
  const std::string job = uuid_text(job_uuid);
  if (absent_jobs_.contains(job)) return std::vector<Booking>();
  return rows(std::string(select) + "job = $1 AND kind IN ('job', 'record') LIMIT $2",
              {job, static_cast<std::int64_t>(limit)});
}

Result<std::vector<Booking>> BookStore::near(const Near& q) {
  if (q.kind != accounting::Kind::job && q.from >= quiet_from_ && q.to <= quiet_to_ &&
      quiet_devices_.contains(q.device))
    return std::vector<Booking>();
  // Four texts in all, so that four statements are prepared.
  const std::string sql = std::string(select) +
                          "kind = $1 AND device = $2 AND printed >= $3 AND printed <= $4 AND "
                          "($5 = '' OR match_user = $5 OR match_user = '')" +
                          (q.nameless ? " AND job = ''" : "") + " ORDER BY printed" +
                          (q.latest_first ? " DESC" : "") + " LIMIT $6";
  return rows(sql, {std::string(accounting::to_string(q.kind)), std::string(q.device), q.from.ms, q.to.ms,
                    std::string(q.user), static_cast<std::int64_t>(q.limit)});
}

Result<std::vector<Booking>> BookStore::due(Timestamp now, std::size_t limit) {
  return rows(std::string(select) + "due > 0 AND due <= $1 ORDER BY due LIMIT $2",
              {now.ms, static_cast<std::int64_t>(limit)});
}

Result<std::set<std::string>> write_changes(Database& db, const std::vector<Change>& changes, Timestamp now) {
  std::vector<Values> rows;
  // By user and by the day it was printed on, which decides whose period's quota it is.
  std::map<std::pair<std::string, Day>, std::pair<Money, std::int64_t>> moved;
  std::set<std::string> users;
  for (const Change& change : changes) {
    const Booking& b = change.after;
    const bool booked = accounting::is_booked(b.status);
    rows.push_back({b.key,
                    std::string(accounting::to_string(b.kind)),
                    b.device,
                    uuid_text(b.job_uuid),
                    std::int64_t{b.attempt},
                    b.match_user,
                    b.at.ms,
                    b.due.ms,
                    std::string(accounting::to_string(b.status)),
                    std::int64_t{accounting::is_listed(b.status) ? 1 : 0},
                    b.user,
                    std::int64_t{booked ? 1 : 0},
                    number(b.pages.mono),
                    number(b.pages.color),
                    number(b.pages.sheets),
                    number(b.pages.sum()),
                    b.price.amount.units,
                    b.price.currency,
                    b.received.ms,
                    accounting::encode(b)});
    const auto charged = [&](const Booking& booking, std::int64_t sign) {
      const accounting::Charge c = accounting::charge(booking);
      if (c.user.empty()) return;
      auto& sum = moved[{c.user, local_day(booking.at.set() ? booking.at : booking.received)}];
      sum.first = sign > 0 ? sum.first - c.amount : sum.first + c.amount;
      sum.second -= sign * c.pages;
    };
    if (change.before) charged(*change.before, -1);
    charged(b, +1);
  }
  const auto written = db.insert_many(
      "INSERT INTO bookings (key, kind, device, job, attempt, match_user, printed, due, status, listed, "
      "username, booked, "
      "mono, color, sheets, pages, price, currency, received, body)",
      20, rows,
      "ON CONFLICT (key) DO UPDATE SET device = excluded.device, job = excluded.job, attempt = "
      "excluded.attempt, match_user "
      "= excluded.match_user, printed = excluded.printed, due = excluded.due, status = excluded.status, "
      "listed = "
      "excluded.listed, username = excluded.username, booked = excluded.booked, mono = excluded.mono, color "
      "= "
      "excluded.color, sheets = excluded.sheets, pages = excluded.pages, price = excluded.price, currency = "
      "excluded.currency, body = excluded.body");
  if (!written) return fail(written.error());
  for (const auto& [whose, sum] : moved) {
    const auto& [user, printed] = whose;
    if (sum.first == Money{} && sum.second == 0) continue;
    const auto kept = move_account(db, user, sum.first, sum.second, printed, now);
    if (!kept) return fail(kept.error());
    if (*kept) users.insert(user);
  }
  return users;
}

Result<Booked> book(Database& db, const accounting::Rules& rules,
                    const std::vector<accounting::Event>& events, Timestamp now) {
  Booked out;
  BookStore store(db);
  if (const Status looked = store.expect(events, rules); !looked) return fail(looked.error());
  accounting::Batch batch(&store);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto changes = accounting::apply(batch, rules, events[i], now);
    if (changes) {
      batch.take(*changes);
      continue;
    }
    const ErrorCode code = changes.error().code;
    if (code != ErrorCode::invalid && code != ErrorCode::not_found) return fail(changes.error());
    out.refused.push_back({i, changes.error()});
  }
  out.changes = batch.net();
  auto users = write_changes(db, out.changes, now);
  if (!users) return fail(users.error());
  out.users = std::move(*users);
  return out;
}

Result<Booked> advance_books(Database& db, const accounting::Rules& rules, Timestamp now, std::size_t most) {
  Booked out;
  BookStore store(db);
  auto changes = accounting::advance(store, rules, now, most);
  if (!changes) return fail(changes.error());
  out.changes = std::move(*changes);
  auto users = write_changes(db, out.changes, now);
  if (!users) return fail(users.error());
  out.users = std::move(*users);
  return out;
}

}  // namespace printrouter::server
