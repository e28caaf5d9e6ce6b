// SPDX-License-Identifier: Apache-2.0
#include "journal/journal_writer.hpp"

#include <memory>
#include <utility>

namespace printrouter::journal {

JournalWriter::JournalWriter(JournalDatabase& database, std::mutex& database_lock, env::Post post,
                             const JournalOptions& options)
    : database_(database),
      database_lock_(database_lock),
      post_(std::move(post)),
      checkpoint_pages_(options.checkpoint_pages),
      on_error_(options.on_error),
      thread_([this] { run(); }) {}

JournalWriter::~JournalWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  more_.notify_one();
  thread_.join();
}

void JournalWriter::push(Item item) {
  ++in_flight_;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
  }
  more_.notify_one();
}

void JournalWriter::run() {
  std::vector<Item> group;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    commit(group);
    group.clear();
  }
}

void JournalWriter::commit(std::vector<Item>& group) {
  std::vector<Result<Receipt>> results(group.size());
  std::vector<Transaction*> transactions;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < group.size(); ++i)
    if (!group[i].transaction.empty()) {
      transactions.push_back(&group[i].transaction);
      place.push_back(i);
    }
  if (!transactions.empty()) {
    const std::lock_guard lock(database_lock_);
    auto done = database_.commit(transactions);
    for (std::size_t i = 0; i < done.size(); ++i) results[place[i]] = std::move(done[i]);
  }
  for (const auto& result : results)
    if (!result) {
      report(tl::unexpected(result.error()));
      break;  // a full disk fails them all alike; once is enough for the log
    }
  in_flight_ -= group.size();
  answer(group, results);
  const std::lock_guard lock(database_lock_);
  report(database_.checkpoint_if_longer(checkpoint_pages_));
}

void JournalWriter::answer(std::vector<Item>& group, std::vector<Result<Receipt>>& results) {
  using Answer = std::pair<Committed, Result<Receipt>>;
  auto answers = std::make_shared<std::vector<Answer>>();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (group[i].inside) group[i].inside(results[i].has_value());
    if (group[i].committed) answers->emplace_back(std::move(group[i].committed), std::move(results[i]));
  }
  if (answers->empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;  // nobody is there to hear it
  }
  post_([answers] {
    for (auto& [committed, result] : *answers) committed(result);
  });
}

void JournalWriter::report(const Status& status) {
  if (!status && on_error_) on_error_(status.error());
}

}  // namespace printrouter::journal
