// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <printrouter/abi/receiver.h>

#include "net/dialer.hpp"
#include "net/payload_coder.hpp"
#include "unit/net/net_test_kit.hpp"

namespace printrouter::net {
namespace {

using ::testing::ElementsAre;

class Sink : public PayloadSink {
 public:
  Status write(std::string_view data) override {
    if (data_.size() + data.size() > limit) return fail(failure, "no more");
    data_ += data;
    return {};
  }
  std::span<char> room(std::size_t wanted) override {
    room_.assign(wanted, '?');
    return room_;
  }
  Status filled(std::size_t bytes) override {
    in_place += bytes;
    return write({room_.data(), bytes});
  }
  bool ready(Callback resume) override {
    if (open) return true;
    resume_ = std::move(resume);
    return false;
  }
  void reopen() {
    open = true;
    if (resume_) std::exchange(resume_, nullptr)();
  }
  bool asked() const { return static_cast<bool>(resume_); }
  const std::string& data() const { return data_; }
  std::size_t limit = SIZE_MAX;
  ErrorCode failure = ErrorCode::limit;
  bool open = true;
  std::size_t in_place = 0;

 private:
  std::string data_;
  std::vector<char> room_;
  Callback resume_;
};

/// A receiver session behind a real accepted connection; the test is the client.
class ActionDriverReceive : public ::testing::Test {
 protected:
  void serve(Script::Step step, DriverOptions options = {}) {
    options.receiver = true;
    drive = std::make_unique<Drive>(io, std::move(step), options);
    drive->sink = &sink;
    drive->request = [this](std::uint32_t op, pr_attrs) {
      requests.push_back(op);
      if (answer_at_once && op == PR_OP_COMMIT) answer.kind = RequestAnswer::Kind::committed;
      if (answer_at_once) drive->driver->answer(answer);
    };
    auto opened = Listener::tcp(io, "127.0.0.1", 0);
    ASSERT_TRUE(opened) << opened.error().message();
    listener = std::move(*opened);
    listener->start([this](StreamPtr s) {
      drive->driver->set_connection(std::move(s));
      drive->start();
    });
    dialer.connect("127.0.0.1", listener->local().port, [this](const IoStatus& status, StreamPtr s) {
      ASSERT_TRUE(status.ok()) << status.text;
      client = std::move(s);
    });
    ASSERT_TRUE(io.run_until([this] { return client && !drive->script.events.empty(); }));
  }
  void send(std::string data) {
    kept.push_back(std::make_unique<std::string>(std::move(data)));
    client->write_all(*kept.back(), [this](const IoStatus&) { ++sent; });
  }
  std::string hear() {
    std::string heard;
    bool over = false;
    std::vector<char> block(1024);
    std::function<void()> read = [&] {
      client->read_some(block, [&](const IoStatus& status, std::size_t n) {
        heard.append(block.data(), n);
        over = !status.ok() || n == 0;
        if (!status.ok()) heard += "<" + std::string(to_string(status.fault)) + ">";
        if (!over) read();
      });
    };
    read();
    EXPECT_TRUE(io.run_until([&] { return over; }));
    return heard;
  }

  IoContext io;
  Sink sink;
  std::unique_ptr<Drive> drive;
  std::unique_ptr<Listener> listener;
  Dialer dialer{io};
  StreamPtr client;
  std::vector<std::unique_ptr<std::string>> kept;
  std::vector<std::uint32_t> requests;
  RequestAnswer answer;
  bool answer_at_once = true;
  int sent = 0;
};

TEST_F(ActionDriverReceive, APayloadBeginsWithWhatWasReadAndNotConsumed) {
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.read(100);
        return;
      case PR_EVENT_BYTES:
        a.used(4).receive_payload(6);
        return;
      case PR_EVENT_PAYLOAD_RECEIVED:
        if (e.count == 6)
          a.receive_payload(PR_LENGTH_TO_END);
        else
          a.write("thanks");
        return;
      default:
        a.done();
    }
  });
  send("headabc");
  ASSERT_TRUE(io.run_until([&] { return sink.data() == "abc"; }));
  send("defREST");
  ASSERT_TRUE(io.run_until([&] { return sent == 2; }));
  client->try_shutdown_write();
  drive->finish();
  EXPECT_EQ(sink.data(), "abcdefREST");
  EXPECT_THAT(drive->script.events,
              ElementsAre("start", "bytes headabc", "payload-received 6", "payload-received 4", "written"));
  EXPECT_EQ(hear(), "thanks");
}

TEST_F(ActionDriverReceive, ALargeDocumentIsReadIntoTheSinksOwnRoom) {
  serve([&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.receive_payload(PR_LENGTH_TO_END);
    else
      a.done();
  });
  std::string document(3'000'000, ' ');
  for (std::size_t i = 0; i < document.size(); ++i) document[i] = static_cast<char>(i * i >> 7);
  send(document);
  ASSERT_TRUE(io.run_until([&] { return sent == 1; }));
  client->try_shutdown_write();
  drive->finish();
  EXPECT_TRUE(sink.data() == document);
  EXPECT_GT(sink.in_place, document.size() / 2);
}

