// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery_run.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "plugin/attribute_bridge.hpp"
#include "unit/net/net_test_kit.hpp"

namespace printrouter {
namespace {

using net::Peer;
using ::testing::ElementsAre;

/// A document in memory that a test lets grow.
class FakeReader final : public spool::SpoolReader {
 public:
  FakeReader(net::IoContext& io, std::string data, bool whole = true)
      : io_(io), data_(std::move(data)), whole_(whole) {}
  spool::Read read(std::uint64_t offset, std::span<char> into) override {
    if (offset < data_.size()) {
      const std::size_t n = std::min<std::size_t>(into.size(), data_.size() - offset);
      std::copy_n(data_.data() + offset, n, into.data());
      return {spool::ReadState::data, n, {}};
    }
    if (broken_) return {spool::ReadState::broken, 0, {ErrorCode::io, "the submitter broke off", {}, {}, {}}};
    return {whole_ ? spool::ReadState::end : spool::ReadState::wait, 0, {}};
  }
  void when_ready(std::uint64_t, std::function<void()> ready) override { ready_ = std::move(ready); }
  std::uint64_t available() const override { return data_.size(); }
  std::optional<std::uint64_t> size() const override {
    return whole_ ? std::optional<std::uint64_t>(data_.size()) : std::nullopt;
  }
  int descriptor() const override { return -1; }
  void grow(const std::string& more, bool whole) {
    data_ += more;
    whole_ = whole;
    tell();
  }
  void break_off() {
    broken_ = true;
    tell();
  }

 private:
  void tell() {
    if (ready_) io_.post(std::exchange(ready_, nullptr));
  }
  net::IoContext& io_;
  std::string data_;
  bool whole_, broken_ = false;
  std::function<void()> ready_;
};

using Step = net::Script::Step;

/// A protocol table over a script; remembers the request it was opened with.
struct FakeProtocol {
  explicit FakeProtocol(Step step, bool unknown_length = true) : script(std::move(step)) {
    table.struct_size = sizeof table;
    table.unknown_length = unknown_length;
    table.name = "fake";
    table.session = *script.session().table;
    table.open = [](pr_plugin* plugin, const pr_send_request* r, pr_session** out) -> pr_status {
      auto& self = *reinterpret_cast<FakeProtocol*>(plugin);
      if (self.open_throws) throw std::runtime_error("in open");
      self.seen = *r;
      self.host = sdk::view(r->host);
      self.queue = sdk::view(r->queue);
      self.extra = from_abi(r->extra);
      *out = self.script.session().session;
      return self.open_status;
    };
    loaded = {"fake", &table, reinterpret_cast<pr_plugin*>(this), &identity};
  }
  net::Script script;
  pr_protocol table{};
  PluginIdentity identity{"fake", "1", "00", {}, {}, {}, {}, 0};
  LoadedProtocol loaded;
  pr_send_request seen{};
  std::string host, queue;
  Attributes extra;
  pr_status open_status = PR_OK;
  bool open_throws = false;
};

/// A sender without receipts: whole document, FIN, done.
Step sender(std::uint16_t port, std::uint32_t at_error = PR_OUTCOME_NOT_SENT) {
  static const std::vector<pr_segment> document = {sdk::document()};
  return [=](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect("127.0.0.1", port);
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(document, PR_LENGTH_TO_END);
        return;
      case PR_EVENT_PAYLOAD_SENT:
        a.shutdown_write();
        return;
      case PR_EVENT_WRITTEN:
        a.read(100);
        return;
      case PR_EVENT_EOF:
        a.done(PR_OUTCOME_DELIVERED, "closed");
        return;
      case PR_EVENT_CANCEL:
        a.done(PR_OUTCOME_CANCELLED, "cancelled", "", PR_DONE_ABORT);
        return;
      default:
        a.done(at_error, "broke-off", "", PR_DONE_ABORT);
    }
  };
}

class DeliveryRunTest : public ::testing::Test {
 protected:
  DeliveryInput input_for(FakeProtocol& protocol, std::string document) {
    DeliveryInput input;
    input.protocol = &protocol.loaded;
    reader = std::make_shared<FakeReader>(io, std::move(document));
    input.document = reader;
    input.report = [this](const PluginIdentity& id, std::string_view finding, std::string_view) {
      findings.push_back(id.id + ": " + std::string(finding));
    };
    return input;
  }
  DeliveryReport run(DeliveryInput input) {
    start(std::move(input));
    return finish();
  }
  void start(DeliveryInput input) {
    delivery = std::make_unique<DeliveryRun>(io);
    delivery->start(
        std::move(input), [this](DeliveryReport r) { report = std::move(r); }, [this] { ++first_bytes; });
  }
  DeliveryReport finish() {
    EXPECT_TRUE(io.run_until([this] { return report.has_value(); }));
    return report.value_or(DeliveryReport{});
  }
  /// A peer that closes its side as soon as the document has ended.
  void close_at_end(Peer& peer) {
    ASSERT_TRUE(io.run_until([&] { return peer.ended; }));
    peer.stream->close();
  }
  net::IoContext io;
  std::shared_ptr<FakeReader> reader;
  std::unique_ptr<DeliveryRun> delivery;
  std::optional<DeliveryReport> report;
  std::vector<std::string> findings;
  int first_bytes = 0;
};

TEST_F(DeliveryRunTest, DeliversTheEditedDocumentAndCountsIt) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  DeliveryInput input = input_for(protocol, "document");
  input.preparation.edits = {{Anchor::start, "", "<<"}};
  input.preparation.host_copies = 2;
  input.preparation.lpr_lines = {{'P', "ann"}};
  input.preparation.ipp_attributes = {Attribute::number("copies", 1)};
  start(std::move(input));
  close_at_end(peer);
  const DeliveryReport done = finish();
  EXPECT_EQ(done.outcome.kind, OutcomeKind::delivered);
  EXPECT_EQ(peer.got, "<<document<<document");
  EXPECT_EQ(done.outcome.document_bytes_sent, 20u);
  EXPECT_TRUE(done.outcome.document_complete);
  EXPECT_FALSE(done.outcome.answered) << "a closed connection says nothing";
  EXPECT_EQ(protocol.seen.document_size, 20u);
  EXPECT_EQ(protocol.seen.operation, static_cast<std::uint32_t>(PR_SEND_PRINT));
  EXPECT_EQ(text_of(protocol.extra, "P"), "ann");
  EXPECT_EQ(integer_of(protocol.extra, "copies"), 1);
  EXPECT_EQ(first_bytes, 1);
  ASSERT_TRUE(done.first_byte && done.last_byte);
  EXPECT_LE(*done.first_byte, *done.last_byte);
  EXPECT_TRUE(findings.empty());
}

