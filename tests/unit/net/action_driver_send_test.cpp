// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <printrouter/abi/receiver.h>
#include <printrouter/abi/server.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "unit/net/net_test_kit.hpp"

namespace printrouter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kHost = "127.0.0.1";

class ActionDriverSend : public ::testing::Test {
 protected:
  IoContext io;
};

TEST_F(ActionDriverSend, DialsWritesAndShowsWhatWasNotConsumedAgain) {
  Peer peer(io);
  peer.on_data = [&] {
    if (peer.got == "hello") peer.send("abcdef");
    if (peer.got == "hello!") peer.send("ghi");
  };
  int reads = 0;
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.write("hello");
        return;
      case PR_EVENT_WRITTEN:
        a.read(100);
        return;
      case PR_EVENT_BYTES:
        if (++reads == 1) a.used(2).write("!");  // keeps "cdef"
        if (reads == 2) a.read(100);             // shown again at once; then waits for more than that
        if (reads == 3) a.used(7).done(PR_OUTCOME_DELIVERED, "ok", "fine");
        return;
      default:
        a.done(PR_OUTCOME_UNKNOWN, "unexpected");
    }
  });
  const DriverResult& result = drive.run();
  EXPECT_THAT(drive.script.events, ElementsAre("start", "connected", "written", "bytes abcdef", "written",
                                               "bytes cdef", "bytes cdefghi"));
  EXPECT_EQ(result.outcome.kind, OutcomeKind::delivered);
  EXPECT_EQ(result.outcome.reason, "ok");
  EXPECT_TRUE(result.outcome.answered);
  EXPECT_TRUE(result.finding.empty()) << result.finding_text;
  EXPECT_TRUE(drive.script.closed);
}

TEST_F(ActionDriverSend, ConnectionRefusedIsAnIoError) {
  std::uint16_t port = 0;
  {
    Peer gone(io);
    port = gone.port();
  }
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.connect(kHost, port);
    else
      a.done(PR_OUTCOME_NOT_SENT, "connect-refused");
  });
  drive.run();
  EXPECT_THAT(drive.script.events, ElementsAre("start", "error 1"));
  EXPECT_EQ(drive.result.last_io_error, static_cast<std::uint32_t>(PR_IO_REFUSED));
  EXPECT_FALSE(drive.result.outcome.answered);
}

TEST_F(ActionDriverSend, ASilentPeerCostsTheAnswerTimeoutAndTheConnectionStaysUsable) {
  Peer peer(io);
  DriverOptions options;
  options.answer_timeout = Milliseconds(60);
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect(kHost, peer.port());
            return;
          case PR_EVENT_CONNECTED:
            a.read(10);
            return;
          case PR_EVENT_IO_ERROR:
            a.write("still here");
            return;
          default:
            a.shutdown_write();
            return;
          case PR_EVENT_EOF:
            a.done(PR_OUTCOME_NOT_SENT, "silent");
            return;
        }
      },
      options);
  drive.start();
  ASSERT_TRUE(io.run_until([&] { return peer.got == "still here"; }));
  peer.stream->close();
  EXPECT_TRUE(io.run_until([&] { return drive.script.events.size() >= 5; }));
  EXPECT_EQ(drive.script.events[2], "error 2");
  EXPECT_EQ(drive.script.events[3], "written");
}

TEST_F(ActionDriverSend, PayloadSegmentsFromMemoryAndTheirCounts) {
  Peer peer(io);
  const std::string document = pattern(3'000'000);
  MemorySource source(io, document);
  const std::vector<pr_segment> parts = {sdk::literal("<"), sdk::document(), sdk::literal(">"),
                                         sdk::document(5, 3)};
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(parts, document.size() + 5);
        return;
      case PR_EVENT_PAYLOAD_SENT:
        a.shutdown_write();
        return;
      case PR_EVENT_WRITTEN:
        a.drain();
        return;
      case PR_EVENT_DRAINED:
        a.read(1);
        return;
      default:
        a.done(PR_OUTCOME_DELIVERED, "ok");
    }
  });
  drive.driver->set_source(&source);
  drive.start();
  ASSERT_TRUE(io.run_until([&] { return peer.ended; }));
  peer.stream->close();
  drive.finish();
  EXPECT_EQ(peer.got, "<" + document + ">" + document.substr(5, 3));
  EXPECT_THAT(drive.script.events,
              ElementsAre("start", "connected", "payload-sent 3000003", "written", "drained", "eof"));
  EXPECT_EQ(drive.result.outcome.document_bytes_sent, 3'000'003u);
  EXPECT_EQ(drive.leaving, 1);
}

