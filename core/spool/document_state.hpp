// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One document, as its writer and its readers see it together. For spool/*.cpp only.
#include "base/byte_buffer.hpp"
#include "spool/spool_core.hpp"

namespace printrouter::spool {

class DocumentReader;

/// [main thread], but for `file`, which one pool job at a time writes while the main thread may read it.
/// The bytes lie in three places, in this order: the file up to `written`, `writing` (on its way to the
/// file), `pending`.
struct DocumentState : std::enable_shared_from_this<DocumentState> {
  enum class Phase {
    arriving,
    finishing,  ///< all bytes are there; not durable yet
    stored,     ///< whole and durable
    broken      ///< failed, abandoned or kept as incomplete; `error` says why
  };

  DocumentState(std::shared_ptr<SpoolCore> spool, std::string name)
      : core(std::move(spool)), stem(std::move(name)) {}

  ~DocumentState();
  DocumentState(const DocumentState&) = delete;
  DocumentState& operator=(const DocumentState&) = delete;

  std::shared_ptr<SpoolCore> core;
  std::string stem;  ///< the uuid
  Phase phase = Phase::arriving;
  Error error = {};
  std::uint64_t size = 0;
  std::uint64_t written = 0;
  std::shared_ptr<ByteBuffer> writing = {};
  ByteBuffer pending = {};
  ByteBuffer spare =
      {};  ///< empty, with the memory of what was written: fresh pages cost more than the copy into them
  bool on_disk = false;  ///< the pool was asked to make its file
  bool busy = false;     ///< a pool job is under way
  bool counted = false;  ///< in the spool's usage
  std::shared_ptr<env::File> file = {};
  std::function<void()> writable_again = {};
  std::function<void(const Result<StoredDocument>&)> finished = {};
  std::function<void(Status)> kept = {};
  bool keep = false;  ///< broken, but its bytes go to incomplete/
  std::vector<std::weak_ptr<DocumentReader>> readers = {};
  bool notifying = false;

  std::string part_path() const { return core->documents + "/" + stem + ".part"; }
  std::string final_path() const { return core->documents + "/" + stem + ".doc"; }
  bool writable() const { return pending.size() + (writing ? writing->size() : 0) < core->options.in_flight; }

  Status append(std::string_view bytes);
  std::span<char> room(std::size_t wanted);
  Status filled(std::size_t bytes);
  void finish();
  /// Ends the document without storing it.
  void break_off(Error why, bool keep_bytes);
  /// Tells the readers that there is something new, soon.
  void notify();

 private:
  struct Written {
    Status status = {};
    std::shared_ptr<env::File> file = {};
  };
  /// Whether `bytes` more may come; they count from then on.
  Status admit(std::size_t bytes);
  void arrived();
  void write_more();
  void written_more(Written result);
  void store();
  void stored(const Written& result);
  void clean_up();
  void uncount();
  void failed(const Error& why);
  void wake_writer();
};

}  // namespace printrouter::spool
