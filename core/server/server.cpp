// SPDX-License-Identifier: Apache-2.0
#include "server/server.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "env/machine.hpp"
#include "plugin/plugin_registry.hpp"
#include "server/api_detail.hpp"
#include "server/book_store.hpp"
#include "server/job_delivery.hpp"
#include "server/job_retention.hpp"
#include "server/pricing.hpp"
#include "server/quota_period.hpp"
#include "server/record_pull.hpp"
#include "server/server_log.hpp"
#include "spool/spool.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;
using namespace std::chrono_literals;

PluginOptions plugin_options(const ServerConfig& config, const std::string& state_dir) {
  PluginOptions options;
  for (const std::string& folder : config.plugins.folders) options.folders.emplace_back(folder);
  if (options.folders.empty())
    options.folders.push_back(env::program_path().parent_path().parent_path() / "lib" / "printrouter" /
                              "plugins");
  options.state_dir = state_dir;
  options.scan = config.plugins.scan;
  options.scan_program = config.plugins.scan_program;
  options.config = config.plugins.settings;
  return options;
}

/// Each desktop may hold an event stream.
void raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted)
    spdlog::warn(
        "limits.connections: the system allows {} open files, expected {}; more clients wait "
        "(LimitNOFILE)",
        limit.rlim_cur, wanted);
}
}  // namespace

std::string database_of(const ServerConfig& config, const std::string& state_dir) {
  return config.database.empty() ? state_dir + "/server.db" : config.database;
}

std::string key_file_of(const ServerConfig& config, const std::string& state_dir) {
  return config.key_file.empty() ? state_dir + "/server.key" : config.key_file;
}

Result<std::string> state_folder(const ServerConfig& config, const std::string& override_) {
  const std::string folder = override_.empty() ? config.state_dir : override_;
  if (folder.empty())
    return fail(
        {ErrorCode::invalid, "is missing", "state_dir", config.file, "a folder, here or as --state-dir"});
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec)
    return fail({ErrorCode::io, "cannot be made: " + ec.message(), "state_dir", folder,
                 "a folder the server may write"});
  ::chmod(folder.c_str(), 0700);
  return folder;
}

struct Server::Impl {
  explicit Impl(std::shared_ptr<const ServerConfig> c)
      : config(std::move(c)), poll(io), clockwork(io), broom(io), calendar(io) {}
  ~Impl() {
    doors.clear();  // their event streams end, which the snapshots hear of
    records.reset();
    delivery.reset();
    core.reset();
    jobs.reset();
    spool.reset();
    store.reset();
    pool.reset();
  }

  Status open(const std::string& state_dir);
  Status open_doors();
  Status load();
  void follow();
  void advance();
  void sweep();
  void renew();
  accounting::Rules rules_now();

  std::shared_ptr<const ServerConfig> config;
  net::IoContext io;
  std::unique_ptr<PluginRegistry> plugins;
  std::unique_ptr<PluginWatch> watch;
  std::unique_ptr<VendorRules> rules;
  std::unique_ptr<env::ThreadPool> pool;
  std::unique_ptr<Store> store;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Catalog> catalog;
  Desktops desktops;
  Administrators administrators;
  std::unique_ptr<Snapshots> snapshots;
  std::unique_ptr<JobDesk> jobs;
  std::unique_ptr<DeliveryParts> parts;
  std::unique_ptr<JobDelivery> delivery;
  std::unique_ptr<RecordPull> records;
  std::shared_ptr<const PriceBook> prices;  ///< as of catalog changes `prices_of`
  std::uint64_t prices_of = 0;
  Metrics metrics;
  std::unique_ptr<ServerCore> core;
  Routes routes;
  std::vector<std::unique_ptr<net::HttpServer>> doors;
  json listening = json::array();
  net::Timer poll, clockwork, broom, calendar;
  std::optional<Day> renewed;  ///< the day that renew() has done
};

accounting::Rules Server::Impl::rules_now() {
  if (prices_of != catalog->changes()) {
    prices_of = catalog->changes();
    prices.reset();
    if (const std::string* text = catalog->find(Kind::prices, "default"))
      if (PriceResult read = parse_prices(*text, "prices"); read.book) {
        read.book->join(*catalog->directory_now());
        prices = std::make_shared<const PriceBook>(std::move(*read.book));
      }
  }
  return booking_rules(prices, catalog->directory_now());
}

/// Bookings whose limit has passed: some now, the rest soon, then again in a minute.
void Server::Impl::advance() {
  constexpr std::size_t most = 200;
  store->ask<Booked>(
      [rules = rules_now(), now = core->now()](Database& db) { return advance_books(db, rules, now, most); },
      [this](const Result<Booked>& booked) {
        if (!booked) spdlog::error("bookings: {}", booked.error().message());
        if (booked && !booked->users.empty()) snapshots->users_changed(booked->users, core->now());
        clockwork.start(booked && booked->changes.size() >= most ? 10ms : Milliseconds(1min),
                        [this] { advance(); });
      });
}

