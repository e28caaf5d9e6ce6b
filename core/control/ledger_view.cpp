// SPDX-License-Identifier: Apache-2.0
#include "control/ledger_view.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "ledger/ledger.hpp"

namespace printrouter::control {
namespace {
using nlohmann::json;

std::string text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json entry_json(const Uuid& ledger_id, const journal::LedgerRow& row, const journal::LedgerNote* note) {
  json out = json::parse(ledger::to_json(ledger_id, row), nullptr, false);
  out["job_uuid"] = row.job_uuid.to_string();
  if (note) {
    out["note"] = {{"state", to_string(note->state)},
                   {"reason", note->reason},
                   {"text", note->text},
                   {"when", note->when.to_string()}};
    if (note->corrected_by > 0) out["note"]["corrected_by"] = note->corrected_by;
  }
  return out;
}

}  // namespace

Result<std::string> ledger_list(journal::Journal& journal, const LedgerQuery& query) {
  const auto notes = journal.ledger_notes();
  if (!notes) return fail(notes.error());
  json out = json::array();
  if (query.rejected) {
    for (const journal::LedgerNote& note : *notes) {
      if (note.seq < query.from || out.size() >= query.limit) continue;
      const auto rows = journal.ledger(note.seq, 1);
      if (!rows) return fail(rows.error());
      if (!rows->empty()) out.push_back(entry_json(journal.ledger_id(), rows->front(), &note));
    }
    return text(out);
  }
  std::map<std::int64_t, const journal::LedgerNote*> by_seq;
  for (const journal::LedgerNote& note : *notes) by_seq[note.seq] = &note;
  const auto rows = journal.ledger(query.from, query.limit);
  if (!rows) return fail(rows.error());
  for (const journal::LedgerRow& row : *rows) {
    const auto note = by_seq.find(row.seq);
    out.push_back(entry_json(journal.ledger_id(), row, note == by_seq.end() ? nullptr : note->second));
  }
  return text(out);
}

Result<std::string> ledger_verification(journal::Journal& journal) {
  auto found = ledger::verify(journal);
  if (!found) return fail(found.error());
  const auto notes = journal.ledger_notes();
  if (!notes) return fail(notes.error());
  std::int64_t rejected = 0;
  for (const journal::LedgerNote& note : *notes) {
    if (note.state == journal::LedgerNote::State::rejected) ++rejected;
    if (note.reason == "other-content")
      found->alarms.push_back("entry " + std::to_string(note.seq) + ": the server has it with other content");
  }
  std::string words;
  for (const std::string& alarm : found->alarms) words += (words.empty() ? "" : "; ") + alarm;
  return text({{"ok", found->alarms.empty()},
               {"entries", found->entries},
               {"last_seq", found->last_seq},
               {"acknowledged_through", journal.acknowledged_ledger()},
               {"rejected", rejected},
               {"alarms", found->alarms},
               {"text", words}});
}

}  // namespace printrouter::control
