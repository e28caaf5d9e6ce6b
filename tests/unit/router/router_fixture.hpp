// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A whole router in one process: real journal, spool and plugins, sinks on loopback, and time that runs.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "config/config_load.hpp"
#include "devices/device_model.hpp"
#include "env/file_system.hpp"
#include "env/thread_pool.hpp"
#include "ledger/ledger.hpp"
#include "net/listener.hpp"
#include "router/router.hpp"

namespace printrouter {

/// A port of this test's own: as long as it lives nobody else is given it. A connection is refused unless a
/// Listener was opened on it.
class HeldPort {
 public:
  HeldPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;  // lets a listener in beside it
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  ~HeldPort() { ::close(fd_); }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;
  std::uint16_t number() const { return number_; }

 private:
  int fd_;
  std::uint16_t number_ = 0;
};

/// A RAW sink: keeps what each connection brought, and closes when the peer has shut its side.
class Sink {
 public:
  explicit Sink(net::IoContext& io) : io_(io) { open(); }
  std::uint16_t port() const { return port_.number(); }
  void close() { listener_.reset(); }
  void open() {
    listener_ = std::move(*net::Listener::tcp(io_, "127.0.0.1", port_.number()));
    listener_->start([this](net::StreamPtr stream) { take(std::move(stream)); });
  }
  std::vector<std::string> received;  ///< whole ones
  std::size_t reset_after = 0;        ///< bytes; 0 never

 private:
  struct Connection {
    net::StreamPtr stream;
    std::string bytes;
    std::vector<char> buffer = std::vector<char>(65536);
  };
  void take(net::StreamPtr stream) {
    auto c = std::make_shared<Connection>();
    c->stream = std::move(stream);
    read(c);
  }
  void read(const std::shared_ptr<Connection>& c) {
    c->stream->read_some(c->buffer, [this, c](const net::IoStatus& status, std::size_t n) {
      if (!status.ok()) return;
      c->bytes.append(c->buffer.data(), n);
      if (reset_after && c->bytes.size() >= reset_after) return c->stream->abort();
      if (n > 0) return read(c);
      if (!c->bytes.empty()) received.push_back(c->bytes);
      c->stream->close();
    });
  }
  net::IoContext& io_;
  HeldPort port_;  ///< also while closed: a connection then is refused, never another test's
  std::unique_ptr<net::Listener> listener_;
};

/// The system's clock, some time ahead.
class ShiftedClock final : public env::Clock {
 public:
  Timestamp now() const override { return env::system_clock().now() + ahead; }
  env::Monotonic monotonic() const override { return env::system_clock().monotonic() + ahead; }
  Milliseconds ahead{0};
};

class RouterTest : public testing::Test, public RouterObserver {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "printrouter-router-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    PluginOptions options;
    options.folders = {PR_TEST_PLUGIN_DIR};
    options.scan = false;
    auto loaded = PluginRegistry::load(options, nullptr);
    ASSERT_TRUE(loaded) << loaded.error().message();
    plugins = std::move(*loaded);
    server = std::make_unique<Sink>(io);
    first = std::make_unique<Sink>(io);
    second = std::make_unique<Sink>(io);
    open_stores();
  }

  const AnalysisOptions* analysis = nullptr;  ///< before start_router

  void TearDown() override {
    stop_router();
    pool.reset();
    std::error_code ec;
    std::filesystem::remove_all(folder, ec);
  }

  void open_stores() {
    pool = std::make_unique<env::ThreadPool>(4);
    auto opened = journal::Journal::open(env::real_file_system(), folder + "/journal.db", io.poster());
    ASSERT_TRUE(opened) << opened.error().message();
    journal = std::move(*opened);
    auto documents = spool::Spool::open(env::real_file_system(), folder + "/spool", *pool, io.poster(), {});
    ASSERT_TRUE(documents) << documents.error().message();
    spool = std::move(*documents);
  }

