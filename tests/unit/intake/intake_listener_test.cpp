// SPDX-License-Identifier: Apache-2.0
#include "intake/intake_listener.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "net/dialer.hpp"
#include "printrouter/protocol.hpp"
#include "unit/net/net_test_kit.hpp"

namespace printrouter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A toy protocol. One line a command, answered in a line:
///   job        create, add a document, take <n> bytes that follow ("job 5\n12345"), commit
///   get <id>   ask for a job
///   facts      ask for the printer's attributes
///   loop       break the contract
/// The end of the connection before a document is whole keeps it as incomplete.
class ToySession final : public sdk::Session {
 public:
  ToySession(const sdk::Plugin& plugin, const pr_receive_request& request)
      : Session(&plugin), queue_(sdk::view(request.queue)), tls_(request.tls) {}
  void step(const pr_event& e, sdk::Action& a) override {
    switch (e.kind) {
      case PR_EVENT_START:
      case PR_EVENT_WRITTEN:
        a.read(256);
        return;
      case PR_EVENT_BYTES:
        return command(sdk::view(e.bytes), a);
      case PR_EVENT_REPLY:
        return replied(e, a);
      case PR_EVENT_PAYLOAD_RECEIVED:
        a.request(PR_OP_COMMIT, {});
        return;
      case PR_EVENT_COMMITTED:
        return say("committed " + std::to_string(e.count), a);
      case PR_EVENT_REFUSED:
        return say("refused " + std::to_string(e.error) + " " + std::string(sdk::view(e.text)), a);
      case PR_EVENT_EOF:
        a.done(e.count ? std::uint32_t{PR_DONE_KEEP_INCOMPLETE} : 0u);
        return;
      default:
        a.done(PR_DONE_ABORT | PR_DONE_KEEP_INCOMPLETE);
    }
  }

 private:
  void say(std::string text, sdk::Action& a) {
    out_ = std::move(text) + "\n";
    a.write(out_);
  }
  void command(std::string_view seen, sdk::Action& a) {
    const std::size_t end = seen.find('\n');
    if (end == std::string_view::npos) {
      a.read(256);
      return;
    }
    const std::string line(seen.substr(0, end));
    a.used(end + 1);
    if (line.starts_with("job ")) {
      size_ = std::stoul(line.substr(4));
      op_ = PR_OP_CREATE_JOB;
      facts_ = {sdk::attr_text("job-name", "toy", PR_ATTR_TEXT)};
    } else if (line.starts_with("get ")) {
      op_ = PR_OP_GET_JOB;
      facts_ = {sdk::attr_integer("job-id", std::stol(line.substr(4)))};
    } else if (line == "facts") {
      op_ = PR_OP_PRINTER_ATTRIBUTES;
      facts_ = {};
    } else {
      a.kind = 99;
      return;
    }
    a.request(op_, facts_);
  }
  void replied(const pr_event& e, sdk::Action& a) {
    if (op_ == PR_OP_CREATE_JOB) {
      op_ = PR_OP_ADD_DOCUMENT;
      a.request(op_, {});
    } else if (op_ == PR_OP_ADD_DOCUMENT) {
      a.receive_payload(size_);
    } else {
      const sdk::Attributes facts(e.attributes);
      say(std::string(facts.text("printer-name", facts.text("job-name", "?"))) + " " + queue_ +
              (tls_ ? " tls" : ""),
          a);
    }
  }
  std::string queue_, out_;
  bool tls_;
  std::size_t size_ = 0;
  std::uint32_t op_ = 0;
  std::vector<pr_attr> facts_;
};

class ToyPlugin final : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return nullptr; }
};

class MemorySink final : public DocumentSink {
 public:
  explicit MemorySink(std::string* into) : into_(into) {}
  Status write(std::string_view data) override {
    *into_ += data;
    return {};
  }
  bool ready(net::Callback) override { return true; }

 private:
  std::string* into_;
};

