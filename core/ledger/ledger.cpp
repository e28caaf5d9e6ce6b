// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <set>

#include "model/ledger_json.hpp"

namespace printrouter::ledger {
namespace {

using journal::LedgerKind;
using journal::LedgerRow;

template <class Entry>
void append(journal::Transaction& transaction, LedgerKind kind, const Entry& entry) {
  transaction.append_ledger({0, kind, entry.job_uuid, entry.attempt, encode(entry), false});
}

/// Walks the rows in order and notes what cannot be.
class Verifier {
 public:
  Verification found;

  void check(const LedgerRow& row) {
    const std::string name = "entry " + std::to_string(row.seq);
    if (row.seq != found.last_seq + 1)
      alarm(name + ": entries " + std::to_string(found.last_seq + 1) + " to " + std::to_string(row.seq - 1) +
            " are missing");
    found.last_seq = row.seq;
    ++found.entries;
    check_content(name, row);
    check_order(name, row);
  }

 private:
  using Key = std::pair<Uuid, int>;

  void alarm(std::string text) { found.alarms.push_back(std::move(text)); }

  void check_content(const std::string& name, const LedgerRow& row) {
    const auto j = nlohmann::json::parse(row.json, nullptr, false);
    if (j.is_discarded() || !j.is_object()) return alarm(name + ": its content does not read back");
    if (canonical(j) != row.json) alarm(name + ": its content is not as it was written");
    const auto uuid = j.find("uuid");
    const auto attempt = j.find("attempt");
    const bool same = uuid != j.end() && uuid->is_string() && *uuid == row.job_uuid.to_string() &&
                      attempt != j.end() && attempt->is_number_integer() && *attempt == row.attempt;
    if (!same) alarm(name + ": its content belongs to another job or attempt");
    if (row.kind == LedgerKind::claim)
      if (const auto claim = decode_claim(row.json); !claim) alarm(name + ": " + claim.error().message());
  }

  void check_order(const std::string& name, const LedgerRow& row) {
    const Key key{row.job_uuid, row.attempt};
    switch (row.kind) {
      case LedgerKind::reserve:
        if (claimed_.contains(key)) alarm(name + ": reserved after it was claimed");
        reserved_.insert(key);
        break;
      case LedgerKind::claim:
        if (!claimed_.insert(key).second && !corrects(row))
          alarm(name + ": a second claim for job " + key.first.to_string() + " attempt " +
                std::to_string(key.second));
        break;
      case LedgerKind::void_copy:
        break;  // at a server; it needs no claim of ours
      case LedgerKind::evidence:
      case LedgerKind::settle:
      case LedgerKind::refund:
        if (!claimed_.contains(key) && !reserved_.contains(key))
          alarm(name + ": " + std::string(to_string(row.kind)) + " for what was never claimed or reserved");
        break;
    }
  }

  /// A claim that stands in the place of an earlier one.
  static bool corrects(const LedgerRow& row) {
    const auto claim = decode_claim(row.json);
    return claim && claim->corrects > 0 && claim->corrects < row.seq;
  }

  std::set<Key> reserved_, claimed_;
};

}  // namespace

void reserve(journal::Transaction& transaction, const Reservation& reservation) {
  append(transaction, LedgerKind::reserve, reservation);
}
void claim(journal::Transaction& transaction, const Claim& claim) {
  append(transaction, LedgerKind::claim, claim);
}
void add_evidence(journal::Transaction& transaction, const Amendment& amendment) {
  append(transaction, LedgerKind::evidence, amendment);
}
void settle(journal::Transaction& transaction, const Amendment& amendment) {
  append(transaction, LedgerKind::settle, amendment);
}
void refund(journal::Transaction& transaction, const Amendment& amendment) {
  append(transaction, LedgerKind::refund, amendment);
}
void void_copy(journal::Transaction& transaction, const VoidCopy& copy) {
  append(transaction, LedgerKind::void_copy, copy);
}

std::string ledger_key(const Uuid& ledger_id, std::int64_t seq) {
  return ledger_id.to_string() + ":" + std::to_string(seq);
}

std::string to_json(const Uuid& ledger_id, const LedgerRow& row) {
  auto content = nlohmann::json::parse(row.json, nullptr, false);
  if (content.is_discarded()) content = row.json;  // shown as it is, damaged
  return canonical({{"ledger", ledger_id.to_string()},
                    {"seq", row.seq},
                    {"kind", to_string(row.kind)},
                    {"job", row.job_uuid.to_string()},
                    {"attempt", row.attempt},
                    {"acknowledged", row.acknowledged},
                    {"content", std::move(content)}});
}

std::string report_line(const LedgerRow& row) {
  auto content = nlohmann::json::parse(row.json, nullptr, false);
  if (content.is_discarded()) content = row.json;  // the server will refuse it, and a person will see it
  return canonical({{"seq", row.seq},
                    {"kind", to_string(row.kind)},
                    {"job", row.job_uuid.to_string()},
                    {"attempt", row.attempt},
                    {"content", std::move(content)}});
}

bool same_entry(const LedgerRow& a, const LedgerRow& b) {
  return a.seq == b.seq && a.kind == b.kind && a.job_uuid == b.job_uuid && a.attempt == b.attempt &&
         a.json == b.json;
}

Result<Verification> verify(journal::Journal& journal) {
  constexpr std::size_t page = 500;
  Verifier verifier;
  while (true) {
    const auto rows = journal.ledger(verifier.found.last_seq + 1, page);
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows) verifier.check(row);
    if (rows->size() < page) return verifier.found;
  }
}

}  // namespace printrouter::ledger
