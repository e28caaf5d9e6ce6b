// SPDX-License-Identifier: Apache-2.0
#include "spool/spool.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "env/faulty_file_system.hpp"
#include "env/post_queue.hpp"
#include "env/random.hpp"

namespace printrouter::spool {
namespace {

std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  env::SeededRandom random(seed);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<char>(i % 8 == 0 ? random.next() & 0xff : (i * 31 + seed) & 0xff);
  return out;
}

class SpoolTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override { close(); }
  void open(Spool::Options options = {}) {
    close();
    pool_ = std::make_unique<env::ThreadPool>(3);
    auto opened = Spool::open(files_, "/spool", *pool_, main_.post(), options);
    ASSERT_TRUE(opened) << opened.error().message();
    spool_ = std::move(*opened);
  }
  void close() {
    spool_.reset();
    pool_.reset();
    main_.run_ready();
  }
  Uuid uuid() { return random_.uuid(); }
  Result<StoredDocument> finish(SpoolWriter& writer) {
    std::optional<Result<StoredDocument>> out;
    writer.finish([&](const Result<StoredDocument>& done) { out = done; });
    EXPECT_TRUE(main_.run_until([&] { return out.has_value(); }));
    return out.value_or(fail(ErrorCode::internal, "no answer"));
  }
  /// Appends in pieces, by copy and in the writer's own room by turns, waiting where the writer says so.
  Status append_all(SpoolWriter& writer, std::string_view bytes, std::size_t piece = 50'000) {
    while (!bytes.empty()) {
      const auto now = bytes.substr(0, piece);
      Status status;
      if (const auto room = in_place_ ? writer.room(now.size() + 10) : std::span<char>(); !room.empty()) {
        now.copy(room.data(), room.size());
        status = writer.filled(now.size());
      } else {
        status = writer.append(now);
      }
      in_place_ = !in_place_;
      if (!status) return status;
      bytes.remove_prefix(now.size());
      if (writer.writable()) continue;
      bool again = false;
      writer.when_writable([&] { again = true; });
      if (!main_.run_until([&] { return again; })) return fail(ErrorCode::internal, "never writable again");
    }
    return {};
  }
  bool in_place_ = false;
  /// Reads to the end, waiting where the reader says so.
  std::string read_all(SpoolReader& reader, std::size_t piece = 7000) {
    std::string out;
    std::vector<char> buffer(piece);
    while (true) {
      const Read got = reader.read(out.size(), buffer);
      if (got.state == ReadState::end) return out;
      if (got.state == ReadState::broken) return "broken: " + got.error.message();
      if (got.state == ReadState::data) {
        out.append(buffer.data(), got.bytes);
        continue;
      }
      bool ready = false;
      reader.when_ready(out.size(), [&] { ready = true; });
      if (!main_.run_until([&] { return ready; })) return "never ready";
    }
  }
  StoredDocument store(std::string_view bytes) {
    auto writer = spool_->create(uuid());
    EXPECT_TRUE(writer) << writer.error().message();
    EXPECT_TRUE(append_all(**writer, bytes));
    const auto done = finish(**writer);
    EXPECT_TRUE(done) << done.error().message();
    return done.value_or(StoredDocument{});
  }
  std::vector<std::string> names(const std::string& folder) {
    std::vector<std::string> out;
    const auto list = files_.list("/spool/" + folder);
    for (const auto& info : *list) out.push_back(info.name);
    return out;
  }
  void idle() {
    spool_.reset();
    main_.run_ready();
    open(Spool::Options{});
  }

  env::FaultyFileSystem files_;
  env::PostQueue main_;
  env::SeededRandom random_{42};
  std::unique_ptr<env::ThreadPool> pool_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolTest, documents_of_every_size_read_back_after_a_power_cut) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::size_t size : {0u, 1u, 10'000u, 65'536u, 65'537u, 200'000u, 9'000'000u}) {
    const std::string bytes = pattern(size, static_cast<unsigned>(size + 1));
    const auto stored = store(bytes);
    EXPECT_EQ(stored.size, size);
    all.emplace_back(stored.file, bytes);
  }
  EXPECT_EQ(spool_->usage().documents, 7u);
  files_.cut_power_now();
  close();
  files_.power_on();
  open();
  std::vector<KnownDocument> known;
  for (const auto& [file, bytes] : all) known.push_back({file, bytes.size()});
  const auto report = spool_->recover(known, {});
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->missing.empty());
  EXPECT_TRUE(report->damaged.empty());
  EXPECT_EQ(spool_->usage().documents, 7u);
  for (const auto& [file, bytes] : all) {
    auto reader = spool_->open_document(file);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ((*reader)->size(), bytes.size());
    EXPECT_TRUE(read_all(**reader) == bytes) << file;
  }
}

