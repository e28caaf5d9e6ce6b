// SPDX-License-Identifier: Apache-2.0
#include "report/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "ledger/ledger.hpp"
#include "report/report_answer.hpp"

namespace printrouter::report {

using journal::LedgerNote;
using journal::LedgerRow;

struct Outbox::Impl : std::enable_shared_from_this<Outbox::Impl> {
  Impl(journal::Journal& j, env::Clock& c, env::Random& r, std::unique_ptr<Alarm> a, Send s, OutboxOptions o)
      : journal(j),
        clock(c),
        random(r),
        alarm(std::move(a)),
        send(std::move(s)),
        options(o),
        limit(o.most_entries) {}

  journal::Journal& journal;
  env::Clock& clock;
  env::Random& random;
  std::unique_ptr<Alarm> alarm;
  Send send;
  const OutboxOptions options;

  bool sending = false;
  bool inquire = false;  ///< ask what the server has even if there is nothing to tell
  int failures = 0;      ///< in a row
  std::size_t limit;     ///< entries a batch; smaller while a refused batch is taken apart
  Timestamp last_success = {};
  std::string error = {};
  std::vector<std::string> alarms = {};

  void wake(Milliseconds after) {
    alarm->start(after, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->next();
    });
  }

  void next() {
    if (sending) return;  // its end looks for more
    auto rows = journal.unreported_ledger(limit);
    if (!rows) return failed("journal: " + rows.error().message());
    if (rows->empty() && !inquire) return;
    Batch batch;
    batch.ledger = journal.ledger_id();
    for (const LedgerRow& row : *rows) {
      std::string line = ledger::report_line(row);
      if (!batch.seqs.empty() && batch.lines.size() + line.size() > options.most_bytes) break;
      batch.lines += line + '\n';
      batch.seqs.push_back(row.seq);
    }
    sending = true;
    inquire = false;
    send(batch, [weak = weak_from_this(), seqs = batch.seqs](const Reply& reply) {
      if (const auto self = weak.lock()) self->replied(seqs, reply);
    });
  }

  void replied(const std::vector<std::int64_t>& seqs, const Reply& reply) {
    switch (reply.kind) {
      case Reply::Kind::failed:
        sending = false;
        return failed(reply.text.empty() ? reply.reason : reply.text);
      case Reply::Kind::refused:
        return refused(seqs, reply);
      case Reply::Kind::taken:
        return taken(seqs, reply);
    }
  }

  void failed(const std::string& why) {
    if (error != why) spdlog::warn("report: {}", why);
    error = why;
    pause();
  }
  void pause() {
    const auto doubled = options.first_pause * (std::int64_t{1} << std::min(failures, 10));
    ++failures;
    wake(random.jitter(std::min<Milliseconds>(doubled, options.longest_pause), options.jitter));
  }

  /// One entry of the batch is to blame: smaller batches find it.
  void refused(const std::vector<std::int64_t>& seqs, const Reply& reply) {
    if (seqs.empty()) {
      sending = false;
      return failed(reply.text.empty() ? reply.reason : reply.text);
    }
    if (seqs.size() > 1) {
      sending = false;
      limit = seqs.size() / 2;
      return next();
    }
    journal::Transaction transaction;
    reject(transaction, {seqs.front(), reply.reason, reply.text});
    transaction.acknowledge_ledger(seqs.front());
    commit(std::move(transaction));
  }

  void reject(journal::Transaction& transaction, const Rejected& entry) {
    spdlog::error("report: the server refuses entry {} of the ledger: {} {}", entry.seq, entry.reason,
                  entry.text);
    transaction.note_ledger(
        {entry.seq, LedgerNote::State::rejected, entry.reason, entry.text, clock.now(), 0});
  }

  void taken(const std::vector<std::int64_t>& seqs, const Reply& reply) {
    journal::Transaction transaction;
    if (!reply.body) {  // a target that only says "safe"
      for (const std::int64_t seq : seqs) transaction.clear_ledger_note(seq);
      if (!seqs.empty()) transaction.acknowledge_ledger(seqs.back());
      return commit(std::move(transaction));
    }
    const auto answer = read_answer(*reply.body);
    const auto notes = journal.ledger_notes();
    const auto last = journal.last_ledger_seq();
    if (!answer || !notes || !last) {
      sending = false;
      return failed(!answer  ? answer.error().message()
                    : !notes ? notes.error().message()
                             : last.error().message());
    }
    std::set<std::int64_t> answered;  // beside what the server has
    for (const LedgerNote& note : *notes) answered.insert(note.seq);
    for (const Rejected& entry : answer->rejected) {
      if (entry.seq < 1 || entry.seq > *last) continue;
      reject(transaction, entry);
      answered.insert(entry.seq);
    }
    const auto is_rejected = [&](std::int64_t seq) {
      return std::ranges::find(answer->rejected, seq, &Rejected::seq) != answer->rejected.end();
    };
    for (const std::int64_t seq : seqs)
      if (answer->has(seq) && !is_rejected(seq)) transaction.clear_ledger_note(seq);
    judge(*answer, *last);
    const std::int64_t before = journal.acknowledged_ledger();
    const std::int64_t through = answer->through(answered, *last);
    const bool lost = through < before;
    if (lost) {
      spdlog::warn("report: the server has no longer what it had: it is told again from entry {} on",
                   through + 1);
      transaction.rewind_ledger(through);
    } else {
      transaction.acknowledge_ledger(through);
    }
    const bool progress = through > before || !answer->rejected.empty() || seqs.empty() ||
                          std::ranges::any_of(seqs, [&](std::int64_t seq) { return answer->has(seq); });
    commit(std::move(transaction), lost || !progress);
  }