struct Framed {
  std::uint32_t framing, coding;
};
class ActionDriverFraming : public ::testing::TestWithParam<Framed> {
 protected:
  IoContext io;
};

std::string unchunk(std::string_view in) {
  std::string out;
  for (;;) {
    const std::size_t end = in.find("\r\n");
    if (end == std::string_view::npos) return out + "<no chunk header>";
    const auto length = std::stoul(std::string(in.substr(0, end)), nullptr, 16);
    in.remove_prefix(end + 2);
    out += in.substr(0, length);
    if (in.size() < length + 2 || in.substr(length, 2) != "\r\n") return out + "<no chunk end>";
    in.remove_prefix(length + 2);
    if (length == 0) return out + std::string(in);
  }
}

std::string inflate_all(const std::string& in, int bits) {
  z_stream z{};
  inflateInit2(&z, bits);
  std::string out(16 << 20, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&z, Z_FINISH);
  out.resize(z.total_out);
  inflateEnd(&z);
  return result == Z_STREAM_END ? out : out + "<damaged>";
}

TEST_P(ActionDriverFraming, GoesOutAsAnnounced) {
  Peer peer(io);
  char path[] = "/tmp/printrouter-net-XXXXXX";
  const int file = ::mkstemp(path);
  ASSERT_GE(file, 0);
  ::unlink(path);
  const std::string document = pattern(2'500'000);
  ASSERT_EQ(::write(file, document.data(), document.size()), static_cast<ssize_t>(document.size()));
  struct FileSource : MemorySource {
    using MemorySource::MemorySource;
    int fd = -1;
    Piece piece(std::uint64_t offset) override {
      Piece p;
      if (offset >= size()) return p;
      p.kind = Piece::Kind::file;
      p.descriptor = fd;
      p.file_offset = offset;
      p.length = size() - offset;
      return p;
    }
  } source(io, document);
  source.fd = file;
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(parts, PR_LENGTH_TO_END, GetParam().framing, GetParam().coding);
        return;
      case PR_EVENT_PAYLOAD_SENT:
        a.shutdown_write();
        return;
      default:
        a.done(PR_OUTCOME_DELIVERED, "ok");
    }
  });
  drive.driver->set_source(&source);
  drive.run();
  ASSERT_TRUE(io.run_until([&] { return peer.ended; }));
  std::string got = GetParam().framing ? unchunk(peer.got) : peer.got;
  if (GetParam().coding == PR_CODING_GZIP) got = inflate_all(got, 16 + MAX_WBITS);
  if (GetParam().coding == PR_CODING_DEFLATE) got = inflate_all(got, MAX_WBITS);
  EXPECT_TRUE(got == document) << got.size();
  EXPECT_EQ(drive.result.outcome.document_bytes_sent, document.size());
  EXPECT_TRUE(drive.result.outcome.document_complete);
  ::close(file);
}
INSTANTIATE_TEST_SUITE_P(All, ActionDriverFraming,
                         ::testing::Values(Framed{0, 0}, Framed{1, 0}, Framed{1, PR_CODING_GZIP},
                                           Framed{0, PR_CODING_GZIP}, Framed{1, PR_CODING_DEFLATE}));

