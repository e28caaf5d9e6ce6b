// SPDX-License-Identifier: Apache-2.0
#include "env/faulty_file_system.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "env/random.hpp"

namespace printrouter::env {
namespace {

/// A change of content that was not synced yet. Without bytes: a truncation to `offset`.
struct Change {
  std::uint64_t offset = 0;
  std::optional<std::string> bytes = {};
};

void redo(std::string& content, const Change& change) {
  if (!change.bytes) {
    content.resize(change.offset);
    return;
  }
  content.resize(std::max<std::uint64_t>(content.size(), change.offset + change.bytes->size()));
  content.replace(change.offset, change.bytes->size(), *change.bytes);
}

struct Node {
  std::string content;           ///< as a process sees it
  std::string durable;           ///< as it is on the disk for certain
  std::vector<Change> unsynced;  ///< leads from durable to content
};

using Names = std::map<std::string, std::shared_ptr<Node>>;

/// A change of one name: the node it now stands for, none: removed.
struct NameChange {
  std::vector<std::pair<std::string, std::shared_ptr<Node>>>
      set;  ///< all at once (a rename within the folder)
};

void redo(Names& names, const NameChange& change) {
  for (const auto& [name, node] : change.set)
    if (node)
      names[name] = node;
    else
      names.erase(name);
}

struct Folder {
  Names names, durable;
  std::vector<NameChange> unsynced;
  bool made_durable = false;  ///< the folder's own name
};

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"/", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

struct FaultyFileSystem::State {
  explicit State(std::uint64_t seed) : random(seed) { folders["/"].made_durable = true; }

  mutable std::mutex mutex;
  SeededRandom random;
  std::map<std::string, Folder> folders;
  std::uint64_t operations = 0, syncs = 0, generation = 0;
  std::uint64_t cut_at = 0, kill_at = 0, fail_at = 0;
  ErrorCode fail_code = ErrorCode::io;
  PowerCut cut_mode = PowerCut::lose_unsynced;
  bool dead = false, read_only = false, cold = false;
  std::uint64_t capacity = 0;

  static tl::unexpected<Error> off() { return fail(ErrorCode::io, "the power is off"); }

  /// To be called before every changing operation. `half`: set if it is to fail half done.
  Status change(bool* half = nullptr) {
    ++operations;
    if (operations == cut_at) cut(cut_mode);
    if (operations == kill_at) dead = true;
    if (dead) return off();
    if (read_only) return fail(ErrorCode::not_permitted, "read-only file system");
    if (operations == fail_at) {
      if (half != nullptr) *half = true;
      return fail(fail_code, "failed on request");
    }
    return {};
  }

  bool coin() { return (random.next() & 1) != 0; }

  void cut(PowerCut mode) {
    dead = true;
    ++generation;
    std::map<Node*, bool> seen;
    for (auto it = folders.begin(); it != folders.end();) {
      Folder& folder = it->second;
      if (mode == PowerCut::keep_some && !folder.unsynced.empty()) {
        // Journalling file systems keep the order of names: a beginning of the changes survives.
        const std::size_t kept = random.next() % (folder.unsynced.size() + 1);
        for (std::size_t i = 0; i < kept; ++i) redo(folder.durable, folder.unsynced[i]);
      }
      folder.unsynced.clear();
      folder.names = folder.durable;
      if (!folder.made_durable && (mode == PowerCut::lose_unsynced || coin())) {
        it = folders.erase(it);
        continue;
      }
      folder.made_durable = true;
      for (const auto& entry : folder.names)
        if (seen.emplace(entry.second.get(), true).second) settle(*entry.second, mode);
      ++it;
    }
  }

  void settle(Node& node, PowerCut mode) {
    if (mode == PowerCut::keep_some)
      for (std::size_t i = 0; i < node.unsynced.size(); ++i) {
        if (!coin()) continue;
        Change change = node.unsynced[i];
        if (change.bytes && i + 1 == node.unsynced.size() && !change.bytes->empty())
          change.bytes->resize(random.next() % change.bytes->size() + 1);  // torn
        redo(node.durable, change);
      }
    node.unsynced.clear();
    node.content = node.durable;
  }

  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& folder : folders)
      for (const auto& entry : folder.second.names) sum += entry.second->content.size();
    return sum;
  }