TEST_F(DeliveryRunTest, AnEditWithoutPlaceStopsBeforeTheFirstByte) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  DeliveryInput input = input_for(protocol, "%PDF");
  input.preparation.edits = {{Anchor::after_pjl_header, "", "@PJL\r\n"}};
  const DeliveryReport done = run(input);
  EXPECT_EQ(done.outcome.kind, OutcomeKind::rejected);
  EXPECT_EQ(done.outcome.reason, "edit-without-place");
  EXPECT_EQ(peer.connections, 0);

  report.reset();
  input.edits_required = false;
  start(std::move(input));
  close_at_end(peer);
  EXPECT_THAT(finish().edits_left_out, ElementsAre("after-pjl-header"));
  EXPECT_EQ(peer.got, "%PDF");
}

TEST_F(DeliveryRunTest, ALieAboutNotSentIsOverruledAndReported) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  peer.on_data = [&] { peer.stream->abort(); };
  const DeliveryReport done = run(input_for(protocol, "document"));
  EXPECT_EQ(done.outcome.kind, OutcomeKind::unknown);
  EXPECT_GT(done.outcome.document_bytes_sent, 0u);
  EXPECT_THAT(findings, ElementsAre("fake: lied-not-sent"));
}

TEST_F(DeliveryRunTest, NobodyThereIsNotSentEvenIfThePluginDoesNotKnow) {
  std::uint16_t port = 0;
  {
    Peer gone(io);
    port = gone.port();
  }
  FakeProtocol protocol(sender(port, PR_OUTCOME_UNKNOWN));
  const DeliveryReport done = run(input_for(protocol, "document"));
  EXPECT_EQ(done.outcome.kind, OutcomeKind::not_sent);
  EXPECT_EQ(first_bytes, 0);
  EXPECT_FALSE(done.first_byte);
  EXPECT_LT(done.ended - done.started, Milliseconds(200));
}

