// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/server.hpp>
#include <printrouter/testing.hpp>

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::queue {
namespace {

using sdk::attr_integer;
using sdk::attr_text;
using ::testing::HasSubstr;
using Target = std::vector<pr_attr>;

class QueueTest : public ::testing::Test {
 protected:
  std::string check(const Target& target) {
    const pr_attrs attrs{target.data(), target.size()};
    char error[512];
    size_t size = 0;
    facts = {};
    const pr_status status = table->check(plugin.get(), &attrs, &facts, error, sizeof error, &size);
    EXPECT_EQ(status, size ? PR_INVALID : PR_OK);
    return {error, size};
  }
  std::string first_action(uint32_t operation, const Target& target) {
    pr_send_request send{};
    send.struct_size = sizeof send;
    pr_server_request request{};
    request.struct_size = sizeof request;
    request.operation = operation;
    request.target = {target.data(), target.size()};
    request.send = &send;
    testing::Conversation talk(plugin, *table, request);
    std::string words = talk.start();
    const sdk::Attributes with(talk.last().attributes);
    return words + " tls=" + std::to_string(with.integer("tls", -1));
  }
  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_server* table = plugin.extension<pr_server>(PR_SERVER_ID);
  pr_server_facts facts{};
};

TEST_F(QueueTest, delegates_to_the_protocol_with_its_usual_port_and_queue) {
  EXPECT_EQ(first_action(PR_SERVER_DELIVER, {attr_text("protocol", "ipp"), attr_text("host", "srv")}),
            "delegate ipp srv:631 /ipp/print tls=0");
  EXPECT_EQ(first_action(PR_SERVER_DELIVER, {attr_text("protocol", "lpr"), attr_text("host", "srv")}),
            "delegate lpr srv:515 lp tls=0");
  EXPECT_EQ(first_action(PR_SERVER_QUERY,
                         {attr_text("protocol", "ipp"), attr_text("host", "srv"), attr_integer("port", 8631),
                          attr_text("queue", "/printers/all"), attr_integer("tls", 1)}),
            "delegate ipp srv:8631 /printers/all tls=1");
}

TEST_F(QueueTest, probes_the_jobs_address_or_the_one_that_is_stated) {
  EXPECT_EQ(first_action(PR_SERVER_PROBE,
                         {attr_text("protocol", "lpr"), attr_text("host", "srv"), attr_text("queue", "all")}),
            "delegate lpr srv:515 all tls=0");
  EXPECT_EQ(first_action(PR_SERVER_PROBE, {attr_text("protocol", "raw"), attr_text("host", "srv"),
                                           attr_integer("probe.port", 443)}),
            "delegate raw srv:443 tls=0");
  EXPECT_EQ(
      first_action(PR_SERVER_PROBE, {attr_text("protocol", "raw"), attr_text("host", "srv"),
                                     attr_text("probe.protocol", "ipp"), attr_text("probe.host", "web")}),
      "delegate ipp web:631 /ipp/print tls=0");
  EXPECT_EQ(first_action(PR_SERVER_DELIVER, {attr_text("protocol", "raw"), attr_text("host", "srv"),
                                             attr_integer("probe.port", 443)}),
            "delegate raw srv:9100 tls=0");
}

TEST_F(QueueTest, what_nobody_stated_is_taken_carefully) {
  EXPECT_EQ(check({attr_text("protocol", "lpr"), attr_text("host", "srv")}), "");
  EXPECT_EQ(facts.holds_on_arrival, 0u);
  EXPECT_EQ(facts.truncated_discards, 0u);
  EXPECT_EQ(facts.unknown_length, 0u);
  EXPECT_EQ(facts.can_void, 0u);
}

TEST_F(QueueTest, stated_facts) {
  EXPECT_EQ(check({attr_text("protocol", "ipp"), attr_text("host", "srv"), attr_text("on-arrival", "hold"),
                   attr_text("truncated", "discards")}),
            "");
  EXPECT_EQ(facts.holds_on_arrival, 1u);
  EXPECT_EQ(facts.truncated_discards, 1u);
  EXPECT_EQ(facts.unknown_length, 1u);
  EXPECT_EQ(check({attr_text("protocol", "ipp"), attr_text("host", "srv"), attr_text("truncated", "keeps")}),
            "");
  EXPECT_EQ(facts.truncated_discards, 0u);
  EXPECT_EQ(check({attr_text("protocol", "lpr"), attr_text("host", "srv"),
                   attr_integer("unknown-length", 1, PR_ATTR_BOOLEAN)}),
            "");
  EXPECT_EQ(facts.unknown_length, 1u);
}

TEST_F(QueueTest, errors_name_the_field_and_what_was_expected) {
  const pr_attr lpr = attr_text("protocol", "lpr"), ipp = attr_text("protocol", "ipp"),
                raw = attr_text("protocol", "raw"), srv = attr_text("host", "srv");
  const std::pair<Target, const char*> cases[] = {
      {{srv}, "protocol: missing, expected \"raw\", \"lpr\" or \"ipp\""},
      {{attr_text("protocol", "smb"), srv}, "protocol: \"smb\", expected \"raw\", \"lpr\" or \"ipp\""},
      {{ipp}, "host: missing, expected a host name or an address"},
      {{ipp, attr_text("host", "a b")}, "host: \"a b\", expected a host name or an address"},
      {{ipp, srv, attr_integer("port", 70000)}, "port: \"70000\", expected a port number 1..65535"},
      {{ipp, srv, attr_text("queue", "ipp")},
       "queue: \"ipp\", expected the path of an IPP queue, such as \"/ipp/print\""},
      {{lpr, srv, attr_text("queue", "a b")},
       "queue: \"a b\", expected an LPR queue name without blanks, at most 255 bytes"},
      {{raw, srv, attr_text("queue", "q")}, "queue: \"q\", expected none: a RAW port has no queue"},
      {{ipp, srv, attr_integer("tls", 7)}, "tls: \"7\", expected true, false or \"upgrade\""},
      {{lpr, srv, attr_integer("tls", 2)},
       "tls: \"upgrade\", expected true or false: only IPP can upgrade a connection"},
      {{ipp, srv, attr_text("on-arrival", "park")},
       "on-arrival: \"park\", expected one of \"hold\", \"print\""},
      {{ipp, srv, attr_text("truncated", "x")},
       "truncated: \"x\", expected one of \"discards\", \"keeps\", \"prints\""},
      {{raw, srv}, "probe.port: missing, expected the port of a service that answers"},
      {{raw, srv, attr_text("probe.protocol", "tcp")},
       "probe.port: missing, expected the port that a probe connects to"},
      {{ipp, srv, attr_text("probe.protocol", "smb")},
       "probe.protocol: \"smb\", expected \"tcp\", \"lpr\" or \"ipp\""},
  };
  for (const auto& [target, expected] : cases) EXPECT_THAT(check(target), HasSubstr(expected));
}

TEST_F(QueueTest, error_is_cut_to_the_room_there_is) {
  const pr_attrs none{nullptr, 0};
  char error[4];
  size_t size = 0;
  EXPECT_EQ(table->check(plugin.get(), &none, &facts, error, sizeof error, &size), PR_INVALID);
  EXPECT_EQ(std::string(error, size), "prot");
}

TEST_F(QueueTest, has_no_snapshot_no_report_and_voids_by_ipp_only) {
  const Target lpr = {attr_text("protocol", "lpr"), attr_text("host", "srv")};
  for (uint32_t operation : {PR_SERVER_SNAPSHOT, PR_SERVER_REPORT, PR_SERVER_WATCH, PR_SERVER_VOID}) {
    pr_server_request request{};
    request.struct_size = sizeof request;
    request.operation = operation;
    request.target = {lpr.data(), lpr.size()};
    pr_session* session = nullptr;
    EXPECT_EQ(table->open(plugin.get(), &request, &session), PR_UNSUPPORTED);
  }
  EXPECT_EQ(first_action(PR_SERVER_VOID, {attr_text("protocol", "ipp"), attr_text("host", "srv")}),
            "delegate ipp srv:631 /ipp/print tls=0");
}

}  // namespace
}  // namespace printrouter::queue