TEST_F(ActionDriverSend, AnAnswerInTheMiddleOfThePayloadIsHeardAtOnce) {
  Peer peer(io, false);  // takes nothing in
  peer.on_connect = [&] { peer.send("HTTP/1.1 403 Forbidden"); };
  MemorySource source(io, pattern(32 << 20));
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(parts, 32 << 20).reading(1000);
        return;
      case PR_EVENT_BYTES:
        a.used(e.bytes.size).done(PR_OUTCOME_REJECTED, "client-error-forbidden");
        return;
      default:
        a.done(PR_OUTCOME_UNKNOWN, "unexpected");
    }
  });
  drive.driver->set_source(&source);
  drive.run();
  EXPECT_THAT(drive.script.events, ElementsAre("start", "connected", "bytes HTTP/1.1 403 Forbidden"));
  EXPECT_EQ(drive.result.outcome.kind, OutcomeKind::rejected);
  EXPECT_GT(drive.result.outcome.document_bytes_sent, 0u);
  EXPECT_FALSE(drive.result.outcome.document_complete);
  // An orderly end in mid-payload would be a lie: the peer sees a reset.
  peer.start_reading();
  ASSERT_TRUE(io.run_until([&] { return peer.ended || !peer.broken.ok(); }));
  EXPECT_FALSE(peer.ended);
}

TEST_F(ActionDriverSend, WhatThePeerSaidBeforeItBrokeComesFirst) {
  Peer peer(io, false);
  MemorySource source(io, pattern(32 << 20));
  peer.on_connect = [&] {
    const std::array<std::string_view, 1> parts{"no"};
    peer.stream->try_write(parts);
    peer.stream->abort();
  };
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(parts, 32 << 20).reading(1000);
        return;
      case PR_EVENT_BYTES:
        a.go_on();
        return;
      default:
        a.done(PR_OUTCOME_UNKNOWN, "broke-off", "", PR_DONE_ABORT);
    }
  });
  drive.driver->set_source(&source);
  drive.run();
  EXPECT_EQ(drive.script.events.back(), "error 3");
  EXPECT_EQ(drive.result.outcome.kind, OutcomeKind::unknown);
  EXPECT_FALSE(drive.result.outcome.document_complete);
}

TEST_F(ActionDriverSend, AStallInThePayloadIsTheProgressTimeout) {
  Peer peer(io, false);
  MemorySource source(io, pattern(32 << 20));
  DriverOptions options;
  options.answer_timeout = Milliseconds(20);
  options.progress_timeout = Milliseconds(120);
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect(kHost, peer.port());
            return;
          case PR_EVENT_CONNECTED:
            a.send_payload(parts, 32 << 20);
            return;
          default:
            a.done(PR_OUTCOME_UNKNOWN, "stalled", "", PR_DONE_ABORT);
        }
      },
      options);
  drive.driver->set_source(&source);
  const auto before = std::chrono::steady_clock::now();
  drive.run();
  EXPECT_GE(std::chrono::steady_clock::now() - before, Milliseconds(120));
  EXPECT_EQ(drive.script.events.back(), "error 2");
}

TEST_F(ActionDriverSend, ADocumentThatStillArrivesIsNoSilenceAndItsBreakNoEnd) {
  Peer peer(io);
  MemorySource source(io, "first part ", false);
  DriverOptions options;
  options.answer_timeout = options.progress_timeout = Milliseconds(40);
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect(kHost, peer.port());
            return;
          case PR_EVENT_CONNECTED:
            a.send_payload(parts, PR_LENGTH_TO_END, PR_FRAMING_HTTP_CHUNKED);
            return;
          default:
            a.done(PR_OUTCOME_NOT_SENT, "submitter-broke-off");
        }
      },
      options);
  drive.driver->set_source(&source);
  drive.start();
  ASSERT_TRUE(io.run_until([&] { return peer.got.ends_with("first part "); }));
  Timer later(io);
  bool time_over = false;
  later.start(Milliseconds(120), [&] { time_over = true; });
  ASSERT_TRUE(io.run_until([&] { return time_over; }));
  EXPECT_FALSE(drive.done);
  source.grow("second", false);
  ASSERT_TRUE(io.run_until([&] { return peer.got.ends_with("second"); }));
  source.break_off();
  drive.finish();
  ASSERT_TRUE(io.run_until([&] { return peer.ended || !peer.broken.ok(); }));
  EXPECT_FALSE(peer.ended) << "the end marker must not reach the peer";
  EXPECT_EQ(peer.got.find("0\r\n\r\n"), std::string::npos);
  EXPECT_EQ(drive.script.events.back(), "error 5");
}