TEST_F(DeliveryRunTest, CutThroughFollowsTheDocumentAndBreaksWithIt) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  DeliveryInput input = input_for(protocol, "");
  reader = std::make_shared<FakeReader>(io, "one ", false);
  input.document = reader;
  input.send.truncated_discards = true;
  input.progress_timeout = Milliseconds(50);
  start(std::move(input));
  ASSERT_TRUE(io.run_until([&] { return peer.got == "one "; }));
  EXPECT_EQ(protocol.seen.document_size, PR_LENGTH_TO_END);
  reader->grow("two", false);
  ASSERT_TRUE(io.run_until([&] { return peer.got == "one two"; }));
  reader->break_off();
  const DeliveryReport done = finish();
  EXPECT_TRUE(done.source_broke_off);
  EXPECT_EQ(done.outcome.kind, OutcomeKind::not_sent) << "the target discards what is cut";
  ASSERT_TRUE(io.run_until([&] { return peer.ended || !peer.broken.ok(); }));
  EXPECT_FALSE(peer.ended);
  EXPECT_TRUE(findings.empty());
}

TEST_F(DeliveryRunTest, EditsWaitForTheWholeDocument) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  DeliveryInput input = input_for(protocol, "");
  reader = std::make_shared<FakeReader>(io, "one ", false);
  input.document = reader;
  input.preparation.host_copies = 2;
  start(std::move(input));
  EXPECT_FALSE(io.run_until([&] { return peer.connections > 0; }, Milliseconds(30)));
  reader->grow("two", true);
  close_at_end(peer);
  finish();
  EXPECT_EQ(peer.got, "one twoone two");
}

TEST_F(DeliveryRunTest, CancelBeforeAndDuring) {
  Peer peer(io, false);
  FakeProtocol protocol(sender(peer.port()));
  start(input_for(protocol, "document"));
  delivery->cancel();
  EXPECT_FALSE(report.has_value());
  EXPECT_EQ(finish().outcome.kind, OutcomeKind::cancelled);
  EXPECT_EQ(peer.connections, 0);

  report.reset();
  start(input_for(protocol, net::pattern(30 << 20)));
  ASSERT_TRUE(io.run_until([&] { return first_bytes == 1; }));
  delivery->cancel();
  const DeliveryReport done = finish();
  EXPECT_EQ(done.outcome.kind, OutcomeKind::cancelled);
  EXPECT_GT(done.outcome.document_bytes_sent, 0u);
  EXPECT_FALSE(done.outcome.document_complete);
}

TEST_F(DeliveryRunTest, OurCancelComesTooLateForAWholeDocument) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  start(input_for(protocol, "document"));
  ASSERT_TRUE(io.run_until([&] { return peer.ended; }));
  ASSERT_TRUE(io.run_until([&] { return protocol.script.events.back() == "written"; }));
  delivery->cancel();
  EXPECT_EQ(finish().outcome.kind, OutcomeKind::unknown);
}

TEST_F(DeliveryRunTest, AServerDelegatesToAProtocol) {
  Peer peer(io);
  FakeProtocol protocol(sender(peer.port()));
  static net::Script* server_script = nullptr;
  net::Script script([](const pr_event&, sdk::Action& a) { a.delegate("fake", "10.0.0.7", 631, "/q"); });
  server_script = &script;
  pr_server table{};
  table.struct_size = sizeof table;
  table.name = "queue";
  table.session = *script.session().table;
  static std::string target_host;
  static std::uint32_t operation = 0;
  table.open = [](pr_plugin*, const pr_server_request* r, pr_session** out) -> pr_status {
    target_host = sdk::Attributes(r->target).text("host");
    operation = r->operation;
    *out = server_script->session().session;
    return PR_OK;
  };
  const LoadedServer server{"queue", &table, nullptr, nullptr};
  DeliveryInput input = input_for(protocol, "document");
  input.protocol = nullptr;
  input.server = ServerLink{&server, {Attribute::word("host", "print.example")}, {}, {}};
  input.find_protocol = [&](std::string_view name) { return name == "fake" ? &protocol.loaded : nullptr; };
  start(std::move(input));
  close_at_end(peer);
  EXPECT_EQ(finish().outcome.kind, OutcomeKind::delivered);
  EXPECT_EQ(target_host, "print.example");
  EXPECT_EQ(operation, static_cast<std::uint32_t>(PR_SERVER_DELIVER));
  EXPECT_EQ(protocol.host, "10.0.0.7");
  EXPECT_EQ(protocol.seen.port, 631u);
  EXPECT_EQ(protocol.queue, "/q");
  EXPECT_TRUE(script.closed);
}