  /// What cannot be if the server's ledger and ours are one.
  void judge(const Answer& answer, std::int64_t last) {
    alarms.clear();
    if (!answer.ranges.empty() && answer.ranges.back().second > last) {
      alarms.push_back("the server has entries of this ledger up to number " +
                       std::to_string(answer.ranges.back().second) + ", here it ends with " +
                       std::to_string(last) + ": this state folder is an old copy");
      spdlog::error("report: {}", alarms.back());
    }
  }

  /// `stuck`: the answer brought nothing forward, so the next try waits.
  void commit(journal::Transaction transaction, bool stuck = false) {
    journal.commit(std::move(transaction),
                   [weak = weak_from_this(), stuck](const Result<journal::Receipt>& done) {
                     const auto self = weak.lock();
                     if (!self) return;
                     self->sending = false;
                     if (!done) return self->failed("journal: " + done.error().message());
                     self->error = stuck ? "the server's answers bring nothing forward" : "";
                     if (stuck) return self->pause();
                     self->failures = 0;
                     self->last_success = self->clock.now();
                     self->limit = std::min(self->limit * 2, self->options.most_entries);
                     self->next();
                   });
  }
};

Outbox::Outbox(journal::Journal& journal, env::Clock& clock, env::Random& random,
               std::unique_ptr<Alarm> alarm, Send send, OutboxOptions options)
    : impl_(std::make_shared<Impl>(journal, clock, random, std::move(alarm), std::move(send), options)) {}
Outbox::~Outbox() {
  impl_->alarm->cancel();
}

void Outbox::start() {
  impl_->inquire = true;
  impl_->wake(impl_->options.gather);
}

void Outbox::entries_added() {
  // Else a batch is under way or a pause runs, at whose end they go too.
  if (!impl_->sending && impl_->failures == 0) impl_->wake(impl_->options.gather);
}

void Outbox::target_returned() {
  impl_->inquire = true;
  impl_->failures = 0;
  impl_->wake(Milliseconds(0));
}

OutboxState Outbox::state() const {
  OutboxState out;
  out.acknowledged_through = impl_->journal.acknowledged_ledger();
  out.unreported = impl_->journal.count_unreported_ledger().value_or(0);
  if (auto notes = impl_->journal.ledger_notes()) out.notes = std::move(*notes);
  out.alarms = impl_->alarms;
  for (const LedgerNote& note : out.notes)
    if (note.state == LedgerNote::State::rejected && note.reason == "other-content")
      out.alarms.push_back("the server has entry " + std::to_string(note.seq) +
                           " of this ledger with other content");
  out.last_success = impl_->last_success;
  out.error = impl_->error;
  return out;
}

void Outbox::resend(std::optional<std::int64_t> seq, Done done) {
  const auto notes = impl_->journal.ledger_notes();
  if (!notes) return done(fail(notes.error()));
  journal::Transaction transaction;
  for (LedgerNote note : *notes) {
    if (note.state != LedgerNote::State::rejected || (seq && note.seq != *seq)) continue;
    note.state = LedgerNote::State::resend;
    transaction.note_ledger(std::move(note));
  }
  if (transaction.empty() && seq)
    return done(fail(ErrorCode::not_found, "entry " + std::to_string(*seq) + " was not rejected"));
  impl_->journal.commit(std::move(transaction),
                        [impl = impl_, done = std::move(done)](const Result<journal::Receipt>& written) {
                          if (!written) return done(fail(written.error()));
                          impl->wake(Milliseconds(0));
                          done({});
                        });
}

void Outbox::correct(std::int64_t seq, const Correction& correction, Done done) {
  const auto notes = impl_->journal.ledger_notes();
  if (!notes) return done(fail(notes.error()));
  const auto note = std::ranges::find_if(
      *notes, [&](const LedgerNote& n) { return n.seq == seq && n.state != LedgerNote::State::corrected; });
  if (note == notes->end())
    return done(fail(ErrorCode::not_found, "entry " + std::to_string(seq) + " was not rejected"));
  const auto rows = impl_->journal.ledger(seq, 1);
  if (!rows) return done(fail(rows.error()));
  if (rows->empty() || rows->front().kind != journal::LedgerKind::claim)
    return done(fail({ErrorCode::invalid, "is no claim", "seq", "entry " + std::to_string(seq),
                      "a claim; anything else can be sent again"}));
  auto claim = ledger::decode_claim(rows->front().json);
  if (!claim) return done(fail(claim.error()));
  const ledger::Claim before = *claim;
  if (correction.user) claim->user = *correction.user;
  if (correction.pages_mono) claim->pages.mono = correction.pages_mono;
  if (correction.pages_color) claim->pages.color = correction.pages_color;
  if (ledger::encode(*claim) == ledger::encode(before))
    return done(
        fail({ErrorCode::invalid, "changes nothing", {}, "entry " + std::to_string(seq), "user or pages"}));
  claim->corrects = seq;
  journal::Transaction transaction;
  ledger::claim(transaction, *claim);
  LedgerNote corrected = *note;
  corrected.state = LedgerNote::State::corrected;
  corrected.corrected_by = journal::this_transactions_entry;
  transaction.note_ledger(std::move(corrected));
  impl_->journal.commit(std::move(transaction),
                        [impl = impl_, done = std::move(done)](const Result<journal::Receipt>& written) {
                          if (!written) return done(fail(written.error()));
                          impl->wake(Milliseconds(0));
                          done({});
                        });
}

}  // namespace printrouter::report
