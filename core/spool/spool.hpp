// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/uuid.hpp"
#include "env/clock.hpp"
#include "env/executor.hpp"
#include "env/file_system.hpp"
#include "env/thread_pool.hpp"
#include "spool/spool_reader.hpp"
#include "spool/spool_writer.hpp"

namespace printrouter::spool {

struct SpoolCore;

/// 0: no limit, unless said otherwise.
struct SpoolLimits {
  std::uint64_t document_bytes = 2ull << 30;  ///< of one document
  std::uint64_t total_bytes = 0;              ///< of all documents together
  std::uint64_t keep_free_bytes = 64 << 20;   ///< of the disk: refuse before it is full
  std::size_t documents = 10000;
};

struct SpoolUsage {
  std::uint64_t bytes = 0;
  std::size_t documents = 0;
};

/// What recover() needs to know of the journal.
struct KnownDocument {
  std::string file = {};  ///< Job.document_file
  std::uint64_t size = 0;
};

struct RecoveryReport {
  std::vector<std::string> missing = {};  ///< known, but there is no such file: the job cannot be delivered
  std::vector<std::string> damaged = {};  ///< known, but of another size; now in corrupt/
  std::vector<std::string> incomplete = {};  ///< were never finished; now in incomplete/
  std::vector<std::string> unknown =
      {};  ///< whole, but without a row, so never acknowledged; now in corrupt/
  std::vector<std::string> leftover = {};  ///< their row says deleted; now really removed
};

/// The folder of document files: <path>/documents, <path>/incomplete and <path>/corrupt, all 0700, files
/// 0600. A document is written as <uuid>.part and becomes <uuid>.doc when it is whole and synced: a name
/// without .part is a whole document, always. [main thread] Blocking work runs on the pool; callbacks come by
/// `post`.
class Spool {
 public:
  struct Options {
    SpoolLimits limits = {};
    std::uint64_t small_document = 64 << 10;  ///< up to this size it is written by one pool job at its end
    std::uint64_t in_flight = 1 << 20;        ///< bytes of one document that may wait for the disk
  };
  /// All references must outlive the spool; its destructor waits for what it has on the pool. What was not
  /// finished by then is found as incomplete by the next recover().
  static Result<std::unique_ptr<Spool>> open(env::FileSystem& files, const std::string& path,
                                             env::ThreadPool& pool, env::Post post, Options options);
  ~Spool();

  /// Starts a document for the job with this uuid. `expected_size`: as announced, 0 unknown; checked against
  /// the limits at once. Errors: limit, disk_full (would fall below keep_free_bytes), io.
  Result<std::shared_ptr<SpoolWriter>> create(const Uuid& job, std::uint64_t expected_size = 0);

  /// A whole document, for delivery. Errors: not_found, io.
  Result<std::shared_ptr<SpoolReader>> open_document(const std::string& file);
  /// Where a whole document lies, for a process that reads it itself.
  std::string path_of(const std::string& file) const;
  /// The same bytes while they still arrive (cut-through); also valid after the writer has finished.
  std::shared_ptr<SpoolReader> follow(const std::shared_ptr<SpoolWriter>& writer);

  /// Removes a document. The callback says whether it is gone; not_found counts as gone.
  void remove(const std::string& file, std::function<void(Status)> removed = {});
  /// Moves a document to corrupt/, never deleting it silently.
  void set_aside(const std::string& file, std::function<void(Status)> moved = {});

  /// Blocking; once at start, before anything else. `known`: the documents that unfinished jobs need.
  /// `was_deleted` is asked for files nobody needs: true if the journal has a row for this job, so that the
  /// file is a mere leftover.
  Result<RecoveryReport> recover(const std::vector<KnownDocument>& known,
                                 const std::function<bool(const Uuid& job)>& was_deleted);

  SpoolUsage usage() const;
  void set_limits(const SpoolLimits& limits);
  /// Would a document of `bytes` be taken now? Same errors as create.
  Status check_room(std::uint64_t bytes) const;

 private:
  explicit Spool(std::shared_ptr<SpoolCore> core);
  std::shared_ptr<SpoolCore> core_;
};

/// "<uuid>.doc"
std::string document_file_name(const Uuid& job);

}  // namespace printrouter::spool