TEST_F(DeliveryRunTest, AProbeCarriesNoDocument) {
  FakeProtocol protocol([](const pr_event&, sdk::Action& a) { a.done(PR_OUTCOME_DELIVERED, "ready"); });
  DeliveryInput input = input_for(protocol, "document");
  input.operation = DeliveryOperation::probe;
  EXPECT_EQ(run(std::move(input)).outcome.kind, OutcomeKind::delivered);
  EXPECT_EQ(protocol.seen.operation, static_cast<std::uint32_t>(PR_SEND_PROBE));
  EXPECT_EQ(protocol.seen.document_size, 0u);
}

TEST_F(DeliveryRunTest, WhatCannotBeginIsSaid) {
  FakeProtocol protocol(sender(1), false);
  protocol.open_status = PR_INVALID;
  EXPECT_EQ(run(input_for(protocol, "x")).outcome.reason, "plugin-refused");
  report.reset();
  protocol.open_throws = true;
  EXPECT_EQ(run(input_for(protocol, "x")).outcome.reason, "plugin-refused");
  EXPECT_THAT(findings, ElementsAre("fake: exception-escaped"));
  report.reset();
  DeliveryInput input = input_for(protocol, "x");
  input.document = std::make_shared<FakeReader>(io, "", false);
  EXPECT_EQ(run(std::move(input)).outcome.reason, "length-required");
  report.reset();
  input = input_for(protocol, "x");
  input.protocol = nullptr;
  EXPECT_EQ(run(std::move(input)).outcome.reason, "no-protocol");
}

struct Verdict {
  const char* name;
  OutcomeKind said;
  std::uint64_t bytes;
  bool complete, discards;
  OutcomeKind final_word;
  bool lie;
};
class OverruleTest : public ::testing::TestWithParam<Verdict> {};
TEST_P(OverruleTest, TheHostsCountHasTheLastWord) {
  const Verdict& v = GetParam();
  Outcome o;
  o.kind = v.said;
  o.document_bytes_sent = v.bytes;
  o.document_complete = v.complete;
  EXPECT_EQ(overrule(o, v.discards), v.lie);
  EXPECT_EQ(o.kind, v.final_word);
}
using K = OutcomeKind;
INSTANTIATE_TEST_SUITE_P(
    All, OverruleTest,
    ::testing::Values(Verdict{"nothing_left", K::not_sent, 0, false, false, K::not_sent, false},
                      Verdict{"lie", K::not_sent, 5, false, false, K::unknown, true},
                      Verdict{"discarded", K::not_sent, 5, false, true, K::not_sent, false},
                      Verdict{"whole_at_discarder", K::not_sent, 5, true, true, K::unknown, true},
                      Verdict{"unknown_of_nothing", K::unknown, 0, false, false, K::not_sent, false},
                      Verdict{"unknown_cut_at_discarder", K::unknown, 5, false, true, K::not_sent, false},
                      Verdict{"unknown_whole", K::unknown, 5, true, true, K::unknown, false},
                      Verdict{"unknown_cut", K::unknown, 5, false, false, K::unknown, false},
                      Verdict{"refusal_stays", K::rejected, 5, true, false, K::rejected, false},
                      Verdict{"auth_stays", K::auth_required, 5, false, false, K::auth_required, false},
                      Verdict{"cancelled_cut", K::cancelled, 5, false, false, K::cancelled, false},
                      Verdict{"cancelled_by_the_device", K::cancelled, 5, true, false, K::cancelled, false},
                      Verdict{"delivered", K::delivered, 5, true, false, K::delivered, false}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace printrouter