/// Jobs that are over: some now, the rest soon, then again in an hour.
void Server::Impl::sweep() {
  constexpr std::int64_t most = 500;
  store->ask<SweptJobs>(
      [before = core->now() + -config->job_retention](Database& db) { return sweep_jobs(db, before, most); },
      [this](const Result<SweptJobs>& swept) {
        if (!swept) spdlog::error("jobs that are over: {}", swept.error().message());
        bool more = false;
        if (swept) {
          for (const std::string& document : swept->documents) spool->remove(document);
          if (swept->rows > 0)
            spdlog::info("{} jobs removed: over for longer than job_retention", swept->rows);
          more = swept->rows == most || static_cast<std::int64_t>(swept->documents.size()) >= most;
        }
        broom.start(more ? Milliseconds(10ms) : Milliseconds(1h), [this] { sweep(); });
      });
}

/// A new day may begin a new period: desktops hear of their users' quotas, which whoever reads them renews.
void Server::Impl::renew() {
  static constexpr Milliseconds soon = 1s;
  const Timestamp now = core->now();
  const Day today = local_day(now);
  if (renewed == today) return calendar.start(soon, [this] { renew(); });
  store->ask<std::set<std::string>>(
      [since = renewed.value_or(today), now](Database& db) { return renew_accounts(db, since, now); },
      [this, today](const Result<std::set<std::string>>& users) {
        if (users) {
          renewed = today;
          if (!users->empty()) snapshots->users_changed(*users, core->now());
        } else {
          spdlog::error("quotas: {}", users.error().message());
        }
        calendar.start(users ? soon : Milliseconds(1min), [this] { renew(); });
      });
}

Status Server::Impl::open(const std::string& state_dir) {
  if (const Status ready = start_secrets(); !ready) return ready;
  const auto box = SecretBox::open(key_file_of(*config, state_dir));
  if (!box) return fail(box.error());
  const auto in_flight = read_in_flight(state_dir);
  if (!in_flight) return fail(in_flight.error());
  if (in_flight->culprit)
    spdlog::error("plugin {} {}: {}", in_flight->culprit->plugin, in_flight->culprit->id,
                  in_flight->culprit->text);
  PluginFindings findings;
  PluginOptions wanted = plugin_options(*config, state_dir);
  AnalysisOptions analysis;
  analysis.plugins = wanted.folders;
  auto loaded = PluginRegistry::load(std::move(wanted), &findings);
  if (!loaded) return fail(loaded.error());
  plugins = std::move(*loaded);
  for (const PluginFinding& f : findings) spdlog::warn("plugin {} left out: {} {}", f.plugin, f.id, f.text);
  rules = plugin_vendor_rules(*plugins, nullptr);
  ConfigFindings model_findings;
  ModelLibrary models = ModelLibrary::load(config->device_models, &model_findings);
  for (const ConfigFinding& f : model_findings) spdlog::warn("{}", f.message());
  catalog = std::make_unique<Catalog>(std::move(models), rules.get(), *box);

  pool = std::make_unique<env::ThreadPool>(8);
  auto opened = Store::open(database_of(*config, state_dir), io.poster());
  if (!opened) return fail(opened.error());
  store = std::move(*opened);
  spool::Spool::Options options;
  options.limits = {config->limits.job_size, config->limits.spool_bytes, config->limits.min_free_disk,
                    static_cast<std::size_t>(config->limits.jobs)};
  auto documents =
      spool::Spool::open(env::real_file_system(), state_dir + "/spool", *pool, io.poster(), options);
  if (!documents) return fail(documents.error());
  spool = std::move(*documents);
  snapshots = std::make_unique<Snapshots>(*catalog, desktops, config->user_codes);
  jobs = std::make_unique<JobDesk>(*store, *spool);
  core = std::make_unique<ServerCore>(ServerCore{io, *config, env::system_clock(), *store, *pool, *catalog,
                                                 desktops, administrators, *snapshots, *jobs, metrics,
                                                 [this] { return rules_now(); }});
  if (const Status read = load(); !read) return read;
  const auto recovered = jobs->recover(*in_flight, rules_now(), core->now());
  if (!recovered) return fail(recovered.error());
  if (recovered->jobs > 0 || recovered->unknown > 0)
    spdlog::info("{} jobs with documents, {} documents missing, {} deliveries with unknown outcome, {} again",
                 recovered->jobs, recovered->missing, recovered->unknown, recovered->again);
  // Opening it forgets what the last process was doing: the store knows it now.
  auto watching = PluginWatch::open({.state_dir = state_dir});
  if (!watching) return fail(watching.error());
  watch = std::move(*watching);
  watch->know(plugins->identities());
  parts = std::make_unique<DeliveryParts>(DeliveryParts{
      io,
      *config,
      *store,
      *spool,
      *catalog,
      {*plugins, watch.get(), config->timeouts, config->device_trust},
      std::move(analysis),
      [this] { return core->now(); },
      [this] { return rules_now(); },
      [this](const std::set<std::string>& users) { snapshots->users_changed(users, core->now()); }});
  delivery = std::make_unique<JobDelivery>(*parts);
  records = std::make_unique<RecordPull>(*parts, config->record_interval);
  jobs->use(delivery.get());
  return open_doors();
}