/// A router that keeps jobs in memory and says what it was asked.
class FakeHandler final : public IntakeHandler {
 public:
  void create_job(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) override {
    log.push_back("create " + std::string(text_of(attributes, "job-name")));
    last_client = client;
    if (refuse) return answer(IntakeReply::refuse(Refusal::busy, "too many jobs"));
    IntakeReply reply = IntakeReply::ok({Attribute::number("job-id", next)});
    reply.job = next++;
    later(std::move(answer), std::move(reply));
  }
  void add_document(const IntakeClient&, JobId job, const Attributes&, IntakeAnswer answer) override {
    log.push_back("add " + std::to_string(job));
    IntakeReply reply = IntakeReply::ok();
    reply.sink = std::make_shared<MemorySink>(&documents[job]);
    later(std::move(answer), std::move(reply));
  }
  void commit(const IntakeClient&, JobId job, const Attributes&, IntakeAnswer answer) override {
    log.push_back("commit " + std::to_string(job));
    IntakeReply reply = IntakeReply::ok();
    reply.job = job;
    later(std::move(answer), std::move(reply));
  }
  void get_job(const IntakeClient&, JobId job, const Attributes&, IntakeAnswer answer) override {
    if (!documents.count(job)) return answer(IntakeReply::refuse(Refusal::not_found, "no such job"));
    answer(IntakeReply::ok({Attribute::word("job-name", "toy " + std::to_string(job))}));
  }
  void printer_attributes(const IntakeClient&, const Attributes&, IntakeAnswer answer) override {
    static const auto facts =
        std::make_shared<const Attributes>(Attributes{Attribute::word("printer-name", "front desk")});
    IntakeReply reply;
    reply.shared = facts;
    answer(std::move(reply));
  }
  void close_job(const IntakeClient&, JobId, const Attributes&, IntakeAnswer a) override {
    a(IntakeReply::ok());
  }
  void validate(const IntakeClient&, const Attributes&, IntakeAnswer a) override { a(IntakeReply::ok()); }
  void get_jobs(const IntakeClient&, const Attributes&, IntakeAnswer a) override { a(IntakeReply::ok()); }
  void cancel_job(const IntakeClient&, JobId, const Attributes&, IntakeAnswer a) override {
    a(IntakeReply::ok());
  }
  void cancel_my_jobs(const IntakeClient&, const Attributes&, IntakeAnswer a) override {
    a(IntakeReply::ok());
  }
  void identify_printer(const IntakeClient&, const Attributes&, IntakeAnswer a) override {
    a(IntakeReply::ok());
  }
  void abandoned(const IntakeClient&, JobId job, bool keep, const std::string&) override {
    log.push_back("abandoned " + std::to_string(job) + (keep ? " keep" : ""));
  }
  void later(IntakeAnswer answer, IntakeReply reply) {
    if (!io) return answer(std::move(reply));
    io->post([answer = std::move(answer), reply = std::move(reply)] { answer(reply); });
  }
  net::IoContext* io = nullptr;  ///< answers come later
  bool refuse = false;
  JobId next = 1;
  std::map<JobId, std::string> documents;
  std::vector<std::string> log;
  IntakeClient last_client;
};

class IntakeListenerTest : public ::testing::Test {
 protected:
  void open(IntakeListenerOptions options = {}) {
    options.name = "toy";
    options.protocol = "toy";
    options.queue = "office";
    IntakeContext context;
    context.io = &io;
    context.handler = &handler;
    context.identities = &env::system_peer_identity();
    context.report = [this](const PluginIdentity&, std::string_view finding, std::string_view) {
      findings.emplace_back(finding);
    };
    auto opened = IntakeListener::open(context, receiver, std::move(options));
    ASSERT_TRUE(opened) << opened.error().message();
    listener = std::move(*opened);
    ASSERT_NE(listener->options().port, 0);
  }
  struct Client {
    net::StreamPtr stream;
    std::string heard;
    bool over = false;
    std::vector<char> block = std::vector<char>(1024);
    std::string sent;
  };
  Client& connect() {
    clients.push_back(std::make_unique<Client>());
    Client& c = *clients.back();
    dialer.connect("127.0.0.1", listener->options().port,
                   [&c](const net::IoStatus&, net::StreamPtr s) { c.stream = std::move(s); });
    EXPECT_TRUE(io.run_until([&] { return c.stream != nullptr; }));
    read(c);
    return c;
  }
  void read(Client& c) {
    c.stream->read_some(c.block, [this, &c](const net::IoStatus& status, std::size_t n) {
      c.over = !status.ok() || n == 0;
      c.heard.append(c.block.data(), n);
      if (!c.over) read(c);
    });
  }
  void send(Client& c, std::string data) {
    c.sent = std::move(data);
    c.stream->write_all(c.sent, [](const net::IoStatus&) {});
  }
  std::string ask(Client& c, std::string data) {
    c.heard.clear();
    send(c, std::move(data));
    EXPECT_TRUE(io.run_until([&] { return c.over || c.heard.ends_with("\n"); }));
    return c.heard;
  }

