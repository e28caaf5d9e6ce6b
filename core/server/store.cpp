// SPDX-License-Identifier: Apache-2.0
#include "server/store.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "server/store_schema.hpp"

namespace printrouter::server {
namespace {
constexpr std::size_t largest_group = 256;
constexpr int most_tries = 8;
using namespace std::chrono_literals;
}  // namespace

struct Store::Impl {
  struct Item {
    Work work;
    Done done;
    bool here = false;  ///< done runs on the store's thread (run_now)
    Status status = {};
  };

  Impl(std::unique_ptr<Database> database, env::Post to_main)
      : db(std::move(database)), post(std::move(to_main)), thread([this] { serve(); }) {}
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    more.notify_one();
    thread.join();
  }

  void put(Item item) {
    {
      const std::lock_guard lock(mutex);
      queue.push_back(std::move(item));
    }
    more.notify_one();
  }

  void serve() {
    for (;;) {
      std::vector<Item> group;
      {
        std::unique_lock lock(mutex);
        more.wait(lock, [this] { return ending || !queue.empty(); });
        if (queue.empty()) return;
        while (!queue.empty() && group.size() < largest_group) {
          group.push_back(std::move(queue.front()));
          queue.pop_front();
        }
      }
      commit(group);
      std::vector<Item> to_post;
      for (Item& item : group) {
        if (item.here)
          item.done(item.status);
        else
          to_post.push_back(std::move(item));
      }
      if (!to_post.empty())
        post([items = std::make_shared<std::vector<Item>>(std::move(to_post))] {
          for (Item& item : *items) item.done(item.status);
        });
    }
  }

  void commit(std::vector<Item>& group) {
    if (transaction(group.data(), group.size()) == DatabaseFault::none) return;
    // One of them is to blame: each for itself.
    for (Item& item : group) {
      for (int attempt = 1;; ++attempt) {
        const DatabaseFault fault = transaction(&item, 1);
        const bool worth = fault == DatabaseFault::again || fault == DatabaseFault::lost;
        if (!worth || attempt == most_tries) break;
        {
          const std::lock_guard lock(mutex);
          ++figures.retries;
        }
        if (fault == DatabaseFault::lost && !db->reconnect()) break;
        // Whoever holds the lock needs a moment; notified early only by the end of the store.
        std::unique_lock lock(mutex);
        more.wait_for(lock, attempt * 5ms, [this] { return ending; });
      }
    }
  }

  /// Every item's status is set; none: all of them are durable.
  DatabaseFault transaction(Item* items, std::size_t count) {
    const auto fail_all = [&](const Error& error) {
      for (std::size_t i = 0; i < count; ++i) items[i].status = fail(error);
    };
    if (const Status begun = db->begin(); !begun) return fail_all(begun.error()), ended(db->fault(), count);
    for (std::size_t i = 0; i < count; ++i) {
      items[i].status = items[i].work(*db);
      if (items[i].status) continue;
      // The work's own refusal, or the database's: other than `none` in either case.
      const DatabaseFault fault =
          items[i].status.error().code == ErrorCode::unavailable ? db->fault() : DatabaseFault::other;
      db->rollback();
      return ended(fault == DatabaseFault::none ? DatabaseFault::other : fault, count);
    }
    if (const Status done = db->commit(); !done) {
      const DatabaseFault fault = db->fault();
      db->rollback();
      return fail_all(done.error()), ended(fault, count);
    }
    return ended(DatabaseFault::none, count);
  }

  DatabaseFault ended(DatabaseFault fault, std::size_t count) {
    const std::lock_guard lock(mutex);
    ++figures.transactions;
    if (fault == DatabaseFault::none) figures.works += count;
    if (fault != DatabaseFault::none) ++figures.failures;
    healthy = fault != DatabaseFault::lost && fault != DatabaseFault::disk_full;
    return fault;
  }

  std::unique_ptr<Database> db;
  env::Post post;
  mutable std::mutex mutex;
  std::condition_variable more;
  std::deque<Item> queue;
  bool ending = false, healthy = true;
  Figures figures = {};
  std::thread thread;  // last: it uses all of the above
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& connection, env::Post post) {
  auto database = Database::open(connection);
  if (!database) return fail(database.error());
  if (const Status migrated = migrate(**database); !migrated) return fail(migrated.error());
  return std::unique_ptr<Store>(new Store(std::make_unique<Impl>(std::move(*database), std::move(post))));
}

void Store::run(Work work, Done done) {
  impl_->put({std::move(work), std::move(done)});
}

Status Store::run_now(Work work) {
  std::promise<Status> promise;
  auto result = promise.get_future();
  impl_->put({std::move(work), [&promise](const Status& status) { promise.set_value(status); }, true});
  return result.get();
}

bool Store::healthy() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->healthy;
}

Store::Figures Store::figures() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->figures;
}

std::string_view Store::engine() const {
  return impl_->db->engine();
}

}  // namespace printrouter::server