TEST_F(ActionDriverReceive, AnEndBeforeTheCountIsFullIsToldAsEof) {
  serve([&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.receive_payload(100);
    else
      a.done(PR_DONE_KEEP_INCOMPLETE);
  });
  send("only this");
  ASSERT_TRUE(io.run_until([&] { return sent == 1; }));
  client->close();
  drive->finish();
  EXPECT_THAT(drive->script.events, ElementsAre("start", "eof 9"));
  EXPECT_EQ(drive->result.flags, PR_DONE_KEEP_INCOMPLETE);
}

TEST_F(ActionDriverReceive, AResetIsNoEnd) {
  serve([&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.receive_payload(PR_LENGTH_TO_END);
    else
      a.done(PR_DONE_ABORT | PR_DONE_KEEP_INCOMPLETE);
  });
  send("half");
  ASSERT_TRUE(io.run_until([&] { return sink.data() == "half"; }));
  client->abort();
  drive->finish();
  EXPECT_THAT(drive->script.events, ElementsAre("start", "error 3"));
}

TEST_F(ActionDriverReceive, RequestsAreAnsweredInsideOrLater) {
  const std::vector<pr_attr> facts = {sdk::attr_integer("job-id", 7)};
  answer.attributes = {facts.data(), facts.size()};
  std::int64_t told = 0;
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.request(PR_OP_CREATE_JOB, {});
        return;
      case PR_EVENT_REPLY:
        told = sdk::Attributes(e.attributes).integer("job-id", 0);
        a.request(PR_OP_COMMIT, {});
        return;
      case PR_EVENT_COMMITTED:
        a.request(PR_OP_GET_JOB, {});
        return;
      default:
        a.done();
    }
  });
  drive->finish();
  EXPECT_EQ(told, 7);
}

TEST_F(ActionDriverReceive, ASessionThatOnlyAsksTheHostGoesInCircles) {
  serve([&](const pr_event&, sdk::Action& a) { a.request(PR_OP_GET_JOBS, {}); });
  drive->finish();
  EXPECT_EQ(drive->result.finding, finding::step_loop);
}

TEST_F(ActionDriverReceive, ALateAnswerAndARefusal) {
  answer_at_once = false;
  std::string why;
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.request(PR_OP_CREATE_JOB, {});
        return;
      case PR_EVENT_COMMITTED:
        a.request(PR_OP_GET_JOB, {});
        return;
      default:
        why = sdk::view(e.text);
        a.done();
    }
  });
  ASSERT_EQ(requests.size(), 1u);
  answer.kind = RequestAnswer::Kind::committed;
  answer.job_id = 12;
  drive->driver->answer(answer);
  drive->driver->answer(answer);  // twice: the second is ignored
  ASSERT_TRUE(io.run_until([&] { return requests.size() == 2; }));
  answer.kind = RequestAnswer::Kind::refused;
  answer.refusal = PR_REFUSED_BUSY;
  answer.text = "later";
  drive->driver->answer(answer);
  drive->finish();
  EXPECT_THAT(drive->script.events, ElementsAre("start", "committed 12", "refused 7"));
  EXPECT_EQ(why, "later");
}

TEST_F(ActionDriverReceive, TheSinkHoldsTheClientBack) {
  sink.open = false;
  DriverOptions options;
  options.progress_timeout = Milliseconds(50);  // our own disk is no silence of the client
  serve(
      [&](const pr_event& e, sdk::Action& a) {
        if (e.kind == PR_EVENT_START)
          a.receive_payload(5);
        else
          a.done();
      },
      options);
  send("12345");
  ASSERT_TRUE(io.run_until([&] { return sink.asked(); }));
  bool time_over = false;
  Timer later(io);
  later.start(Milliseconds(100), [&] { time_over = true; });
  ASSERT_TRUE(io.run_until([&] { return time_over; }));
  EXPECT_EQ(sink.data(), "");
  EXPECT_FALSE(drive->done);
  sink.reopen();
  drive->finish();
  EXPECT_EQ(sink.data(), "12345");
}

struct SinkFailure {
  ErrorCode code;
  const char* event;
};
class ActionDriverSinkFailure : public ActionDriverReceive,
                                public ::testing::WithParamInterface<SinkFailure> {};

TEST_P(ActionDriverSinkFailure, IsToldInTheContractsWords) {
  sink.limit = 3;
  sink.failure = GetParam().code;
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.receive_payload(PR_LENGTH_TO_END);
        return;
      case PR_EVENT_WRITTEN:
        a.done();
        return;
      default:
        a.write("sorry");
    }
  });
  send(pattern(2'000'000));
  EXPECT_EQ(hear(), "sorry") << "the answer reaches a client that is still sending";
  drive->finish();
  EXPECT_THAT(drive->script.events, ElementsAre("start", GetParam().event, "written"));
}
INSTANTIATE_TEST_SUITE_P(All, ActionDriverSinkFailure,
                         ::testing::Values(SinkFailure{ErrorCode::limit, "refused 6"},
                                           SinkFailure{ErrorCode::disk_full, "refused 7"},
                                           SinkFailure{ErrorCode::io, "error 7"}));