TEST_F(SpoolTest, a_small_document_costs_one_file_sync_and_shares_the_folders) {
  const auto before = files_.syncs();
  int done = 0;
  std::vector<std::shared_ptr<SpoolWriter>> writers;
  for (int i = 0; i < 60; ++i) {
    writers.push_back(*spool_->create(uuid()));
    ASSERT_TRUE(writers.back()->append("document"));
    writers.back()->finish([&](const Result<StoredDocument>& stored) {
      EXPECT_TRUE(stored);
      ++done;
    });
  }
  ASSERT_TRUE(main_.run_until([&] { return done == 60; }));
  EXPECT_LE(files_.syncs() - before, 120u);
  EXPECT_EQ(names("documents").size(), 60u);
}

TEST_F(SpoolTest, a_reader_follows_a_document_that_still_arrives) {
  for (const std::size_t size : {20'000u, 3'000'000u}) {
    const std::string bytes = pattern(size);
    const Uuid job = uuid();
    const std::string name = job.to_string();
    auto writer = spool_->create(job);
    auto reader = spool_->follow(*writer);
    EXPECT_EQ(reader->size(), std::nullopt);
    std::string got;
    std::vector<char> buffer(4096);
    bool ended = false;
    std::function<void()> pump = [&] {
      while (true) {
        const Read read = reader->read(got.size(), buffer);
        const auto part = files_.info("/spool/documents/" + name + ".part");
        EXPECT_LE(reader->in_file(), part ? part->size : size) << "sendfile would find less than was said";
        if (read.state == ReadState::data) {
          got.append(buffer.data(), read.bytes);
          continue;
        }
        ended = read.state == ReadState::end;
        if (read.state == ReadState::wait) reader->when_ready(got.size(), pump);
        return;
      }
    };
    pump();
    ASSERT_TRUE(append_all(**writer, bytes));
    ASSERT_TRUE(main_.run_until([&] { return got.size() == size; })) << got.size();
    EXPECT_FALSE(ended) << "more might come";
    ASSERT_TRUE(finish(**writer));
    ASSERT_TRUE(main_.run_until([&] { return ended; }));
    EXPECT_TRUE(got == bytes);
    EXPECT_EQ(reader->size(), size);
    writer->reset();
    EXPECT_TRUE(read_all(*reader) == bytes) << "still there for a second reading";
  }
}

TEST_F(SpoolTest, followers_of_a_broken_document_are_told) {
  auto writer = spool_->create(uuid());
  auto reader = spool_->follow(*writer);
  ASSERT_TRUE((*writer)->append("half a page"));
  bool told = false;
  reader->when_ready(11, [&] { told = true; });
  (*writer)->keep_incomplete();
  ASSERT_TRUE(main_.run_until([&] { return told; }));
  EXPECT_NE(read_all(*reader).find("broke off"), std::string::npos);
}

TEST_F(SpoolTest, cold_documents_are_loaded_without_blocking) {
  const std::string bytes = pattern(700'000);
  const auto stored = store(bytes);
  files_.set_cold(true);
  auto reader = spool_->open_document(stored.file);
  std::vector<char> buffer(100);
  EXPECT_EQ((*reader)->read(0, buffer).state, ReadState::wait);
  EXPECT_TRUE(read_all(**reader) == bytes);
}

TEST_F(SpoolTest, abandoned_and_incomplete_documents) {
  for (const std::size_t size : {100u, 2'000'000u}) {
    auto gone = spool_->create(uuid());
    ASSERT_TRUE(append_all(**gone, pattern(size)));
    gone->reset();  // abandons
    auto kept = spool_->create(uuid());
    ASSERT_TRUE(append_all(**kept, pattern(size)));
    std::optional<Status> status;
    (*kept)->keep_incomplete([&](Status done) { status = done; });
    ASSERT_TRUE(main_.run_until([&] { return status.has_value(); }));
    EXPECT_TRUE(*status) << status->error().message();
    EXPECT_EQ((*kept)->append("x").error().code, ErrorCode::unavailable);
  }
  EXPECT_EQ(spool_->usage().documents, 0u);
  EXPECT_EQ(spool_->usage().bytes, 0u);
  spool_.reset();
  main_.run_ready();
  EXPECT_TRUE(names("documents").empty());
  ASSERT_EQ(names("incomplete").size(), 2u);
  std::uint64_t sum = 0;
  const auto list = files_.list("/spool/incomplete");
  for (const auto& info : *list) sum += info.size;
  EXPECT_EQ(sum, 2'000'100u);
}

TEST_F(SpoolTest, limits_refuse_before_the_disk_is_full) {
  Spool::Options options;
  options.limits = {1000, 2500, 10'000, 3};
  open(options);
  EXPECT_EQ(spool_->create(uuid(), 1001).error().field, "limits.document_bytes");
  auto a = spool_->create(uuid());
  ASSERT_TRUE((*a)->append(pattern(900)));
  EXPECT_EQ((*a)->append(pattern(101)).error().field, "limits.document_bytes");
  auto b = spool_->create(uuid());
  ASSERT_TRUE((*b)->append(pattern(900)));
  auto c = spool_->create(uuid());
  const auto third = (*c)->append(pattern(900));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::limit);
  EXPECT_EQ(third.error().field, "limits.total_bytes");
  EXPECT_EQ(spool_->create(uuid()).error().field, "limits.documents");
  b->reset();
  EXPECT_TRUE((*c)->append(pattern(900))) << "room again";

  files_.set_capacity(15'000);
  SpoolLimits limits;
  limits.keep_free_bytes = 10'000;
  spool_->set_limits(limits);
  const auto full = spool_->create(uuid(), 6'000);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::disk_full);
  EXPECT_EQ(full.error().field, "limits.keep_free_bytes");
  EXPECT_TRUE(spool_->create(uuid(), 4'000));
}

TEST_F(SpoolTest, a_disk_that_fails_is_told_and_leaves_nothing_behind) {
  for (const std::size_t size : {5'000u, 3'000'000u})
    for (std::uint64_t n = 1; n <= 4; ++n) {
      auto writer = spool_->create(uuid());
      files_.fail_at(files_.operations() + n, n % 2 != 0 ? ErrorCode::disk_full : ErrorCode::io);
      Status status = append_all(**writer, pattern(size));
      Result<StoredDocument> done;
      if (status) done = finish(**writer);
      if (!status || !done) {
        const ErrorCode code = status ? done.error().code : status.error().code;
        EXPECT_TRUE(code == ErrorCode::disk_full || code == ErrorCode::io);
        writer->reset();
        main_.run_until([&] { return names("documents").empty(); });
      } else {
        spool_->remove(done->file);
      }
      idle();
      EXPECT_TRUE(names("documents").empty()) << size << " bytes, operation " << n;
    }
  EXPECT_EQ(spool_->usage().bytes, 0u);
}

TEST_F(SpoolTest, backpressure_bounds_what_waits_for_the_disk) {
  auto writer = spool_->create(uuid());
  std::size_t taken = 0;
  const std::string piece = pattern(64 * 1024);
  while ((*writer)->writable()) {
    ASSERT_TRUE((*writer)->append(piece));
    taken += piece.size();
  }
  EXPECT_LE(taken, (1u << 20) + 2 * piece.size());
  bool again = false;
  (*writer)->when_writable([&] { again = true; });
  EXPECT_TRUE(main_.run_until([&] { return again; }));
}

TEST_F(SpoolTest, recovery_tells_whole_from_partial_and_known_from_unknown) {
  const auto good = store(pattern(100)), damaged = store(pattern(200)), unknown = store(pattern(300)),
             deleted = store(pattern(400));
  auto partial = spool_->create(uuid());
  ASSERT_TRUE(append_all(**partial, pattern(2'000'000)));
  files_.cut_power_now(env::PowerCut::keep_some);
  partial->reset();
  close();
  files_.power_on();
  {
    auto file = files_.open("/spool/documents/" + damaged.file, env::OpenMode::read_write);
    ASSERT_TRUE((*file)->truncate(150));
  }
  open();
  const auto report =
      spool_->recover({{good.file, 100}, {damaged.file, 200}, {"none.doc", 5}},
                      [&](const Uuid& job) { return document_file_name(job) == deleted.file; });
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->missing, std::vector<std::string>{"none.doc"});
  EXPECT_EQ(report->damaged, std::vector<std::string>{damaged.file});
  EXPECT_EQ(report->unknown, std::vector<std::string>{unknown.file});
  EXPECT_EQ(report->leftover, std::vector<std::string>{deleted.file});
  EXPECT_EQ(names("documents"), std::vector<std::string>{good.file});
  EXPECT_EQ(names("corrupt").size(), 2u);
  EXPECT_LE(report->incomplete.size(), 1u);
  EXPECT_EQ(names("incomplete"), report->incomplete);
  EXPECT_EQ(spool_->usage().bytes, 100u);
}

TEST_F(SpoolTest, removing_and_setting_aside) {
  const auto a = store(pattern(100)), b = store(pattern(50));
  int done = 0;
  const auto good = [&](const Status& status) {
    EXPECT_TRUE(status);
    ++done;
  };
  spool_->remove(a.file, good);
  spool_->remove("never-there.doc", good);
  spool_->set_aside(b.file, good);
  ASSERT_TRUE(main_.run_until([&] { return done == 3; }));
  EXPECT_TRUE(names("documents").empty());
  EXPECT_EQ(names("corrupt"), std::vector<std::string>{b.file});
  EXPECT_EQ(spool_->usage().documents, 0u);
  EXPECT_EQ(spool_->usage().bytes, 0u);
  EXPECT_EQ(spool_->open_document(a.file).error().code, ErrorCode::not_found);
}

TEST_F(SpoolTest, a_second_document_never_replaces_the_first) {
  const Uuid job = uuid();
  auto first = spool_->create(job);
  ASSERT_TRUE((*first)->append("first"));
  EXPECT_EQ(spool_->create(job).error().code, ErrorCode::conflict) << "while it arrives";
  const auto stored = finish(**first);
  ASSERT_TRUE(stored);
  first->reset();
  EXPECT_EQ(spool_->create(job).error().code, ErrorCode::conflict) << "when it is stored";
  EXPECT_EQ(read_all(**spool_->open_document(stored->file)), "first");
}

}  // namespace
}  // namespace printrouter::spool
