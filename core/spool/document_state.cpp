// SPDX-License-Identifier: Apache-2.0
#include "spool/document_state.hpp"

#include "spool/document_reader.hpp"

namespace printrouter::spool {
namespace {

/// The kernel is asked to write back in pieces of this size, so that the last sync finds little left to do.
constexpr std::uint64_t writeback_piece = 4 << 20;

/// [pool] Opens the file if that is still to be done, then writes.
Status write_part(env::FileSystem& files, const std::string& path, std::shared_ptr<env::File>& file,
                  std::string_view bytes, std::uint64_t offset) {
  if (!file) {
    auto opened = files.open(path, env::OpenMode::create_new);
    if (!opened) return fail(opened.error());
    file = std::move(*opened);
  }
  if (auto status = file->pwrite(bytes, offset); !status) return status;
  const std::uint64_t begin = offset / writeback_piece * writeback_piece;
  const std::uint64_t end = (offset + bytes.size()) / writeback_piece * writeback_piece;
  if (end > begin) file->start_writeback(begin, end - begin);
  return {};
}

}  // namespace

DocumentState::~DocumentState() {
  core->arriving.erase(stem);
}

Status DocumentState::admit(std::size_t bytes) {
  if (phase == Phase::broken) return fail(error);
  if (phase != Phase::arriving) return fail(ErrorCode::conflict, "the document is finished", stem);
  if (auto status = core->check_room(size, bytes); !status) return status;
  core->took(bytes);
  size += bytes;
  return {};
}

Status DocumentState::append(std::string_view bytes) {
  if (auto status = admit(bytes.size()); !status) return status;
  pending.append(bytes);
  arrived();
  return {};
}

std::span<char> DocumentState::room(std::size_t wanted) {
  if (phase != Phase::arriving) return {};
  return pending.room(wanted);
}

Status DocumentState::filled(std::size_t bytes) {
  if (auto status = admit(bytes); !status) return status;
  pending.filled(bytes);
  arrived();
  return {};
}

void DocumentState::arrived() {
  // A small document is written in one go when it is whole.
  if (size > core->options.small_document) write_more();
  notify();
}

void DocumentState::write_more() {
  if (busy || pending.empty()) return;
  busy = on_disk = true;
  writing = std::make_shared<ByteBuffer>(std::move(pending));
  pending = std::exchange(spare, {});
  core->run([self = shared_from_this(), bytes = writing, at = written, opened = file]() mutable {
    Written result;
    result.status = write_part(self->core->files, self->part_path(), opened, bytes->view(), at);
    result.file = std::move(opened);
    bytes.reset();
    auto& post = self->core->post;
    // Moved along, so that the last reference to the state ends on the main thread.
    post([self = std::move(self), result = std::move(result)]() mutable {
      self->written_more(std::move(result));
    });
  });
}

void DocumentState::written_more(Written result) {
  busy = false;
  file = std::move(result.file);
  if (!result.status && phase != Phase::broken) return failed(result.status.error());
  if (result.status) written += writing->size();
  if (writing.use_count() == 1) {
    spare = std::move(*writing);
    spare.clear();
  }
  writing.reset();
  if (phase == Phase::broken) return clean_up();
  if (phase == Phase::finishing) return store();
  write_more();
  wake_writer();
}

void DocumentState::wake_writer() {
  if (!writable_again || !(writable() || phase == Phase::broken)) return;
  std::exchange(writable_again, nullptr)();
}

void DocumentState::finish() {
  phase = Phase::finishing;
  notify();
  if (!busy) store();
}

void DocumentState::store() {
  busy = on_disk = true;
  writing = std::make_shared<ByteBuffer>(std::move(pending));
  pending = std::exchange(spare, {});
  core->run([self = shared_from_this(), bytes = writing, at = written, opened = file]() mutable {
    SpoolCore& spool = *self->core;
    Written result;
    result.status = write_part(spool.files, self->part_path(), opened, bytes->view(), at);
    if (result.status) result.status = opened->sync();
    if (result.status) result.status = spool.files.rename(self->part_path(), self->final_path());
    // A small document is read from memory by those who follow it, so its descriptor need not stay open.
    if (at != 0) result.file = opened;
    opened.reset();
    bytes.reset();
    if (!result.status) {
      auto& post = spool.post;
      post([self = std::move(self), result = std::move(result)] { self->stored(result); });
      return;
    }
    spool.begin_work();  // ends when the folder is synced, perhaps by another job
    spool.folder_sync.sync(
        [self = std::move(self), result = std::move(result)](const Status& status) mutable {
          const auto spool_core = self->core;
          result.status = status;
          spool_core->post([self = std::move(self), result = std::move(result)] { self->stored(result); });
          spool_core->end_work();
        });
  });
}

void DocumentState::stored(const Written& result) {
  busy = false;
  file = result.file;
  if (phase == Phase::broken) {  // abandoned while it was being stored
    writing.reset();
    return clean_up();
  }
  if (!result.status) return failed(result.status.error());
  if (file) {
    written = size;
    writing.reset();
  }
  phase = Phase::stored;
  notify();
  if (auto done = std::exchange(finished, nullptr)) done(StoredDocument{stem + ".doc", size});
}

void DocumentState::uncount() {
  if (!counted) return;
  counted = false;
  core->usage.bytes -= std::min(core->usage.bytes, size);
  --core->usage.documents;
}

void DocumentState::failed(const Error& why) {
  auto done = std::exchange(finished, nullptr);
  break_off(why, false);
  if (done) done(tl::unexpected(error));
}

void DocumentState::break_off(Error why, bool keep_bytes) {
  if (phase == Phase::broken || phase == Phase::stored) return;
  phase = Phase::broken;
  error = std::move(why);
  keep = keep_bytes;
  finished = nullptr;
  uncount();
  notify();
  if (!busy) clean_up();
  wake_writer();
}

void DocumentState::clean_up() {
  busy = true;
  if (!on_disk && !keep) {
    pending = {};
    return;
  }
  auto bytes = std::make_shared<const ByteBuffer>(std::move(pending));
  pending = {};
  core->run([self = shared_from_this(), bytes, at = written, opened = std::exchange(file, nullptr),
             keep_it = keep]() mutable {
    SpoolCore& spool = *self->core;
    Status status;
    if (keep_it) {
      status = write_part(spool.files, self->part_path(), opened, bytes->view(), at);
      const std::string to = free_name(spool.files, spool.incomplete, self->stem + ".part");
      if (status) status = spool.files.rename(self->part_path(), to);
    } else {
      // It may have got its final name already, or none at all.
      for (const auto& path : {self->part_path(), self->final_path()})
        if (auto removed = spool.files.remove(path); !removed && removed.error().code != ErrorCode::not_found)
          status = removed;
    }
    opened.reset();
    bytes.reset();
    auto& post = spool.post;
    post([self = std::move(self), status = std::move(status)] {
      if (auto done = std::exchange(self->kept, nullptr)) done(status);
    });
  });
}

void DocumentState::notify() {
  if (notifying || readers.empty()) return;
  notifying = true;
  core->post([self = shared_from_this()] {
    self->notifying = false;
    auto all = self->readers;
    for (const auto& weak : all)
      if (const auto reader = weak.lock()) reader->changed();
    std::erase_if(self->readers, [](const auto& weak) { return weak.expired(); });
  });
}

}  // namespace printrouter::spool
