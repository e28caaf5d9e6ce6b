// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "env/fault_signal.hpp"
#include "env/machine.hpp"
#include "env/mapped_file.hpp"
#include "plugin/plugin_quarantine.hpp"

namespace printrouter {

namespace detail {

enum Verdict : std::uint32_t { none = 0, timeout, signal, exited };
/// A closed slot keeps what it says until it is needed again, oldest first: what the journal has not got yet
/// is there.
enum AttemptState : std::uint32_t { vacant = 0, begun, left, closed, closed_left };

/// The layout of the file. Only this version reads it back, and only after a crash.
struct WatchRecord {
  static constexpr std::array<char, 8> right_magic{'P', 'R', 'F', 'L', 'Y', '0', '0', '1'};
  struct Plugin {
    std::array<char, 72> id;
    std::array<char, 72> sha256;
  };
  struct Attempt {
    std::atomic<std::uint32_t> state;
    std::uint32_t plugin;
    std::int32_t job, number;
  };
  std::array<char, 8> magic;
  std::array<char, 48> boot;
  WatchCall call;
  std::atomic<std::uint32_t> verdict, signal, overflowed, reserved;
  std::array<Plugin, 256> plugins;
  std::array<Attempt, 4096> attempts;
};

}  // namespace detail

namespace {

using detail::WatchRecord;

constexpr const char* file_name = "plugin-in-flight";

template <std::size_t N>
void copy_text(std::array<char, N>& to, std::string_view from) {
  to.fill(0);
  from.copy(to.data(), N - 1);
}

template <std::size_t N>
std::string text_of(const std::array<char, N>& from) {
  return {from.data(), ::strnlen(from.data(), N)};
}

/// The record of the one watch that lives, for handlers that get no argument.
std::atomic<WatchRecord*> live_record{nullptr};

void blame(detail::Verdict verdict, std::uint32_t number) noexcept {
  WatchRecord* record = live_record.load();
  if (!record || (record->call.sequence.load() & 1) == 0) return;
  std::uint32_t undecided = detail::none;
  record->signal.store(number);
  record->verdict.compare_exchange_strong(undecided, verdict);
}

void at_fatal_signal(int signal, bool own_thread) noexcept {
  if (own_thread) blame(detail::signal, static_cast<std::uint32_t>(signal));
}

void at_exit() {
  blame(detail::exited, 0);
}

std::string describe(const WatchRecord& record) {
  switch (record.verdict.load()) {
    case detail::timeout:
      return "did not return in time; the process was ended";
    case detail::exited:
      return "ended the process by exit()";
    default:
      return "crashed the process with signal " + std::to_string(record.signal.load());
  }
}

}  // namespace

bool InFlight::may_have_left(AttemptKey attempt) const {
  if (!trusted) return true;
  // One attempt may have several marks, one a plugin that took part.
  return std::any_of(attempts.begin(), attempts.end(),
                     [&](const InFlightAttempt& a) { return a.attempt == attempt && a.bytes_left; });
}

Result<InFlight> read_in_flight(const std::filesystem::path& state_dir) {
  InFlight last;
  const auto path = state_dir / file_name;
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return last;
  if (error) return fail(ErrorCode::io, "cannot be read: " + error.message(), path);
  if (size != sizeof(WatchRecord)) return last;  // of another version: nothing in it is a proof
  auto file = env::MappedFile::open(path, sizeof(WatchRecord));
  if (!file) return fail(file.error());
  const auto& record = *reinterpret_cast<const WatchRecord*>(file->data());
  if (record.magic != WatchRecord::right_magic) return last;
  const auto boot = env::boot_id();
  last.trusted = !boot.empty() && text_of(record.boot) == boot && record.overflowed.load() == 0;
  for (const auto& slot : record.attempts) {
    const auto state = slot.state.load();
    if (state == detail::vacant || slot.plugin >= record.plugins.size()) continue;
    const auto& plugin = record.plugins[slot.plugin];
    const bool left = state == detail::left || state == detail::closed_left;
    const bool open = state == detail::begun || state == detail::left;
    last.attempts.push_back(
        {{slot.job, slot.number}, text_of(plugin.id), text_of(plugin.sha256), left || !last.trusted, open});
  }
  const auto plugin = record.call.plugin.load(), attempt = record.call.attempt.load();
  if (record.verdict.load() == detail::none || plugin == 0 || plugin > record.plugins.size()) return last;

  const auto& guilty = record.plugins[plugin - 1];
  PluginFinding finding;
  finding.id = record.verdict.load() == detail::timeout ? finding::call_timeout : finding::crash_at_work;
  finding.plugin = text_of(guilty.id);
  finding.sha256 = text_of(guilty.sha256);
  finding.text = describe(record);
  finding.quarantined = true;
  if (attempt > 0 && attempt <= record.attempts.size()) {
    const auto& slot = record.attempts[attempt - 1];
    last.culprit_attempt = AttemptKey{slot.job, slot.number};
    finding.text += ", in job " + std::to_string(slot.job) + ", attempt " + std::to_string(slot.number);
  }
  auto quarantine = PluginQuarantine::open(state_dir);
  if (!quarantine) return fail(quarantine.error());
  if (auto kept = quarantine->add(finding); !kept) return fail(kept.error());
  last.culprit = std::move(finding);
  return last;
}

struct PluginWatch::Impl {
  explicit Impl(env::MappedFile memory) : file(std::move(memory)) {}
  WatchRecord& record() { return *reinterpret_cast<WatchRecord*>(file.data()); }
  void watch();