  void record(Folder& folder, NameChange change) {
    redo(folder.names, change);
    folder.unsynced.push_back(std::move(change));
  }
};

namespace {

using State = FaultyFileSystem::State;

class FaultyFile final : public File {
 public:
  FaultyFile(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)), generation_(state_->generation) {}

  Result<std::size_t> pread(std::span<char> into, std::uint64_t offset) override {
    const std::lock_guard lock(state_->mutex);
    if (gone()) return State::off();
    return read(into, offset);
  }
  Result<std::optional<std::size_t>> pread_cached(std::span<char> into, std::uint64_t offset) override {
    const std::lock_guard lock(state_->mutex);
    if (gone()) return State::off();
    if (state_->cold) return std::optional<std::size_t>();
    return read(into, offset);
  }
  Status pwrite(std::string_view bytes, std::uint64_t offset) override {
    const std::lock_guard lock(state_->mutex);
    bool half = false;
    Status status = state_->change(&half);
    if (half) bytes = bytes.substr(0, bytes.size() / 2);
    if (gone() || (!status && !half)) return gone() ? Status(State::off()) : status;
    const std::uint64_t size = node_->content.size(), end = offset + bytes.size();
    if (state_->capacity != 0 && end > size) {
      const std::uint64_t used = state_->used();
      const std::uint64_t room = state_->capacity > used ? state_->capacity - used : 0;
      if (end - size > room) {
        bytes = bytes.substr(0, size + room > offset ? static_cast<std::size_t>(size + room - offset) : 0);
        status = fail(ErrorCode::disk_full, "no space left on device");
      }
    }
    if (!bytes.empty()) {
      Change change{offset, std::string(bytes)};
      redo(node_->content, change);
      node_->unsynced.push_back(std::move(change));
    }
    return status;
  }
  Status truncate(std::uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    if (auto status = state_->change(); !status) return status;
    if (gone()) return State::off();
    const Change change{size, {}};
    redo(node_->content, change);
    node_->unsynced.push_back(change);
    return {};
  }
  Status sync() override {
    const std::lock_guard lock(state_->mutex);
    if (auto status = state_->change(); !status) return status;
    if (gone()) return State::off();
    ++state_->syncs;
    for (const auto& change : node_->unsynced) redo(node_->durable, change);
    node_->unsynced.clear();
    return {};
  }
  Result<std::uint64_t> size() override {
    const std::lock_guard lock(state_->mutex);
    if (gone()) return State::off();
    return node_->content.size();
  }
  void start_writeback(std::uint64_t, std::uint64_t) override {}
  Status lock() override { return {}; }
  int descriptor() const override { return -1; }

 private:
  bool gone() const { return state_->dead || generation_ != state_->generation; }
  std::size_t read(std::span<char> into, std::uint64_t offset) const {
    if (offset >= node_->content.size()) return 0;
    return node_->content.copy(into.data(), into.size(), static_cast<std::size_t>(offset));
  }
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::uint64_t generation_;
};