/// Memory from the store; blocking, at start.
Status Server::Impl::load() {
  std::vector<Row> resources, known, users, tokens;
  const Status read = store->run_now([&](Database& db) -> Status {
    const auto take = [](Result<std::vector<Row>> from, std::vector<Row>& into) -> Status {
      if (!from) return fail(from.error());
      into = std::move(*from);
      return {};
    };
    const auto revision = read_revision(db);
    if (!revision) return fail(revision.error());
    core->revision = *revision;
    Status good = take(read_resources(db), resources);
    if (good) good = take(Desktops::read(db), known);
    if (good) good = take(Desktops::read_users(db), users);
    if (good) good = take(Administrators::read(db), tokens);
    return good;
  });
  if (!read) return read;
  catalog->replace_all(resources);
  desktops.replace_all(known, users);
  administrators.replace_all(tokens);
  snapshots->changed(core->now());
  return {};
}

/// Another program (import, set, token) may have written: once a second one number is compared.
void Server::Impl::follow() {
  struct Read {
    std::int64_t revision = 0;
    std::vector<Row> resources, desktops, users, tokens;
  };
  store->ask<Read>(
      [known = core->revision](Database& db) -> Result<Read> {
        Read out;
        const auto revision = read_revision(db);
        if (!revision) return fail(revision.error());
        out.revision = *revision;
        if (*revision == known) return out;
        auto resources = read_resources(db), known_desktops = Desktops::read(db),
             users = Desktops::read_users(db), tokens = Administrators::read(db);
        for (const auto* part : {&resources, &known_desktops, &users, &tokens})
          if (!*part) return fail(part->error());
        out.resources = std::move(*resources);
        out.desktops = std::move(*known_desktops);
        out.users = std::move(*users);
        out.tokens = std::move(*tokens);
        return out;
      },
      [this](Result<Read> read) {
        // What this process wrote meanwhile it knows already; only a later number is news.
        if (read && read->revision > core->revision) {
          core->revision = read->revision;
          catalog->replace_all(read->resources);
          desktops.replace_all(read->desktops, read->users);
          administrators.replace_all(read->tokens);
          snapshots->changed(core->now());
        }
        poll.start(1s, [this] { follow(); });
      });
}

Status Server::Impl::open_doors() {
  add_service_routes(routes);
  add_desktop_routes(routes);
  add_job_routes(routes);
  add_resource_routes(routes);
  add_admin_routes(routes);
  add_accounting_routes(routes);
  raise_descriptor_limit(config->limits.connections + 512);
  for (std::size_t i = 0; i < config->listeners.size(); ++i) {
    const DoorConfig& door = config->listeners[i];
    net::HttpServerOptions options;
    options.idle_limit = 120s;
    options.event_comment = 15s;
    options.connections = config->limits.connections;
    if (door.tls()) {
      auto identity = net::TlsIdentity::load(door.certificate, door.key);
      if (!identity) return fail(identity.error());
      options.tls = std::move(*identity);
    }
    auto listener = net::Listener::tcp(io, door.address, door.port);
    if (!listener) {
      Error error = listener.error();
      error.field = "listeners[" + std::to_string(i) + "]";
      return fail(std::move(error));
    }
    const net::PeerAddress local = (*listener)->local();
    listening.push_back({{"address", local.address},
                         {"port", local.port},
                         {"tls", door.tls()},
                         {"url", std::string(door.tls() ? "https://" : "http://") + local.label()}});
    net::HttpServer::Handler handler;
    handler.on_header = [this](const net::Exchange& x) { serve(*core, routes, x, true); };
    handler.on_request = [this](const net::Exchange& x) { serve(*core, routes, x, false); };
    handler.error_body = error_body;
    handler.error_status = error_status;
    doors.push_back(
        std::make_unique<net::HttpServer>(io, std::move(*listener), std::move(options), std::move(handler)));
  }
  return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options) {
  const ServerConfigResult read = load_server_config(options.config_file);
  if (!read.config) return fail(first_error(read.findings));
  if (const Status logging = start_log(read.config->log); !logging) return fail(logging.error());
  for (const ConfigFinding& f : read.findings) spdlog::warn("{}", f.message());
  const auto folder = state_folder(*read.config, options.state_dir);
  if (!folder) return fail(folder.error());
  auto impl = std::make_unique<Impl>(read.config);
  if (const Status opened = impl->open(*folder); !opened) return fail(opened.error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::run() {
  Impl& s = *impl_;
  s.io.on_signals({SIGTERM, SIGINT}, [&s](int) {
    spdlog::info("stopping");
    sd_notify(0, "STOPPING=1");
    s.io.stop();
  });
  s.core->ready = true;
  s.follow();
  s.advance();
  s.sweep();
  s.renew();
  s.records->start();
  s.jobs->resume();
  spdlog::info("ready, store {}", s.store->engine());
  std::printf("%s\n", dump({{"ready", true}, {"listeners", s.listening}}).c_str());
  std::fflush(stdout);
  sd_notify(0, "READY=1");
  s.io.run();
  return 0;
}

}  // namespace printrouter::server