TEST_F(ActionDriverSend, ADocumentShorterThanAnnouncedIsNotSentAsWhole) {
  Peer peer(io);
  MemorySource source(io, "12345");
  const std::vector<pr_segment> parts = {sdk::document()};
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.send_payload(parts, 6);
        return;
      default:
        a.done(PR_OUTCOME_NOT_SENT, "document");
    }
  });
  drive.driver->set_source(&source);
  drive.run();
  EXPECT_EQ(drive.script.events.back(), "error 5");
  EXPECT_FALSE(drive.result.outcome.document_complete);
}

TEST_F(ActionDriverSend, DrainWaitsForThePeersKernel) {
  Peer peer(io, false);
  MemorySource source(io, pattern(64));
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.write("x");
        return;
      case PR_EVENT_WRITTEN:
        a.drain().within(2000);
        return;
      case PR_EVENT_DRAINED:
        a.done(PR_OUTCOME_DELIVERED, "drained");
        return;
      default:
        a.done(PR_OUTCOME_UNKNOWN, "unexpected");
    }
  });
  drive.run();
  EXPECT_EQ(drive.result.outcome.reason, "drained");
}

TEST_F(ActionDriverSend, CancelEndsWhateverIsUnderWay) {
  Peer peer(io);
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect(kHost, peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.read(10).within(10000);
        return;
      case PR_EVENT_CANCEL:
        a.done(PR_OUTCOME_CANCELLED, "cancelled", "", PR_DONE_ABORT);
        return;
      default:
        a.done(PR_OUTCOME_UNKNOWN, "unexpected");
    }
  });
  drive.start();
  ASSERT_TRUE(drive.until("connected"));
  drive.driver->cancel();
  EXPECT_FALSE(drive.done) << "never inside cancel()";
  drive.finish();
  EXPECT_THAT(drive.script.events, ElementsAre("start", "connected", "cancel"));
  EXPECT_EQ(drive.result.outcome.kind, OutcomeKind::cancelled);
  EXPECT_TRUE(drive.result.cancelled);
}

TEST_F(ActionDriverSend, DelegateIsTheFirstActionOfAServer) {
  Drive drive(
      io, [&](const pr_event&, sdk::Action& a) { a.delegate("ipp", "print.example", 631, "/ipp/print"); });
  drive.run();
  ASSERT_TRUE(drive.result.delegate.has_value());
  EXPECT_EQ(drive.result.delegate->protocol, "ipp");
  EXPECT_EQ(drive.result.delegate->target, "print.example");
  EXPECT_EQ(drive.result.delegate->port, 631);
  EXPECT_EQ(drive.result.delegate->queue, "/ipp/print");
  EXPECT_TRUE(drive.script.closed);
}

TEST_F(ActionDriverSend, TheOwnerMayEndTheDriverAtAnyTime) {
  Peer peer(io);
  auto drive = std::make_unique<Drive>(io, [&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.connect(kHost, peer.port());
    else
      a.read(10);
  });
  drive->start();
  ASSERT_TRUE(drive->until("connected"));
  ASSERT_TRUE(io.run_until([&] { return peer.stream != nullptr; }));
  drive.reset();
  ASSERT_TRUE(io.run_until([&] { return peer.ended || !peer.broken.ok(); }));
}

// --- sessions that break the contract ---

struct Culprit {
  const char* name;
  std::string_view finding;
  Script::Step step;
};
class ActionDriverFault : public ::testing::TestWithParam<Culprit> {
 protected:
  IoContext io;
};

