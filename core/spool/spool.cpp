// SPDX-License-Identifier: Apache-2.0
#include "spool/spool.hpp"

#include <map>

#include "spool/document_reader.hpp"
#include "spool/document_state.hpp"
#include "spool/spool_core.hpp"

namespace printrouter::spool {

std::string document_file_name(const Uuid& job) {
  return job.to_string() + ".doc";
}

Result<std::unique_ptr<Spool>> Spool::open(env::FileSystem& files, const std::string& path,
                                           env::ThreadPool& pool, env::Post post, Options options) {
  auto core = std::make_shared<SpoolCore>(files, path, pool, std::move(post), options);
  for (const auto& folder : {core->path, core->documents, core->incomplete, core->corrupt})
    if (auto status = files.create_folder(folder); !status) return tl::unexpected(status.error());
  // The folders' own names must last before any document in them can.
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  for (const auto& folder : {parent, core->path})
    if (auto status = files.sync_folder(folder); !status) return tl::unexpected(status.error());
  return std::unique_ptr<Spool>(new Spool(std::move(core)));
}

Spool::Spool(std::shared_ptr<SpoolCore> core) : core_(std::move(core)) {}
Spool::~Spool() {
  core_->closed = true;
  core_->wait_idle();
}

Status Spool::check_room(std::uint64_t bytes) const {
  const std::size_t documents = core_->options.limits.documents;
  if (documents != 0 && core_->usage.documents >= documents)
    return fail(Error{ErrorCode::limit,
                      "the spool holds as many documents as it may",
                      "limits.documents",
                      {},
                      "at most " + std::to_string(documents) + " documents"});
  return core_->check_room(0, bytes);
}

Result<std::shared_ptr<SpoolWriter>> Spool::create(const Uuid& job, std::uint64_t expected_size) {
  if (auto status = check_room(expected_size); !status) return tl::unexpected(status.error());
  const std::string stem = job.to_string();
  // A second document under the name would replace the first.
  if (core_->files.info(core_->documents + "/" + stem + ".doc") || !core_->arriving.insert(stem).second)
    return fail(ErrorCode::conflict, "there is a document for this job already", stem);
  auto state = std::make_shared<DocumentState>(core_, stem);
  state->counted = true;
  ++core_->usage.documents;
  return std::make_shared<SpoolWriter>(std::move(state));
}

std::string Spool::path_of(const std::string& file) const {
  return core_->documents + "/" + file;
}

Result<std::shared_ptr<SpoolReader>> Spool::open_document(const std::string& file) {
  // Opening a name that was just written or listed is answered from memory.
  auto opened = core_->files.open(core_->documents + "/" + file, env::OpenMode::read);
  if (!opened) return tl::unexpected(opened.error());
  const auto size = (*opened)->size();
  if (!size) return tl::unexpected(size.error());
  auto state = std::make_shared<DocumentState>(core_, file);
  state->phase = DocumentState::Phase::stored;
  state->file = std::move(*opened);
  state->size = state->written = *size;
  return std::make_shared<DocumentReader>(std::move(state));
}

std::shared_ptr<SpoolReader> Spool::follow(const std::shared_ptr<SpoolWriter>& writer) {
  auto reader = std::make_shared<DocumentReader>(writer->state());
  writer->state()->readers.push_back(reader);
  return reader;
}

void Spool::remove(const std::string& file, std::function<void(Status)> removed) {
  core_->run([core = core_, path = core_->documents + "/" + file, removed = std::move(removed)]() mutable {
    const auto info = core->files.info(path);
    Status status = core->files.remove(path);
    const std::uint64_t size = info && status ? info->size : 0;
    const bool gone = status.has_value();
    if (!status && status.error().code == ErrorCode::not_found) status = {};
    auto& post = core->post;
    post([core = std::move(core), size, gone, status = std::move(status), removed = std::move(removed)] {
      core->usage.bytes -= std::min(core->usage.bytes, size);
      if (gone && core->usage.documents > 0) --core->usage.documents;
      if (removed) removed(status);
    });
  });
}

void Spool::set_aside(const std::string& file, std::function<void(Status)> moved) {
  core_->run([core = core_, file, moved = std::move(moved)]() mutable {
    const std::string from = core->documents + "/" + file;
    const auto info = core->files.info(from);
    Status status = core->files.rename(from, free_name(core->files, core->corrupt, file));
    const std::uint64_t size = info && status ? info->size : 0;
    auto& post = core->post;
    post([core = std::move(core), size, status = std::move(status), moved = std::move(moved)] {
      core->usage.bytes -= std::min(core->usage.bytes, size);
      if (status && core->usage.documents > 0) --core->usage.documents;
      if (moved) moved(status);
    });
  });
}

Result<RecoveryReport> Spool::recover(const std::vector<KnownDocument>& known,
                                      const std::function<bool(const Uuid& job)>& was_deleted) {
  auto& files = core_->files;
  const auto list = files.list(core_->documents);
  if (!list) return tl::unexpected(list.error());
  std::map<std::string, std::uint64_t> wanted;
  for (const auto& document : known) wanted[document.file] = document.size;
  RecoveryReport report;
  core_->usage = {};
  const auto move = [&](const std::string& name, const std::string& folder) {
    return files.rename(core_->documents + "/" + name, free_name(files, folder, name));
  };
  for (const auto& info : *list) {
    Status status;
    const auto it = wanted.find(info.name);
    const auto uuid = Uuid::parse(info.name.substr(0, info.name.rfind('.')));
    if (info.name.ends_with(".part")) {
      report.incomplete.push_back(info.name);
      status = move(info.name, core_->incomplete);
    } else if (it != wanted.end() && it->second == info.size) {
      core_->usage.bytes += info.size;
      ++core_->usage.documents;
      wanted.erase(it);
    } else if (it != wanted.end()) {
      report.damaged.push_back(info.name);
      wanted.erase(it);
      status = move(info.name, core_->corrupt);
    } else if (uuid && was_deleted && was_deleted(*uuid)) {
      report.leftover.push_back(info.name);
      status = files.remove(core_->documents + "/" + info.name);
    } else {
      report.unknown.push_back(info.name);
      status = move(info.name, core_->corrupt);
    }
    if (!status) return tl::unexpected(status.error());
  }
  for (const auto& [name, size] : wanted) report.missing.push_back(name);
  // The new names before the old ones' removal, so that a power cut in between leaves two rather than none.
  for (const auto& folder : {core_->incomplete, core_->corrupt, core_->documents})
    if (auto status = files.sync_folder(folder); !status) return tl::unexpected(status.error());
  return report;
}

SpoolUsage Spool::usage() const {
  return core_->usage;
}
void Spool::set_limits(const SpoolLimits& limits) {
  core_->options.limits = limits;
  core_->forget_free_space();
}

}  // namespace printrouter::spool