  env::MappedFile file;
  std::deque<std::uint32_t> vacant;  ///< attempt slots, the longest closed in front
  PluginWatchOptions options;
  std::mutex mutex;
  std::condition_variable wake;
  bool ending = false;
  std::thread thread;
};

/// Looks several times within the limit whether the same call is still under way. Looks are counted, not the
/// clock: a process that was stopped, or a machine that slept, blames nobody.
void PluginWatch::Impl::watch() {
  constexpr int looks = 8;
  const auto interval = std::max<Milliseconds>(options.limit / looks, Milliseconds(1));
  const auto& call = record().call;
  std::uint64_t last = 0;
  int unchanged = 0;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, interval, [this] { return ending; })) {
    const auto now = call.sequence.load(std::memory_order_acquire);
    unchanged = (now & 1) != 0 && now == last ? unchanged + 1 : 0;
    last = now;
    if (unchanged < looks) continue;
    const auto slot = call.plugin.load() - 1;
    const auto plugin =
        slot < record().plugins.size() ? text_of(record().plugins[slot].id) : std::string("?");
    blame(detail::timeout, 0);
    spdlog::critical("plugin {} did not return within {} ms; ending this process", plugin,
                     options.limit.count());
    if (!options.on_timeout) {
      spdlog::default_logger()->flush();
      std::abort();
    }
    options.on_timeout(plugin);
    unchanged = 0;
  }
}

PluginWatch::PluginWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)), call_(&impl_->record().call) {}

Result<std::unique_ptr<PluginWatch>> PluginWatch::open(const PluginWatchOptions& options) {
  auto file = options.state_dir.empty()
                  ? env::MappedFile::anonymous(sizeof(WatchRecord))
                  : env::MappedFile::open(options.state_dir / file_name, sizeof(WatchRecord));
  if (!file) return fail(file.error());
  auto impl = std::make_unique<Impl>(std::move(*file));
  std::memset(impl->file.data(), 0, impl->file.size());
  auto& record = impl->record();
  impl->options = options;
  for (std::uint32_t slot = 0; slot < record.attempts.size(); ++slot) impl->vacant.push_back(slot);
  copy_text(record.boot, env::boot_id());
  record.magic = WatchRecord::right_magic;
  std::unique_ptr<PluginWatch> watch(new PluginWatch(std::move(impl)));
  live_record.store(&record);
  env::on_fatal_signal(&at_fatal_signal);
  static const int registered = std::atexit(&at_exit);
  if (registered != 0) return fail(ErrorCode::internal, "atexit has no room left");
  watch->impl_->thread = std::thread([state = watch->impl_.get()] { state->watch(); });
  return watch;
}

PluginWatch::~PluginWatch() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ending = true;
  }
  impl_->wake.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
  if (live_record.load() == &impl_->record()) {
    env::on_fatal_signal(nullptr);
    live_record.store(nullptr);
  }
}

void PluginWatch::know(std::span<const PluginIdentity* const> plugins) {
  auto& table = impl_->record().plugins;
  for (const auto* plugin : plugins) {
    if (plugin->slot >= table.size()) continue;
    copy_text(table[plugin->slot].id, plugin->id);
    copy_text(table[plugin->slot].sha256, plugin->sha256);
  }
}

AttemptMark PluginWatch::begin(AttemptKey attempt, const PluginIdentity& plugin) {
  if (impl_->vacant.empty()) {
    impl_->record().overflowed.store(1);
    return {};
  }
  const auto slot = impl_->vacant.front();
  impl_->vacant.pop_front();
  auto& entry = impl_->record().attempts[slot];
  entry.plugin = plugin.slot;
  entry.job = attempt.job;
  entry.number = attempt.number;
  entry.state.store(detail::begun, std::memory_order_release);
  return {this, slot};
}

AttemptMark::AttemptMark(AttemptMark&& other) noexcept
    : watch_(std::exchange(other.watch_, nullptr)), slot_(other.slot_) {}

AttemptMark& AttemptMark::operator=(AttemptMark&& other) noexcept {
  if (this != &other) {
    close();
    watch_ = std::exchange(other.watch_, nullptr);
    slot_ = other.slot_;
  }
  return *this;
}

AttemptMark::~AttemptMark() {
  close();
}

void AttemptMark::close() noexcept {
  if (!watch_) return;
  auto& state = watch_->impl_->record().attempts[slot_].state;
  state.store(state.load() == detail::left ? detail::closed_left : detail::closed, std::memory_order_release);
  std::exchange(watch_, nullptr)->impl_->vacant.push_back(slot_);
}

void AttemptMark::bytes_left() noexcept {
  if (watch_) watch_->impl_->record().attempts[slot_].state.store(detail::left, std::memory_order_seq_cst);
}

}  // namespace printrouter