  /// `fallback`: the members of printing.fallback, as JSON text without braces.
  std::string config_text(const std::string& fallback) const {
    const auto device = [](const char* id, std::uint16_t port, const char* more) {
      return std::string(R"({"id": ")") + id +
             R"(", "address": "127.0.0.1", "maker": "Acme Test", "model": "Generic", "ports": [{"protocol": "raw", "port": )" +
             std::to_string(port) +
             R"(, "class": "plain"}], "settings": {"unknown-id-jobs": "permit", "accepts-unidentified-jobs": true)" +
             more + "}}";
    };
    return R"({"listeners": [{"protocol": "raw", "port": 0, "queue": "office"}],
 "server": {"name": "print server", "protocol": "raw", "host": "127.0.0.1", "port": )" +
           std::to_string(server->port()) + R"(, "truncated": ")" + server_truncated +
           R"(", "probe": {"protocol": "tcp", "host": "127.0.0.1", "port": )" +
           std::to_string(server->port()) + R"(}},
 "groups": {"floor": ["first", "second"]},
 "devices": [)" +
           device("first", first->port(), first_settings.c_str()) + "," + device("second", second->port(), "") + R"(],
 "identity": )" +
           identity + R"(,
 "limits": {"min_free_disk": "1MiB"},
 "timeouts": {"answer_timeout": "500ms", "close_timeout": "2s"},
 "health": {"probe_interval": "60s", "probe_interval_down": "100ms"},
 "profile": {"name": "office", "printing": {"fallback": {)" +
           fallback + "}}}}";
  }

  void start_router(const std::string& fallback) {
    const ConfigResult config = parse_config(
        config_text(fallback), "test.json",
        [](const std::string& path) -> Result<std::string> { return fail(ErrorCode::not_found, path); });
    ASSERT_TRUE(config.config) << config.error().message();
    router = std::make_unique<Router>(RouterServices{&io, journal.get(), spool.get(), plugins.get(), nullptr,
                                                     &clock, &env::system_random(),
                                                     &env::system_peer_identity(), analysis});
    RouterSetup setup;
    setup.balances = balances;
    setup.prices = prices;
    setup.config = config.config;
    setup.directory = Directory::build(*config.config, models, nullptr);
    setup.vendors = plugin_vendor_rules(*plugins, nullptr);
    router->use(std::move(setup));
    router->observe(this);
    const auto recovered = router->recover();
    ASSERT_TRUE(recovered) << recovered.error().message();
  }

  void stop_router() {
    if (router) router->unobserve(this);
    router.reset();
    spool.reset();
    journal.reset();
  }

  /// A document that arrives in pieces, as the network brings it, with the loop running in between.
  JobId print_in_pieces(const std::string& document, std::size_t piece) {
    IntakeClient client;
    client.connection = ++connections;
    client.protocol = "raw";
    client.queue = "office";
    client.identity = {1000, "anna"};
    JobId id = 0;
    bool answered = false;
    IntakeHandler& door = router->intake();
    std::shared_ptr<DocumentSink> sink;
    JobId created_id = 0;
    door.create_job(client, {Attribute::word("job-name", "long", AttributeKind::text)},
                    [&](IntakeReply created) { created_id = created.job; });
    door.add_document(client, created_id, {}, [&](IntakeReply opened) { sink = opened.sink; });
    for (std::size_t at = 0; at < document.size(); at += piece) {
      EXPECT_TRUE(sink->write(std::string_view(document).substr(at, piece)));
      bool room = sink->ready([&] { room = true; });
      EXPECT_TRUE(io.run_until([&] { return room; }));
      std::size_t turns = 0;
      io.run_until([&] { return ++turns > 3; }, Milliseconds(2));
    }
    door.commit(client, created_id, {}, [&](IntakeReply committed) {
      refusal = committed.text;
      id = committed.refused ? 0 : committed.job;
      answered = true;
    });
    EXPECT_TRUE(io.run_until([&] { return answered; }));
    return id;
  }

  /// Prints as `user` by the RAW door; answers the job's number once it is acknowledged, 0 if it was refused.
  JobId print(const std::string& document, const std::string& user = "anna",
              const std::string& asserted = {}) {
    IntakeClient client;
    client.connection = ++connections;
    client.protocol = "raw";
    client.queue = "office";
    client.identity = user.empty() ? env::PeerIdentity{}
                                   : env::PeerIdentity{user == "lp"     ? 7
                                                       : user == "anna" ? 1000
                                                                        : 1001,
                                                       user};
    Attributes attributes{Attribute::word("job-name", "letter", AttributeKind::text)};
    if (!asserted.empty())
      attributes.push_back(Attribute::word("requesting-user-name", asserted, AttributeKind::text));
    if (impressions) attributes.push_back(Attribute::number("job-impressions", *impressions));
    JobId id = 0;
    bool answered = false;
    refusal.clear();
    IntakeHandler& door = router->intake();
    door.create_job(client, attributes, [&](IntakeReply created) {
      if (created.refused) {
        refusal = created.text;
        answered = true;
        return;
      }
      door.add_document(client, created.job, {}, [&](IntakeReply opened) {
        ASSERT_FALSE(opened.refused) << opened.text;
        ASSERT_TRUE(opened.sink->write(document));
        door.commit(client, created.job, {}, [&](IntakeReply committed) {
          refusal = committed.text;
          id = committed.refused ? 0 : committed.job;
          answered = true;
        });
      });
    });
    EXPECT_TRUE(io.run_until([&] { return answered; }));
    return id;
  }

  Job job(JobId id) { return router->job(administrator, id).value_or(Job{}); }
  bool becomes(JobId id, JobState state) {
    const bool did = io.run_until([&] { return job(id).state == state; }, std::chrono::seconds(10));
    if (!did)
      ADD_FAILURE() << "job " << id << " is " << to_string(job(id).state) << ", not " << to_string(state)
                    << reasons_of(id);
    return did;
  }
  std::string reasons_of(JobId id) {
    std::string out;
    for (const Reason& r : job(id).reasons) out += " [" + r.id + ": " + r.en + "]";
    return out;
  }
  void used(const std::string& user, std::vector<std::string> devices) {
    std::vector<Router::HistoryEntry> entries;
    for (const std::string& d : devices)
      entries.push_back({user, d, Timestamp{env::system_clock().now().ms - 1000}});
    bool done = false;
    router->import_history(entries, [&](const Status& s) { done = s.has_value(); });
    ASSERT_TRUE(io.run_until([&] { return done; }));
  }
  std::size_t ledger_entries(journal::LedgerKind kind) {
    std::size_t count = 0;
    const auto rows = journal->ledger(1, 1000);
    for (const journal::LedgerRow& row : *rows) count += row.kind == kind;
    return count;
  }
  /// The result of a verb of the router.
  Result<Job> wait_for(const std::function<void(Router::Done)>& verb) {
    std::optional<Result<Job>> result;
    verb([&](const Result<Job>& r) { result = r; });
    EXPECT_TRUE(io.run_until([&] { return result.has_value(); }));
    return result.value_or(fail(ErrorCode::internal, "no answer"));
  }

  void on_job(const Job&) override {}
  void on_question(const Question& q) override { told_questions.push_back(q); }
  void on_notification(const Notification& n) override { told.push_back(n); }
  void on_server(const std::string&, bool up, const std::string&) override { server_states.push_back(up); }

  const Actor administrator{"root", 0, true};
  const Actor anna{"anna", 1000, false};
  const Actor bert{"bert", 1001, false};
  const std::string on =
      R"("enabled": true, "target": {"group": "floor"}, "untested": "allow", "unknown_pages": "allow", "contact": "desk 17")";

  net::IoContext io;
  ShiftedClock clock;
  std::string folder, refusal;
  std::string server_truncated = "prints";
  std::string identity = "{}";  ///< the configuration's part of that name
  std::optional<BalanceBook> balances;
  std::optional<PriceBook> prices = {};
  std::string first_settings = {};  ///< more settings of the first device, as JSON behind a comma
  std::optional<std::int64_t> impressions = {};  ///< as print() states them
  ModelLibrary models;
  std::unique_ptr<PluginRegistry> plugins;
  std::unique_ptr<env::ThreadPool> pool;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Sink> server, first, second;
  std::unique_ptr<Router> router;
  std::vector<Notification> told;
  std::vector<Question> told_questions;
  std::vector<bool> server_states;
  std::uint64_t connections = 0;
};

}  // namespace printrouter