  net::IoContext io;
  FakeHandler handler;
  pr_host host{sizeof(pr_host), nullptr, [](const pr_host*, const char*) -> const void* { return nullptr; }};
  ToyPlugin plugin{&host};
  pr_receiver table = sdk::receiver<ToySession>("toy", 0);
  PluginIdentity identity{"toy", "1", "00", {}, {}, {}, {}, 0};
  LoadedReceiver receiver{"toy", &table, reinterpret_cast<pr_plugin*>(static_cast<sdk::Plugin*>(&plugin)),
                          &identity};
  std::unique_ptr<IntakeListener> listener;
  net::Dialer dialer{io};
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::string> findings;
};

TEST_F(IntakeListenerTest, TakesJobsAndSaysWhoBroughtThem) {
  for (const bool later : {false, true}) {
    handler.io = later ? &io : nullptr;
    handler.log.clear();
    handler.next = 1;
    handler.documents.clear();
    open();
    Client& c = connect();
    EXPECT_EQ(ask(c, "job 5\nhello"), "committed 1\n");
    EXPECT_EQ(ask(c, "job 0\n"), "committed 2\n");
    EXPECT_THAT(handler.log,
                ElementsAre("create toy", "add 1", "commit 1", "create toy", "add 2", "commit 2"));
    EXPECT_EQ(handler.documents[1], "hello");
    EXPECT_EQ(ask(c, "get 1\n"), "toy 1 office\n");
    EXPECT_EQ(ask(c, "get 9\n"), "refused 1 no such job\n");
    EXPECT_EQ(ask(c, "facts\n"), "front desk office\n");
    EXPECT_EQ(handler.last_client.listener, "toy");
    EXPECT_THAT(handler.last_client.peer, HasSubstr("127.0.0.1:"));
    EXPECT_EQ(handler.last_client.identity.uid, static_cast<std::int64_t>(::getuid()));
    EXPECT_EQ(listener->connections(), 1u);
    c.stream->close();
    ASSERT_TRUE(io.run_until([&] { return listener->connections() == 0; }));
    EXPECT_THAT(handler.log, ::testing::Not(::testing::Contains(HasSubstr("abandoned"))));
  }
}

TEST_F(IntakeListenerTest, ARefusalReachesTheClientInItsWords) {
  handler.refuse = true;
  open();
  EXPECT_EQ(ask(connect(), "job 5\nhello"), "refused 7 too many jobs\n");
}

TEST_F(IntakeListenerTest, AnUnfinishedJobIsAbandonedAndKept) {
  open();
  Client& c = connect();
  send(c, "job 100\nhalf");
  ASSERT_TRUE(io.run_until([&] { return handler.documents[1] == "half"; }));
  c.stream->close();
  ASSERT_TRUE(io.run_until([&] { return listener->connections() == 0; }));
  EXPECT_THAT(handler.log, ElementsAre("create toy", "add 1", "abandoned 1 keep"));

  Client& other = connect();
  send(other, "job 100\nhalf");
  ASSERT_TRUE(io.run_until([&] { return handler.documents[2] == "half"; }));
  other.stream->abort();
  ASSERT_TRUE(io.run_until([&] { return listener->connections() == 0; }));
  EXPECT_EQ(handler.log.back(), "abandoned 2 keep");
}

