// SPDX-License-Identifier: Apache-2.0
// The daemon's own storage without any protocol: spool and journal as the router uses them, to be set against
// ceiling.
//   bench_storage --dir EMPTY-FOLDER [--seconds S] [--in-flight N] [--threads N] [--large-mib N]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "env/post_queue.hpp"
#include "journal/journal.hpp"
#include "ledger/ledger.hpp"
#include "spool/spool.hpp"

namespace printrouter {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void die(const Error& error) {
  std::fprintf(stderr, "bench_storage: %s\n", error.message().c_str());
  std::exit(1);
}

struct Bench {
  env::PostQueue main;
  env::ThreadPool pool;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<spool::Spool> spool;
  Clock::time_point start = {};
  double seconds = 0;
  std::uint64_t done = 0;
  int under_way = 0;
  const std::string document = std::string(10 * 1024, 'd');

  Bench(const std::string& dir, std::size_t threads) : pool(threads) {
    auto& files = env::real_file_system();
    auto opened = journal::Journal::open(files, dir + "/journal.db", main.post(), {});
    if (!opened) die(opened.error());
    journal = std::move(*opened);
    auto folder = spool::Spool::open(files, dir + "/spool", pool, main.post(), {});
    if (!folder) die(folder.error());
    spool = std::move(*folder);
  }

  /// As the router: file durable, one commit for accepted, one for sending, one for outcome and claim; file
  /// removed.
  void submit() {
    ++under_way;
    const Uuid uuid = env::system_random().uuid();
    auto writer = spool->create(uuid);
    if (!writer) die(writer.error());
    if (auto status = (*writer)->append(document); !status) die(status.error());
    (*writer)->finish([this, uuid, keep = *writer](const Result<spool::StoredDocument>& stored) {
      if (!stored) die(stored.error());
      Job job;
      job.id = *journal->new_job_id();
      job.uuid = uuid;
      job.state = JobState::pending;
      job.title = "a document of the benchmark";
      job.owner = {"anna", UserEvidence::owner, 1000, "anna", "127.0.0.1:40213"};
      job.intake = "ipp:/ipp/print";
      job.document_file = stored->file;
      job.attempts.emplace_back();
      transition(job, 0);
    });
  }
  void transition(Job job, int step) {
    journal::Transaction t;
    if (step == 2) {
      job.state = JobState::completed;
      ledger::claim(t, ledger::claim_of(job, job.attempts.front()));
    }
    t.put_job(job);
    journal->commit(std::move(t), [this, job = std::move(job), step](const Result<journal::Receipt>& result) {
      if (!result) die(result.error());
      if (step < 2) return transition(job, step + 1);
      spool->remove(job.document_file);
      ++done;
      --under_way;
      if (seconds_since(start) < seconds) submit();
    });
  }
  double jobs_per_second(int in_flight, double how_long) {
    seconds = how_long;
    done = 0;
    start = Clock::now();
    for (int i = 0; i < in_flight; ++i) submit();
    main.run_until([this] { return under_way == 0; }, std::chrono::minutes(5));
    return static_cast<double>(done) / seconds_since(start);
  }
  double large(std::uint64_t bytes) {
    const std::string piece(64 << 10, 'l');
    auto writer = spool->create(env::system_random().uuid());
    if (!writer) die(writer.error());
    const auto begin = Clock::now();
    while ((*writer)->size() < bytes) {
      if (!main.run_until([&] { return (*writer)->writable(); })) std::exit(1);
      if (auto status = (*writer)->append(piece); !status) die(status.error());
      main.run_ready();
    }
    bool stored = false;
    (*writer)->finish([&](const Result<spool::StoredDocument>& result) {
      if (!result) die(result.error());
      stored = true;
      spool->remove(result->file);
    });
    main.run_until([&] { return stored; });
    return static_cast<double>(bytes) / 1e6 / seconds_since(begin);
  }
};

}  // namespace
}  // namespace printrouter

int main(int count, char** arguments) {
  std::string dir;
  double seconds = 3;
  int in_flight = 16;
  std::size_t threads = 8;
  std::uint64_t large_mib = 200;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--dir") dir = value;
    if (name == "--seconds") seconds = std::atof(value);
    if (name == "--in-flight") in_flight = std::atoi(value);
    if (name == "--threads") threads = std::strtoull(value, nullptr, 10);
    if (name == "--large-mib") large_mib = std::strtoull(value, nullptr, 10);
  }
  if (dir.empty()) {
    std::fputs(
        "usage: bench_storage --dir EMPTY-FOLDER [--seconds S] [--in-flight N] [--threads N] [--large-mib "
        "N]\n",
        stderr);
    return 2;
  }
  printrouter::Bench bench(dir, threads);
  const double one = bench.jobs_per_second(1, seconds), many = bench.jobs_per_second(in_flight, seconds);
  std::printf("{\"job_per_s_1\": %.0f, \"job_per_s_%d\": %.0f, \"large_mb_per_s\": %.0f}\n", one, in_flight,
              many, bench.large(large_mib << 20));
  return 0;
}
