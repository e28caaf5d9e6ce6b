// SPDX-License-Identifier: Apache-2.0
#include "server/ledger_store.hpp"

#include <algorithm>
#include <map>

#include "model/ledger_entry.hpp"
#include "model/ledger_json.hpp"
#include "server/json_detail.hpp"
#include "server/secrets.hpp"

namespace printrouter::server {
namespace {
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Sorted, none touching another.
Ranges joined(Ranges ranges) {
  std::ranges::sort(ranges);
  Ranges out;
  for (const auto& [first, last] : ranges) {
    if (!out.empty() && first <= out.back().second + 1)
      out.back().second = std::max(out.back().second, last);
    else
      out.emplace_back(first, last);
  }
  return out;
}

Result<Ranges> store_ranges(Database& db, const std::string& ledger,
                            const std::vector<ReportedEntry>& fresh) {
  const auto rows =
      db.query("SELECT first, last FROM ledger_ranges WHERE ledger = $1 ORDER BY first", {ledger});
  if (!rows) return fail(rows.error());
  Ranges before;
  for (const Row& row : *rows) before.emplace_back(row.integer(0), row.integer(1));
  if (fresh.empty()) return before;
  Ranges all = before;
  for (const ReportedEntry& e : fresh) all.emplace_back(e.seq, e.seq);
  all = joined(std::move(all));
  for (const auto& range : before)
    if (std::ranges::find(all, range) == all.end())
      if (const auto done =
              db.execute("DELETE FROM ledger_ranges WHERE ledger = $1 AND first = $2", {ledger, range.first});
          !done)
        return fail(done.error());
  std::vector<Values> add;
  for (const auto& range : all)
    if (std::ranges::find(before, range) == before.end()) add.push_back({ledger, range.first, range.second});
  if (const auto done = db.insert_many("INSERT INTO ledger_ranges (ledger, first, last)", 3, add); !done)
    return fail(done.error());
  return all;
}

/// A count below zero would give somebody money. Empty: all are well.
std::string below_zero(const ledger::Pages& pages, const ledger::Price& price) {
  for (const auto& [name, count] :
       {std::pair("pages_mono", pages.mono), std::pair("pages_color", pages.color),
        std::pair("sheets", pages.sheets), std::pair("pages", pages.total)})
    if (count && *count < 0) return std::string(name) + ": expected a whole number from 0";
  return price.amount < Money{} ? "price: expected an amount from 0" : "";
}
}  // namespace

Status note_alarm(Database& db, const std::string& kind, const std::string& subject, const std::string& text,
                  Timestamp now) {
  const auto done = db.execute(
      "INSERT INTO alarms (id, at, kind, subject, text) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (id) DO NOTHING",
      {hash_token(kind + subject + text), now.ms, kind, subject, text});
  return done ? Status() : fail(done.error());
}

Result<LedgerAnswer> take_entries(Database& db, const std::string& ledger, const std::string& desktop,
                                  const std::vector<ReportedEntry>& entries, Timestamp now) {
  LedgerAnswer out;
  const auto differs = [&](const ReportedEntry& e) -> Status {
    out.rejected.push_back({e.seq, "other-content", "this number of the ledger is here with other content"});
    return note_alarm(
        db, "other-content", ledger + "/" + std::to_string(e.seq),
        "a ledger entry was reported again with other content: " + e.kind + " " + e.job + " " + e.content,
        now);
  };
  // Which of them are here already? The numbers of a batch lie close together.
  std::map<std::int64_t, const ReportedEntry*> offered;
  for (const ReportedEntry& e : entries) {
    const auto [first, added] = offered.emplace(e.seq, &e);
    if (!added && first->second->content != e.content)
      if (const Status done = differs(e); !done) return fail(done.error());
  }
  if (!offered.empty()) {
    const auto rows = db.query(
        "SELECT seq, kind, job, attempt, content FROM ledger_entries WHERE ledger = $1 AND seq >= $2 AND seq "
        "<= $3",
        {ledger, offered.begin()->first, offered.rbegin()->first});
    if (!rows) return fail(rows.error());
    for (const Row& row : *rows) {
      const auto found = offered.find(row.integer(0));
      if (found == offered.end()) continue;
      const ReportedEntry& e = *found->second;
      if (row.text(1) != e.kind || row.text(2) != e.job || row.integer(3) != e.attempt ||
          row.text(4) != e.content)
        if (const Status done = differs(e); !done) return fail(done.error());
      offered.erase(found);
    }
  }
  std::vector<Values> add;
  for (const auto& [seq, e] : offered) {
    add.push_back({ledger, seq, e->kind, e->job, e->attempt, e->content, desktop, now.ms});
    out.fresh.push_back(*e);
  }
  if (const auto done = db.insert_many(
          "INSERT INTO ledger_entries (ledger, seq, kind, job, attempt, content, desktop, received)", 8, add);
      !done)
    return fail(done.error());
  auto ranges = store_ranges(db, ledger, out.fresh);
  if (!ranges) return fail(ranges.error());
  out.acknowledged = std::move(*ranges);
  return out;
}

std::string read_content(ReportedEntry& e) {
  const auto content = nlohmann::json::parse(e.content, nullptr, false);
  return content.is_discarded() ? "content: is no JSON" : read_content(e, content);
}

std::string read_content(ReportedEntry& e, const nlohmann::json& content) {
  const auto job = Uuid::parse(e.job);
  const auto judge = [&](const auto& decoded) -> std::string {
    if (!decoded) return decoded.error().message();
    if (!job || decoded->job_uuid != *job || decoded->attempt != e.attempt)
      return "content: speaks of another job or attempt than its entry";
    return {};
  };
  const ledger::Kind kind = ledger::kind(e.kind).value_or(ledger::Kind::void_copy);
  std::string wrong;
  switch (kind) {
    case ledger::Kind::claim: {
      auto claim = ledger::claim_in(content);
      wrong = judge(claim);
      if (wrong.empty()) wrong = below_zero(claim->pages, claim->price);
      if (wrong.empty()) e.event = std::move(*claim);
      return wrong;
    }
    case ledger::Kind::evidence:
    case ledger::Kind::settle:
    case ledger::Kind::refund: {
      auto amendment = ledger::decode_amendment(e.content);
      wrong = judge(amendment);
      if (wrong.empty()) wrong = below_zero(amendment->pages, amendment->price);
      if (wrong.empty()) e.event = accounting::LedgerAmendment{kind, std::move(*amendment)};
      return wrong;
    }
    case ledger::Kind::reserve:
      return judge(ledger::decode_reservation(e.content));
    case ledger::Kind::void_copy:
      return judge(ledger::decode_void_copy(e.content));
  }
  return wrong;
}

std::vector<accounting::Event> events_of(const std::vector<ReportedEntry>& entries) {
  std::vector<accounting::Event> out;
  for (const ReportedEntry& e : entries)
    if (e.event) out.push_back(*e.event);
  return out;
}

std::vector<Use> uses_of(const std::vector<ReportedEntry>& entries, Timestamp now) {
  std::map<std::pair<std::string, std::string>, Timestamp> newest;
  for (const ReportedEntry& e : entries) {
    const auto* claim = e.event ? std::get_if<accounting::Claim>(&*e.event) : nullptr;
    if (!claim || claim->user.empty() || claim->device.empty() || claim->outcome != OutcomeKind::delivered)
      continue;
    // A clock that runs ahead must not make a printer the last used one for ever.
    const Timestamp when = std::min(claim->ended.set() ? claim->ended : now, now);
    Timestamp& known = newest[{claim->user, claim->device}];
    known = std::max(known, when);
  }
  std::vector<Use> out;
  for (const auto& [who, when] : newest) out.push_back({who.first, who.second, when});
  return out;
}

Status note_uses(Database& db, const std::vector<Use>& uses) {
  std::vector<Values> rows;
  rows.reserve(uses.size());
  for (const Use& use : uses) rows.push_back({use.user, use.device, use.when.ms});
  const auto done =
      db.insert_many("INSERT INTO history (username, device, last_used)", 3, rows,
                     "ON CONFLICT (username, device) DO UPDATE SET last_used = excluded.last_used WHERE "
                     "history.last_used < excluded.last_used");
  return done ? Status() : fail(done.error());
}

}  // namespace printrouter::server