TEST_F(IntakeListenerTest, StoppingAbandonsWhatIsOpenAndDrainingDoesNot) {
  open();
  Client& c = connect();
  send(c, "job 4\nha");
  ASSERT_TRUE(io.run_until([&] { return handler.documents[1] == "ha"; }));
  bool idle = false;
  listener->drain([&] { idle = true; });
  EXPECT_FALSE(io.run_until([&] { return idle; }, Milliseconds(20)));
  EXPECT_EQ(ask(c, "lf"), "committed 1\n");
  c.stream->close();
  ASSERT_TRUE(io.run_until([&] { return idle; }));

  open();
  Client& d = connect();
  send(d, "job 4\nha");
  ASSERT_TRUE(io.run_until([&] { return handler.documents[2] == "ha"; }));
  listener.reset();
  EXPECT_EQ(handler.log.back(), "abandoned 2 keep");
  ASSERT_TRUE(io.run_until([&] { return d.over; }));
}

TEST_F(IntakeListenerTest, BeyondTheLimitClientsWaitAndAreServedLater) {
  IntakeListenerOptions options;
  options.max_connections = 2;
  open(options);
  Client& a = connect();
  Client& b = connect();
  ASSERT_TRUE(io.run_until([&] { return listener->connections() == 2; }));
  Client& c = connect();  // in the kernel's queue
  send(c, "facts\n");
  EXPECT_FALSE(io.run_until([&] { return !c.heard.empty(); }, Milliseconds(30)));
  EXPECT_EQ(ask(b, "facts\n"), "front desk office\n");
  a.stream->close();
  ASSERT_TRUE(io.run_until([&] { return c.heard == "front desk office\n"; }));
}

TEST_F(IntakeListenerTest, AnIdleClientIsSentAway) {
  IntakeListenerOptions options;
  options.idle_timeout = Milliseconds(40);
  open(options);
  Client& c = connect();
  EXPECT_EQ(ask(c, "facts\n"), "front desk office\n");
  ASSERT_TRUE(io.run_until([&] { return c.over; }));
}

TEST_F(IntakeListenerTest, AFaultOfThePluginEndsItsConnectionAlone) {
  open();
  Client& bad = connect();
  Client& good = connect();
  send(bad, "loop\n");
  ASSERT_TRUE(io.run_until([&] { return bad.over; }));
  EXPECT_THAT(findings, ElementsAre("action-invalid"));
  EXPECT_EQ(ask(good, "facts\n"), "front desk office\n");
}

TEST_F(IntakeListenerTest, TlsFromTheStart) {
  auto made = net::TlsIdentity::self_signed({"localhost"});
  ASSERT_TRUE(made);
  IntakeListenerOptions options;
  options.tls_from_start = true;
  options.tls_identity = *made;
  open(options);
  clients.push_back(std::make_unique<Client>());
  Client& c = *clients.back();
  net::TlsHandshake handshake(io);
  net::TlsTrust trust;
  trust.pins_sha256 = {(*made)->sha256()};
  dialer.connect("127.0.0.1", listener->options().port, [&](const net::IoStatus&, net::StreamPtr s) {
    handshake.start_client(std::move(s), "localhost", "", trust,
                           [&](const net::IoStatus& status, net::StreamPtr secured, bool) {
                             EXPECT_TRUE(status.ok()) << status.text;
                             c.stream = std::move(secured);
                           });
  });
  ASSERT_TRUE(io.run_until([&] { return c.stream != nullptr; }));
  read(c);
  EXPECT_EQ(ask(c, "facts\n"), "front desk office tls\n");
}

TEST_F(IntakeListenerTest, AnAddressInUseIsAnErrorWithItsPlace) {
  open();
  IntakeContext context;
  context.io = &io;
  context.handler = &handler;
  IntakeListenerOptions options;
  options.port = listener->options().port;
  const auto second = IntakeListener::open(context, receiver, options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().place, "127.0.0.1:" + std::to_string(options.port));
}

}  // namespace
}  // namespace printrouter