TEST_P(ActionDriverFault, IsCaughtAndNamed) {
  Drive drive(io, GetParam().step);
  drive.start();
  if (GetParam().finding == finding::cancel_ignored) drive.driver->cancel();
  drive.finish();
  EXPECT_EQ(drive.result.finding, GetParam().finding) << drive.result.finding_text;
  EXPECT_EQ(drive.result.outcome.kind, OutcomeKind::unknown);
  EXPECT_TRUE(drive.script.closed);
}
INSTANTIATE_TEST_SUITE_P(
    All, ActionDriverFault,
    ::testing::Values(
        Culprit{"loop", finding::step_loop, [](const pr_event&, sdk::Action& a) { a.close_connection(); }},
        Culprit{"no_action", finding::action_invalid, [](const pr_event&, sdk::Action& a) { a.kind = 0; }},
        Culprit{"unknown_action", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.kind = 99; }},
        Culprit{"small_struct", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.wait(1).struct_size = 8; }},
        Culprit{"connection", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.wait(1).on(4); }},
        Culprit{"consumed", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.wait(1).used(1); }},
        Culprit{"continue", finding::action_invalid, [](const pr_event&, sdk::Action& a) { a.go_on(); }},
        Culprit{"read_nothing", finding::action_invalid, [](const pr_event&, sdk::Action& a) { a.read(10); }},
        Culprit{"request", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.request(1, {}); }},
        Culprit{"port", finding::action_invalid,
                [](const pr_event&, sdk::Action& a) { a.connect("x", 70000); }},
        Culprit{"outcome", finding::outcome_invalid,
                [](const pr_event&, sdk::Action& a) { a.done(77, "x"); }},
        Culprit{"cancel", finding::cancel_ignored, [](const pr_event&, sdk::Action& a) { a.wait(10000); }}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(ActionDriverSend, AStepThatFailsEndsTheSession) {
  Drive drive(io, [](const pr_event&, sdk::Action& a) { a.wait(1); });
  drive.script.answer = PR_ERROR;
  drive.run();
  EXPECT_EQ(drive.result.finding, finding::action_invalid);
}

TEST_F(ActionDriverSend, AWatchTellsOfChangesAndAsksForNothingElse) {
  Peer peer(io);
  DriverOptions options;
  options.watches = true;
  int told = 0;
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect(kHost, peer.port());
            return;
          case PR_EVENT_CONNECTED:
          case PR_EVENT_REPLY:
            a.read(100);
            if (told == 1) peer.send("again");
            return;
          case PR_EVENT_BYTES:
            a.request(PR_OP_CHANGED, {}).used(e.bytes.size);
            return;
          default:
            a.done(PR_OUTCOME_NOT_SENT, "ended");
        }
      },
      options);
  drive.request = [&](std::uint32_t op, pr_attrs) {
    EXPECT_EQ(op, static_cast<std::uint32_t>(PR_OP_CHANGED));
    ++told;
    drive.driver->answer({});
  };
  peer.on_connect = [&] { peer.send("news"); };
  drive.start();
  ASSERT_TRUE(io.run_until([&] { return told == 2; }));
  drive.driver->cancel();
  EXPECT_EQ(drive.finish().outcome.reason, "ended");

  Drive other(
      io, [](const pr_event&, sdk::Action& a) { a.request(PR_OP_CREATE_JOB, {}); }, options);
  EXPECT_EQ(other.run().finding, finding::action_invalid);
}

TEST_F(ActionDriverSend, TheTraceSaysWhatWasSaid) {
  Peer peer(io);
  std::vector<std::string> lines;
  SessionTrace trace([&](const std::string& line) { lines.push_back(line); }, 4);
  DriverOptions options;
  options.trace = &trace;
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        if (e.kind == PR_EVENT_START)
          a.connect(kHost, peer.port());
        else if (e.kind == PR_EVENT_CONNECTED)
          a.write("ab\ncdef");
        else
          a.done(PR_OUTCOME_DELIVERED, "ok");
      },
      options);
  drive.run();
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "< start 0");
  EXPECT_THAT(lines[1], HasSubstr("> connect 0 \"127.\" and 5 bytes more port="));
  EXPECT_EQ(lines[3], "> write 0 \"ab\\nc\" and 3 bytes more");
  EXPECT_EQ(lines[5], "> done 0 delivered \"ok\"");
}

}  // namespace
}  // namespace printrouter::net
