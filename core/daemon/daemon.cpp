// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.hpp"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "config/config_load.hpp"
#include "control/control_api.hpp"
#include "daemon/daemon_setup.hpp"
#include "daemon/uplink.hpp"
#include "env/file_system.hpp"
#include "env/thread_pool.hpp"
#include "intake/intake_listener.hpp"

namespace printrouter {
namespace {

/// The lock on the state folder: two daemons on one journal would be one too many.
class StateLock {
 public:
  static Result<std::unique_ptr<StateLock>> take(const std::string& folder) {
    std::error_code ec;
    std::filesystem::create_directories(folder, ec);
    if (ec)
      return fail({ErrorCode::io, "cannot be made: " + ec.message(), "state_dir", folder,
                   "a folder the daemon may write"});
    ::chmod(folder.c_str(), 0700);
    const int fd = ::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
      return fail({ErrorCode::io, "cannot be written", "state_dir", folder, "a folder the daemon may write"});
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      ::close(fd);
      return fail({ErrorCode::conflict, "another printrouterd works in this state folder", "state_dir",
                   folder, "a folder of its own"});
    }
    return std::unique_ptr<StateLock>(new StateLock(fd));
  }
  ~StateLock() { ::close(fd_); }
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

void start_log(const LogConfig& config) {
  auto logger = config.file.empty() ? spdlog::stderr_logger_mt("printrouterd")
                                    : spdlog::basic_logger_mt("printrouterd", config.file);
  logger->set_level(spdlog::level::from_str(config.level == "warn" ? "warning" : config.level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

struct Daemon::Impl {
  DaemonOptions options;
  std::string state_dir, socket;
  std::unique_ptr<StateLock> lock;
  net::IoContext io;
  std::unique_ptr<PluginWatch> watch;
  std::unique_ptr<PluginRegistry> plugins;
  AnalysisOptions analysis;  ///< the languages' plugins are loaded by the worker alone
  std::unique_ptr<env::ThreadPool> pool;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Router> router;
  std::shared_ptr<const Config> file_config;  ///< as the administrator's file says, before the snapshot
  std::shared_ptr<const Snapshot> snapshot;   ///< in use; null: none
  std::unique_ptr<Uplink> uplink;
  std::vector<std::unique_ptr<IntakeListener>> listeners;
  std::vector<ListenerConfig> listener_configs;
  std::unique_ptr<control::ControlApi> control;
  bool ready = false;

  ~Impl() {
    control.reset();
    listeners.clear();
    uplink.reset();
    router.reset();
    spool.reset();
    journal.reset();
    pool.reset();
    plugins.reset();
  }

  Status open_stores(const Config& config);
  Result<InFlight> open_plugins(const Config& config);
  Status open_watch(const InFlight& in_flight);
  Status open_listeners(const Config& config);
  Status open_control(const Config& config);
  control::SaidResult<void> open_router(std::shared_ptr<const Config> config);
  Status use_snapshot(std::shared_ptr<const Snapshot> fresh, bool same_rules);
  control::SaidResult<void> reload();
  std::vector<control::ListenerInfo> listener_infos() const;
};

Result<InFlight> Daemon::Impl::open_plugins(const Config& config) {
  auto in_flight = read_in_flight(state_dir);
  if (!in_flight) return in_flight;
  if (in_flight->culprit)
    spdlog::error("plugin {} {}: {}", in_flight->culprit->plugin, in_flight->culprit->id,
                  in_flight->culprit->text);
  PluginFindings findings;
  const PluginOptions wanted = plugin_options(config, state_dir);
  analysis.plugins = wanted.folders;
  auto loaded = PluginRegistry::load(wanted, &findings);
  if (!loaded) return fail(loaded.error());
  plugins = std::move(*loaded);
  for (const PluginFinding& f : findings) spdlog::warn("plugin {} left out: {} {}", f.plugin, f.id, f.text);
  return in_flight;
}

Status Daemon::Impl::open_watch(const InFlight& in_flight) {
  // Opening the watch forgets what the last process was doing, so the journal must know it first.
  if (const Status settled = settle_in_flight(io, *journal, in_flight, env::system_clock().now()); !settled)
    return settled;
  PluginWatchOptions watch_options;
  watch_options.state_dir = state_dir;
  auto opened = PluginWatch::open(watch_options);
  if (!opened) return fail(opened.error());
  watch = std::move(*opened);
  watch->know(plugins->identities());
  return {};
}

Status Daemon::Impl::open_stores(const Config& config) {
  // As many as wait for the disk at once without asking more of it than it can merge.
  pool = std::make_unique<env::ThreadPool>(16);
  journal::JournalOptions journal_options;
  journal_options.on_error = [](const Error& e) { spdlog::error("journal: {}", e.message()); };
  auto opened = journal::Journal::open(env::real_file_system(), state_dir + "/journal.db", io.poster(),
                                       std::move(journal_options));
  if (!opened) return fail(opened.error());
  journal = std::move(*opened);
  spool::Spool::Options spool_options;
  spool_options.limits = {config.limits.job_size, config.limits.spool_bytes, config.limits.min_free_disk,
                          static_cast<std::size_t>(config.limits.jobs) * 2};
  auto documents =
      spool::Spool::open(env::real_file_system(), state_dir + "/spool", *pool, io.poster(), spool_options);
  if (!documents) return fail(documents.error());
  spool = std::move(*documents);
  return {};
}

Status Daemon::Impl::open_listeners(const Config& config) {
  const IntakeContext context{&io, &router->intake(), &env::system_peer_identity(), watch.get(),
                              [this](const PluginIdentity& plugin, std::string_view finding,
                                     std::string_view text) { plugins->report(plugin, finding, text); }};
  for (const ListenerConfig& l : config.listeners) {
    const LoadedReceiver* receiver = plugins->receiver(l.protocol);
    if (!receiver)
      return fail({ErrorCode::not_found, "no plugin receives " + l.protocol, "listeners[].protocol",
                   config.file, "an installed receiver, see printrouter plugins list"});
    IntakeListenerOptions door;
    door.name = l.protocol + ":" + l.queue;
    door.protocol = l.protocol;
    door.address = l.address;
    door.port = l.port;
    door.queue = l.queue;
    door.path = l.path;
    door.document_limit = config.limits.job_size;
    if (l.tls) {
      auto identity = net::TlsIdentity::load(l.certificate, l.key);
      if (!identity) return fail(identity.error());
      door.tls_identity = std::move(*identity);
      door.tls_from_start = true;
    }
    auto listener = IntakeListener::open(context, *receiver, std::move(door));
    if (!listener) return fail(listener.error());
    listeners.push_back(std::move(*listener));
    listener_configs.push_back(l);
  }
  return {};
}

std::vector<control::ListenerInfo> Daemon::Impl::listener_infos() const {
  std::vector<control::ListenerInfo> out;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const IntakeListenerOptions& o = listeners[i]->options();
    out.push_back({o.protocol, o.address, o.port, listener_configs[i].path, listener_configs[i].queue,
                   o.tls_from_start});
  }
  return out;
}

Status Daemon::Impl::open_control(const Config& config) {
  socket = !options.socket.empty()          ? options.socket
           : !config.control.socket.empty() ? config.control.socket
                                            : state_dir + "/control.sock";
  std::error_code ec;
  if (const auto folder = std::filesystem::path(socket).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, ec);
  auto listener = net::Listener::unix_socket(io, socket, config.control.socket_mode);
  if (!listener) return fail(listener.error());
  control::Daemon self;
  self.listeners = [this] { return listener_infos(); };
  self.ready = [this] { return ready; };
  self.reload = [this] { return reload(); };
  self.version = PRINTROUTER_VERSION;
  self.link_status = [this] { return uplink->status(); };
  self.enrol = [this](const std::string& token, control::Daemon::Done done) {
    uplink->enrol(token, PRINTROUTER_VERSION, std::move(done));
  };
  self.resend = [this](std::optional<std::int64_t> seq, control::Daemon::Done done) {
    uplink->resend(seq, std::move(done));
  };
  self.correct = [this](std::int64_t seq, const report::Correction& correction, control::Daemon::Done done) {
    uplink->correct(seq, correction, std::move(done));
  };
  const RouterServices services{
      &io,         journal.get(),        spool.get(),           plugins.get(),
      watch.get(), &env::system_clock(), &env::system_random(), &env::system_peer_identity()};
  control =
      std::make_unique<control::ControlApi>(io, std::move(*listener), services, *router, std::move(self));
  return {};
}

control::SaidResult<void> Daemon::Impl::reload() {
  const ConfigResult result = load_config(options.config_file);
  if (!result.config) return tl::unexpected(first_error(result));
  auto setup = build_setup(result.config, *plugins, watch.get(), snapshot.get());
  if (!setup) return tl::unexpected(setup.error());
  const Config& now = *router->setup().config;
  bool same = now.listeners.size() == result.config->listeners.size();
  for (std::size_t i = 0; same && i < now.listeners.size(); ++i) {
    const ListenerConfig &a = now.listeners[i], &b = result.config->listeners[i];
    same = a.protocol == b.protocol && a.address == b.address && a.port == b.port && a.queue == b.queue &&
           a.path == b.path && a.tls == b.tls;
  }
  if (!same)
    return fail({ErrorCode::conflict,
                 "doors cannot be changed while jobs come through them; nothing was changed", "listeners",
                 options.config_file, "a restart of printrouterd"});
  router->use(std::move(*setup));
  file_config = result.config;
  listener_configs = result.config->listeners;
  uplink->configured();
  spdlog::info("configuration {} reloaded", options.config_file);
  return {};
}

Status Daemon::Impl::use_snapshot(std::shared_ptr<const Snapshot> fresh, bool same_rules) {
  if (same_rules) {  // the directory of thousands of devices stays as it is
    RouterSetup setup = router->setup();
    auto config = std::make_shared<Config>(*setup.config);
    config->identity = overlay(*file_config, *fresh)->identity;
    setup.config = std::move(config);
    setup.balances = fresh->balances;
    setup.history = fresh->history;
    router->use(std::move(setup), true);
  } else {
    auto setup = build_setup(file_config, *plugins, watch.get(), fresh.get());
    if (!setup) return fail(setup.error().code, setup.error().en);
    router->use(std::move(*setup));
  }
  snapshot = std::move(fresh);
  return {};
}

/// With the last snapshot of the state folder, if it can be used: the server may be silent just now.
control::SaidResult<void> Daemon::Impl::open_router(std::shared_ptr<const Config> config) {
  file_config = std::move(config);
  std::string etag, why_not;
  snapshot = Uplink::stored(state_dir, etag, why_not);
  auto setup = build_setup(file_config, *plugins, watch.get(), snapshot.get());
  if (!setup && snapshot) {
    why_not = "refused as a whole: " + setup.error().text(false);
    snapshot.reset();
    etag.clear();
    setup = build_setup(file_config, *plugins, watch.get());
  }
  if (!setup) return tl::unexpected(setup.error());
  const RouterServices services{
      &io,         journal.get(),        spool.get(),           plugins.get(),
      watch.get(), &env::system_clock(), &env::system_random(), &env::system_peer_identity(),
      &analysis};
  router = std::make_unique<Router>(services);
  router->use(std::move(*setup));
  const auto recovered = router->recover();
  if (!recovered) return fail(recovered.error());
  if (recovered->jobs > 0)
    spdlog::info("recovered {} jobs: {} go on, {} with unknown outcome, {} without document", recovered->jobs,
                 recovered->resumed, recovered->unknown, recovered->missing_documents);
  uplink = std::make_unique<Uplink>(services, *router, *pool, state_dir,
                                    [this](std::shared_ptr<const Snapshot> fresh, bool same_rules) {
                                      return use_snapshot(std::move(fresh), same_rules);
                                    });
  uplink->start(snapshot, etag, why_not);
  return {};
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;

control::SaidResult<std::unique_ptr<Daemon>> Daemon::start(const DaemonOptions& options) {
  const ConfigResult config = load_config(options.config_file);
  if (!config.config) return tl::unexpected(first_error(config));
  start_log(config.config->log);
  for (const ConfigFinding& f : config.findings) spdlog::warn("{}", f.message());
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->state_dir = options.state_dir.empty() ? config.config->state_dir : options.state_dir;
  if (impl->state_dir.empty())
    return fail({ErrorCode::invalid, "is missing", "state_dir", options.config_file,
                 "a folder, here or as --state-dir"});
  auto lock = StateLock::take(impl->state_dir);
  if (!lock) return fail(lock.error());
  impl->lock = std::move(*lock);
  const auto in_flight = impl->open_plugins(*config.config);
  if (!in_flight) return fail(in_flight.error());
  if (const Status opened = impl->open_stores(*config.config); !opened) return fail(opened.error());
  if (const Status opened = impl->open_watch(*in_flight); !opened) return fail(opened.error());
  if (auto opened = impl->open_router(config.config); !opened) return tl::unexpected(opened.error());
  if (const Status opened = impl->open_listeners(*config.config); !opened) return fail(opened.error());
  if (const Status opened = impl->open_control(*config.config); !opened) return fail(opened.error());
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

int Daemon::run() {
  Impl& d = *impl_;
  d.io.on_signals({SIGTERM, SIGINT}, [&d](int) {
    spdlog::info("stopping");
    sd_notify(0, "STOPPING=1");
    d.io.stop();
  });
  d.io.on_signals({SIGHUP}, [&d](int) {
    sd_notify(0, "RELOADING=1");
    if (const auto done = d.reload(); !done) spdlog::error("not reloaded: {}", done.error().en);
    sd_notify(0, "READY=1");
  });
  d.ready = true;
  for (const control::ListenerInfo& l : d.listener_infos())
    spdlog::info("listening: {} {}:{}", l.protocol, l.address, l.port);
  spdlog::info("ready, control socket {}", d.socket);
  sd_notify(0, "READY=1");
  d.io.run();
  return 0;
}

}  // namespace printrouter