tl::unexpected<Error> missing(const std::string& path) {
  return fail(ErrorCode::not_found, "no such file or folder", path);
}

}  // namespace

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed) : state_(std::make_shared<State>(seed)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::cut_power_at(std::uint64_t n, PowerCut mode) {
  const std::lock_guard lock(state_->mutex);
  state_->cut_at = n;
  state_->cut_mode = mode;
}
void FaultyFileSystem::cut_power_now(PowerCut mode) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->dead) state_->cut(mode);
}
bool FaultyFileSystem::powered() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->dead;
}
void FaultyFileSystem::power_on() {
  const std::lock_guard lock(state_->mutex);
  state_->dead = false;
  ++state_->generation;
  state_->cut_at = state_->kill_at = state_->fail_at = 0;
}
void FaultyFileSystem::kill_at(std::uint64_t n) {
  const std::lock_guard lock(state_->mutex);
  state_->kill_at = n;
}
void FaultyFileSystem::fail_at(std::uint64_t n, ErrorCode code) {
  const std::lock_guard lock(state_->mutex);
  state_->fail_at = n;
  state_->fail_code = code;
}
void FaultyFileSystem::set_read_only(bool value) {
  const std::lock_guard lock(state_->mutex);
  state_->read_only = value;
}
void FaultyFileSystem::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->capacity = bytes;
}
void FaultyFileSystem::set_cold(bool value) {
  const std::lock_guard lock(state_->mutex);
  state_->cold = value;
}
std::uint64_t FaultyFileSystem::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations;
}
std::uint64_t FaultyFileSystem::syncs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->syncs;
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) return State::off();
  const auto [parent, name] = split(path);
  const auto folder = state_->folders.find(parent);
  if (folder == state_->folders.end()) return missing(path);
  const auto it = folder->second.names.find(name);
  std::shared_ptr<Node> node = it == folder->second.names.end() ? nullptr : it->second;
  if (node && mode == OpenMode::create_new) return fail(ErrorCode::conflict, "file exists", path);
  if (node && mode != OpenMode::read && state_->read_only)
    return fail(ErrorCode::not_permitted, "read-only file system", path);
  if (!node) {
    if (mode == OpenMode::read || mode == OpenMode::read_write) return missing(path);
    if (auto status = state_->change(); !status) return tl::unexpected(status.error());
    node = std::make_shared<Node>();
    state_->record(folder->second, {{{name, node}}});
  }
  return std::make_unique<FaultyFile>(state_, std::move(node));
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  if (auto status = state_->change(); !status) return status;
  const auto [from_parent, from_name] = split(from);
  const auto [to_parent, to_name] = split(to);
  const auto source = state_->folders.find(from_parent), target = state_->folders.find(to_parent);
  if (source == state_->folders.end() || target == state_->folders.end()) return missing(from);
  const auto it = source->second.names.find(from_name);
  if (it == source->second.names.end()) return missing(from);
  const auto node = it->second;
  if (source == target) {
    state_->record(source->second, {{{from_name, nullptr}, {to_name, node}}});
  } else {
    // Between folders a journal keeps the move whole; here the old name may survive beside the new one, which
    // is worse.
    state_->record(target->second, {{{to_name, node}}});
    state_->record(source->second, {{{from_name, nullptr}}});
  }
  return {};
}

Status FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (auto status = state_->change(); !status) return status;
  const auto [parent, name] = split(path);
  const auto folder = state_->folders.find(parent);
  if (folder == state_->folders.end() || !folder->second.names.contains(name)) return missing(path);
  state_->record(folder->second, {{{name, nullptr}}});
  return {};
}

Status FaultyFileSystem::create_folder(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) return State::off();
  if (state_->folders.contains(path)) return {};
  if (auto status = state_->change(); !status) return status;
  if (!state_->folders.contains(split(path).first)) return missing(path);
  state_->folders[path];
  return {};
}

Status FaultyFileSystem::sync_folder(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (auto status = state_->change(); !status) return status;
  const auto it = state_->folders.find(path);
  if (it == state_->folders.end()) return missing(path);
  ++state_->syncs;
  it->second.durable = it->second.names;
  it->second.unsynced.clear();
  for (auto& [name, folder] : state_->folders)
    if (name != "/" && split(name).first == path) folder.made_durable = true;
  return {};
}

Result<std::vector<FileInfo>> FaultyFileSystem::list(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) return State::off();
  const auto it = state_->folders.find(path);
  if (it == state_->folders.end()) return missing(path);
  std::vector<FileInfo> out;
  for (const auto& [name, node] : it->second.names) out.push_back({name, node->content.size(), {}, false});
  for (const auto& [name, folder] : state_->folders)
    if (name != "/" && split(name).first == path) out.push_back({split(name).second, 0, {}, true});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<FileInfo> FaultyFileSystem::info(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) return State::off();
  const auto [parent, name] = split(path);
  if (state_->folders.contains(path)) return FileInfo{name, 0, {}, true};
  const auto folder = state_->folders.find(parent);
  if (folder == state_->folders.end()) return missing(path);
  const auto it = folder->second.names.find(name);
  if (it == folder->second.names.end()) return missing(path);
  return FileInfo{name, it->second->content.size(), {}, false};
}

Result<DiskSpace> FaultyFileSystem::space(const std::string&) {
  const std::lock_guard lock(state_->mutex);
  if (state_->dead) return State::off();
  constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
  if (state_->capacity == 0) return DiskSpace{plenty, plenty};
  const std::uint64_t used = state_->used();
  return DiskSpace{state_->capacity > used ? state_->capacity - used : 0, state_->capacity};
}

}  // namespace printrouter::env
