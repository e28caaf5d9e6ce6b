// SPDX-License-Identifier: Apache-2.0
// Jobs are accepted, sent and claimed on a file system that stops at its n-th operation, for every n.
// Whatever was acknowledged before must be there afterwards, and nothing may be taken for whole that is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "env/faulty_file_system.hpp"
#include "env/post_queue.hpp"
#include "journal/journal.hpp"
#include "ledger/ledger.hpp"
#include "spool/spool.hpp"

namespace printrouter {
namespace {

std::string document(int number) {
  // Small ones, one above the size that is written while it arrives, and an empty one.
  const std::size_t size = number % 5 == 0   ? 0
                           : number % 5 == 3 ? 150'000
                                             : 700 + 13 * static_cast<std::size_t>(number);
  std::string out;
  while (out.size() < size)
    out += "document " + std::to_string(number) + " at " + std::to_string(out.size()) + "\n";
  out.resize(size);
  return out;
}

/// What a submitter or a reader of the ledger has been told.
struct Promised {
  std::map<Uuid, int> accepted;    ///< document number by uuid
  std::map<Uuid, JobState> state;  ///< the last state whose commit was answered
  std::map<Uuid, int> claims;
  std::set<JobId> ids;
};

/// A little daemon: spool and journal on the given files, jobs that go their way in it.
class House {
 public:
  House(env::FileSystem& files, Promised& promised) : promised_(promised) {
    auto journal = journal::Journal::open(files, "/state/journal.db", main_.post(), options());
    if (!journal) return;
    journal_ = std::move(*journal);
    auto spool = spool::Spool::open(files, "/state/spool", pool_, main_.post(), {});
    if (!spool) return;
    spool_ = std::move(*spool);
  }
  ~House() {
    writers_.clear();
    spool_.reset();
    journal_.reset();
    main_.run_ready();
  }
  bool up() const { return spool_ != nullptr; }