std::string coded(std::uint32_t coding, std::string_view data) {
  std::string out;
  PayloadEncoder(coding).feed(data, true, out);
  return out;
}

TEST_F(ActionDriverReceive, OneCodingStreamOverSeveralPayloads) {
  const std::string document = pattern(300'000);
  const std::string packed = coded(PR_CODING_GZIP, document);
  const std::size_t half = packed.size() / 2;
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.request(PR_OP_ADD_DOCUMENT, {});
        return;
      case PR_EVENT_REPLY:
        a.receive_payload(half, PR_CODING_GZIP);
        return;
      case PR_EVENT_PAYLOAD_RECEIVED:
        if (e.count == half && sink.data().size() < document.size())
          a.receive_payload(packed.size() - half, PR_CODING_GZIP);
        else
          a.done();
        return;
      default:
        a.done(PR_DONE_ABORT);
    }
  });
  send(packed);
  drive->finish();
  EXPECT_TRUE(sink.data() == document);
}

TEST_F(ActionDriverReceive, ACodedDocumentThatEndsTooEarlyIsNotCommitted) {
  const std::string packed = coded(PR_CODING_DEFLATE, pattern(100'000));
  serve([&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.receive_payload(packed.size() - 9, PR_CODING_DEFLATE);
        return;
      case PR_EVENT_PAYLOAD_RECEIVED:
        a.request(PR_OP_COMMIT, {});
        return;
      default:
        a.done();
    }
  });
  send(packed);
  drive->finish();
  EXPECT_EQ(drive->script.events.back(), "error 6");
  EXPECT_TRUE(requests.empty());
}

TEST_F(ActionDriverReceive, ABombIsRefused) {
  const std::string packed = coded(PR_CODING_GZIP, std::string(8 << 20, 'x'));
  DriverOptions options;
  options.decoded_limit = 1 << 20;
  serve(
      [&](const pr_event& e, sdk::Action& a) {
        if (e.kind == PR_EVENT_START)
          a.receive_payload(packed.size(), PR_CODING_GZIP);
        else
          a.done();
      },
      options);
  send(packed);
  drive->finish();
  EXPECT_EQ(drive->script.events.back(), "refused 6");
  EXPECT_LE(sink.data().size(), std::size_t{1} << 20);
}

TEST_F(ActionDriverReceive, DamageIsADecodeError) {
  std::string packed = coded(PR_CODING_GZIP, pattern(10'000));
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
  serve([&](const pr_event& e, sdk::Action& a) {
    if (e.kind == PR_EVENT_START)
      a.receive_payload(packed.size(), PR_CODING_GZIP);
    else
      a.done();
  });
  send(packed);
  drive->finish();
  EXPECT_EQ(drive->script.events.back(), "error 6");
}

TEST_F(ActionDriverReceive, AHeaderThatTricklesInRunsOutOfTime) {
  DriverOptions options;
  options.answer_timeout = Milliseconds(100);
  serve(
      [&](const pr_event& e, sdk::Action& a) {
        if (e.kind == PR_EVENT_IO_ERROR)
          a.done(PR_DONE_ABORT);
        else
          a.read(1000);
      },
      options);
  Timer trickle(io);
  std::function<void()> more = [&] {
    if (drive->done) return;
    send("x");
    trickle.start(Milliseconds(20), more);
  };
  more();
  drive->finish();
  EXPECT_EQ(drive->script.events.back(), "error 2");
  EXPECT_LT(drive->script.events.size(), 12u);
}

TEST(PayloadCoder, UnderstandsRawDeflateAndJoinedGzip) {
  const std::string a = coded(PR_CODING_GZIP, "one "), b = coded(PR_CODING_GZIP, "two");
  std::string out;
  const auto keep = [&](std::string_view data) -> Status {
    out += data;
    return {};
  };
  PayloadDecoder joined(PR_CODING_GZIP, 1000);
  ASSERT_TRUE(joined.feed(a + b, keep));
  EXPECT_TRUE(joined.at_end());
  EXPECT_EQ(out, "one two");

  out.clear();
  const std::string zlib = coded(PR_CODING_DEFLATE, "three");
  PayloadDecoder raw(PR_CODING_DEFLATE, 1000);
  ASSERT_TRUE(
      raw.feed(zlib.substr(2, 1), keep));  // without the two bytes of RFC 1950 and, later, its checksum
  ASSERT_TRUE(raw.feed(zlib.substr(3, zlib.size() - 7), keep));
  EXPECT_EQ(out, "three");
  EXPECT_TRUE(raw.at_end());
  EXPECT_FALSE(raw.feed("more", keep)) << "data behind the end";

  PayloadDecoder nothing(PR_CODING_GZIP, 1000);
  EXPECT_TRUE(nothing.at_end());
}

}  // namespace
}  // namespace printrouter::net