  void submit(int number, const Uuid& uuid) {
    ++open_;
    auto writer = spool_->create(uuid);
    if (!writer) return refuse();
    std::string bytes = document(number);
    for (std::size_t at = 0; at < bytes.size(); at += 40'000)
      if (!(*writer)->append(std::string_view(bytes).substr(at, 40'000))) return refuse();
    writers_.push_back(*writer);
    (*writer)->finish([this, number, uuid](const Result<spool::StoredDocument>& stored) {
      if (!stored) return refuse();
      const auto id = journal_->new_job_id();
      if (!id) return refuse();
      EXPECT_TRUE(promised_.ids.insert(*id).second) << "job id " << *id << " was given before";
      Job job;
      job.id = *id;
      job.uuid = uuid;
      job.state = JobState::pending;
      job.document_file = stored->file;
      job.document.size = stored->size;
      accept(number, job);
    });
  }
  void run() {
    EXPECT_TRUE(main_.run_until([this] { return open_ == 0; }));
  }

  spool::Spool& spool() { return *spool_; }
  journal::Journal& journal() { return *journal_; }
  env::PostQueue& main() { return main_; }
  int refused() const { return refused_; }

 private:
  static journal::JournalOptions options() {
    journal::JournalOptions out;
    out.checkpoint_pages = 12;  // so that checkpoints are among the operations that are hit
    out.id_block = 40;
    return out;
  }
  void refuse() {
    ++refused_;
    --open_;
  }
  void accept(int number, Job job) {
    journal::Transaction t;
    t.put_job(job);
    journal_->commit(std::move(t), [this, number, job](const Result<journal::Receipt>& done) mutable {
      if (!done) return refuse();
      promised_.accepted[job.uuid] = number;
      promised_.state[job.uuid] = job.state;
      job.state = JobState::sending;
      journal::Transaction next;
      ledger::reserve(next, {job.uuid, 1, "anna", {}, {}, {1}});
      next.put_job(job);
      journal_->commit(std::move(next), [this, job](const Result<journal::Receipt>& sending) {
        if (!sending) return refuse();
        promised_.state[job.uuid] = job.state;
        deliver(job);
      });
    });
  }
  void deliver(Job job) {
    job.state = JobState::completed;
    ledger::Claim claim;
    claim.job_uuid = job.uuid;
    claim.attempt = 1;
    journal::Transaction t;
    ledger::claim(t, claim);
    t.put_job(job);
    journal_->commit(std::move(t), [this, job](const Result<journal::Receipt>& done) {
      if (!done) return refuse();
      promised_.state[job.uuid] = job.state;
      ++promised_.claims[job.uuid];
      --open_;
    });
  }

  Promised& promised_;
  env::PostQueue main_;
  env::ThreadPool pool_{2};
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<spool::Spool> spool_;
  std::vector<std::shared_ptr<spool::SpoolWriter>> writers_;
  int open_ = 0, refused_ = 0;
};

/// Everything that was promised is there, and what is there is sound.
void check(House& house, const Promised& promised) {
  EXPECT_TRUE(house.journal().check());
  const auto ledger = ledger::verify(house.journal());
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->alarms, std::vector<std::string>{});

  std::vector<spool::KnownDocument> known;
  for (const auto& [uuid, number] : promised.accepted) {
    const auto job = house.journal().find_job(uuid);
    ASSERT_TRUE(job) << job.error().message();
    ASSERT_TRUE(*job) << "acknowledged job " << uuid.to_string() << " is lost";
    EXPECT_GE(static_cast<int>((*job)->state), static_cast<int>(promised.state.at(uuid)));
    const auto rows = house.journal().ledger_of(uuid);
    ASSERT_TRUE(rows);
    const auto claims = std::count_if(rows->begin(), rows->end(),
                                      [](const auto& row) { return row.kind == journal::LedgerKind::claim; });
    EXPECT_EQ(claims == 1, (*job)->state == JobState::completed) << "outcome and claim are one commit";
    EXPECT_GE(claims, promised.claims.contains(uuid) ? 1 : 0) << "a claim is lost";
    EXPECT_EQ((*job)->claim.empty(), claims == 0);
  }
  // Also rows whose acknowledgement did not get out any more have whole documents.
  auto jobs = house.journal().load_unfinished();
  ASSERT_TRUE(jobs);
  const auto finished = house.journal().finished_jobs(1000);
  ASSERT_TRUE(finished);
  jobs->insert(jobs->end(), finished->begin(), finished->end());
  for (const auto& job : *jobs) known.push_back({job.document_file, job.document.size});

  const auto report = house.spool().recover(known, {});
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->missing, std::vector<std::string>{});
  EXPECT_EQ(report->damaged, std::vector<std::string>{});
  for (const auto& job : *jobs) {
    const auto it = promised.accepted.find(job.uuid);
    if (it == promised.accepted.end()) continue;
    auto reader = house.spool().open_document(job.document_file);
    ASSERT_TRUE(reader) << reader.error().message();
    std::string bytes(200'000, '\0');
    const auto got = (*reader)->read(0, bytes);
    bytes.resize(got.bytes);
    EXPECT_TRUE(bytes == document(it->second)) << "document " << it->second << " has other bytes";
  }
}

/// A disk with a state folder, as an installation makes it.
void prepare(env::FaultyFileSystem& files) {
  ASSERT_TRUE(files.create_folder("/state"));
  ASSERT_TRUE(files.sync_folder("/"));
}

void submit_some(House& house, env::Random& random, int first, int count) {
  for (int i = 0; i < count; ++i) house.submit(first + i, random.uuid());
  house.run();
}

enum class Stop { lose_unsynced, keep_some, kill };

class EveryOperation : public ::testing::TestWithParam<Stop> {};

TEST_P(EveryOperation, loses_nothing_acknowledged) {
  std::uint64_t stops = 0, acknowledged = 0, again = 0;
  bool reached_end = false;
  for (std::uint64_t n = 1; !reached_end; ++n) {
    SCOPED_TRACE("stopped at operation " + std::to_string(n));
    env::FaultyFileSystem files(n);
    prepare(files);
    env::SeededRandom random(n);
    Promised promised;
    if (GetParam() == Stop::kill)
      files.kill_at(n + 2);
    else
      files.cut_power_at(
          n + 2, GetParam() == Stop::keep_some ? env::PowerCut::keep_some : env::PowerCut::lose_unsynced);
    {
      House house(files, promised);
      if (house.up()) submit_some(house, random, 1, 6);
      if (house.up() && house.refused() == 0) submit_some(house, random, 7, 3);
    }
    reached_end = files.powered();
    if (reached_end) files.cut_power_now();
    ++stops;
    acknowledged += promised.accepted.size();
    files.power_on();
    // The power fails once more while the house comes up again.
    if (n % 3 == 0) {
      files.cut_power_at(files.operations() + 1 + n % 7);
      House house(files, promised);
      if (house.up()) submit_some(house, random, 20, 1);
      ++again;
    }
    files.cut_power_now();
    files.power_on();
    {
      House house(files, promised);
      ASSERT_TRUE(house.up());
      check(house, promised);
      // Careful may not mean idle: new jobs are taken at once.
      submit_some(house, random, 30, 2);
      EXPECT_EQ(house.refused(), 0);
      check(house, promised);
    }
    if (::testing::Test::HasFailure()) return;
  }
  std::printf("%llu stops (%llu of them twice), %llu acknowledged jobs, 0 lost\n",
              static_cast<unsigned long long>(stops), static_cast<unsigned long long>(again),
              static_cast<unsigned long long>(acknowledged));
  EXPECT_GT(stops, 100u);
  EXPECT_GT(acknowledged, 200u);
}

INSTANTIATE_TEST_SUITE_P(, EveryOperation,
                         ::testing::Values(Stop::lose_unsynced, Stop::keep_some, Stop::kill),
                         [](const auto& p) {
                           return p.param == Stop::kill            ? "killed"
                                  : p.param == Stop::lose_unsynced ? "power_cut"
                                                                   : "power_cut_that_tears";
                         });

TEST(Disk, full_at_any_point_refuses_and_recovers_without_a_restart) {
  for (std::uint64_t room = 4'000; room < 500'000; room += 9'000) {
    SCOPED_TRACE(std::to_string(room) + " bytes of room");
    env::FaultyFileSystem files(room);
    prepare(files);
    env::SeededRandom random(room);
    Promised promised;
    {
      House house(files, promised);
      ASSERT_TRUE(house.up());
      spool::SpoolLimits limits;
      limits.keep_free_bytes = 0;  // to meet the full disk itself, not the limit before it
      house.spool().set_limits(limits);
      const auto used = (std::uint64_t{1} << 40) - files.space("/")->free;
      files.set_capacity(used + 65'536 + room);
      submit_some(house, random, 1, 9);
      files.set_capacity(0);
      house.spool().set_limits(limits);
      const int refused = house.refused();
      submit_some(house, random, 20, 2);
      EXPECT_EQ(house.refused(), refused) << "usable again as soon as there is room";
    }
    files.cut_power_now();
    files.power_on();
    House house(files, promised);
    ASSERT_TRUE(house.up());
    check(house, promised);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Disk, read_only_refuses_every_job_and_keeps_what_is_there) {
  env::FaultyFileSystem files;
  prepare(files);
  env::SeededRandom random(1);
  Promised promised;
  House house(files, promised);
  ASSERT_TRUE(house.up());
  submit_some(house, random, 1, 3);
  ASSERT_EQ(promised.accepted.size(), 3u);
  files.set_read_only(true);
  submit_some(house, random, 4, 3);
  EXPECT_EQ(house.refused(), 3);
  EXPECT_EQ(promised.accepted.size(), 3u);
  EXPECT_EQ(house.journal().load_unfinished()->size(), 0u);
  EXPECT_EQ(house.journal().finished_jobs(10)->size(), 3u) << "reading goes on";
  files.set_read_only(false);
  submit_some(house, random, 7, 1);
  EXPECT_EQ(promised.accepted.size(), 4u);
  check(house, promised);
}

}  // namespace
}  // namespace printrouter
