// SPDX-License-Identifier: Apache-2.0
// Many desktops that come back to the management server at once, each with its claims of the outage.
//
//   bench_fleet_clients --port P --token TOKEN --desktops 10000 --claims 20 --connections 500 [--first
//   NUMBER]
//     enrols them (fleet token) and prints {"enrolled": …}; reads one line from stdin; reports all ledgers, a
//     tenth of them twice, as after a lost answer; prints one object with the figures.
//   bench_fleet_clients --ceiling DATABASE --rows 200000 --commit 5000
//     how fast rows like a claim's go into a bare table: multi-row INSERT … ON CONFLICT, as many a commit.
// DATABASE: a file, or postgresql://…
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "model/claim.hpp"
#include "server/database.hpp"

namespace {
using namespace printrouter;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_fleet_clients: %s\n", why.c_str());
  std::exit(1);
}

struct Options {
  std::uint16_t port = 0;
  std::string token, ceiling;
  std::size_t desktops = 100, claims = 20, connections = 100, rows = 10'000, commit = 1000, devices = 500,
              first = 0;
};

Options options_of(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  Options o;
  const auto number = [&](const char* name, auto& into) {
    if (given.contains(name)) into = static_cast<std::decay_t<decltype(into)>>(std::stoul(given[name]));
  };
  number("--port", o.port);
  number("--desktops", o.desktops);
  number("--claims", o.claims);
  number("--connections", o.connections);
  number("--rows", o.rows);
  number("--commit", o.commit);
  number("--devices", o.devices);
  number("--first", o.first);
  o.token = given["--token"];
  o.ceiling = given["--ceiling"];
  return o;
}

struct Answer {
  int status = 0;
  std::string body;
};

/// One request on a connection of its own, as the desktop's plugin does it. status 0: the connection broke.
Answer ask(std::uint16_t port, const std::string& path, const std::string& key, const std::string& body) {
  Answer out;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::string request = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  if (!key.empty()) request += "Authorization: Bearer " + key + "\r\n";
  request += "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    std::size_t sent = 0;
    while (sent < request.size()) {
      const ssize_t n = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    std::string text;
    char block[16384];
    for (ssize_t n; (n = ::recv(fd, block, sizeof block, 0)) > 0;)
      text.append(block, static_cast<std::size_t>(n));
    if (text.starts_with("HTTP/1.1 ")) {
      out.status = std::atoi(text.c_str() + 9);
      const auto end = text.find("\r\n\r\n");
      if (end != std::string::npos) out.body = text.substr(end + 4);
    }
  }
  ::close(fd);
  return out;
}

struct Desktop {
  std::string key, ledger;
  double done = 0, took = 0;  ///< seconds: since all began; of its own request
  bool acknowledged = false;
};

std::string uuid_of(std::mt19937_64& random) {
  char text[40];
  const std::uint64_t a = random(), b = random();
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx", static_cast<unsigned>(a >> 32),
                static_cast<unsigned>(a >> 16 & 0xffff), static_cast<unsigned>(a & 0xfff),
                static_cast<unsigned>(b >> 48 & 0xfff), static_cast<unsigned long long>(b & 0xffffffffffff));
  return text;
}

ledger::Claim claim_of(std::size_t desktop, std::size_t number, const Options& o, std::mt19937_64& random) {
  ledger::Claim c;
  c.job_uuid = *Uuid::parse(uuid_of(random));
  c.attempt = 1;
  c.user = "user" + std::to_string(desktop * 2 / 3);
  c.user_evidence = UserEvidence::owner;
  c.device = "device" + std::to_string(random() % o.devices);
  c.device_name = "Printer on floor " + std::to_string(random() % 9);
  c.port = {"raw", 9100, "", Tls::none, PortClass::plain};
  c.counted_by = CountedBy::client;
  c.pages = {static_cast<std::int64_t>(random() % 12 + 1), 0, {}, {}};
  c.sides = "two-sided-long-edge";
  c.media = "iso_a4_210x297mm";
  c.price = {Money{static_cast<std::int64_t>(random() % 9000)}, "EUR"};
  c.evidence = ledger::Evidence::document;
  c.confidence = ledger::Confidence::exact;
  c.outcome = OutcomeKind::delivered;
  c.reason = "routing.only-used";
  c.title = "Quarterly report " + std::to_string(number);
  // Over the eight hours of the outage.
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  c.ended = Timestamp{now - static_cast<std::int64_t>(random() % (8 * 3600 * 1000))};
  c.accepted = c.started = Timestamp{c.ended.ms - 2000};
  return c;
}

std::string batch_of(std::size_t desktop, const Desktop& d, const Options& o) {
  std::mt19937_64 random(desktop * 7919 + 17);
  std::string body = "{\"ledger\":\"" + d.ledger + "\",\"entries\":[";
  for (std::size_t i = 0; i < o.claims; ++i) {
    const ledger::Claim c = claim_of(desktop, i, o, random);
    if (i) body += ',';
    body += "{\"seq\":" + std::to_string(i + 1) + ",\"kind\":\"claim\",\"job\":\"" + c.job_uuid.to_string() +
            "\",\"attempt\":1,\"content\":" + ledger::encode(c) + "}";
  }
  return body + "]}";
}

/// Runs `work(i)` for each i below `count` on `threads` threads, in order of i.
void side_by_side(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> running;
  for (std::size_t t = 0; t < std::min(threads, count); ++t)
    running.emplace_back([&] {
      for (std::size_t i; (i = next++) < count;) work(i);
    });
  for (std::thread& t : running) t.join();
}

json spread(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {{"first", at(0)}, {"median", at(0.5)}, {"p99", at(0.99)}, {"last", at(1)}};
}

int fleet(const Options& o) {
  std::vector<Desktop> desktops(o.desktops);
  const auto enrolling = Clock::now();
  side_by_side(o.desktops, o.connections, [&](std::size_t i) {
    std::mt19937_64 random(o.first + i + 1);
    desktops[i].ledger = uuid_of(random);
    const Answer a = ask(o.port, "/api/v1/enrolments", "",
                         json{{"token", o.token},
                              {"host_name", "desktop" + std::to_string(o.first + i)},
                              {"ledger", desktops[i].ledger},
                              {"version", "bench"}}
                             .dump());
    if (a.status != 201) give_up("enrolment: " + std::to_string(a.status) + " " + a.body);
    desktops[i].key = json::parse(a.body).at("key").get<std::string>();
  });
  std::cout << json{{"enrolled", o.desktops}, {"seconds", seconds_since(enrolling)}} << std::endl;
  std::string line;
  std::getline(std::cin, line);

  std::atomic<std::size_t> refused{0}, again{0};
  const auto start = Clock::now();
  side_by_side(o.desktops, o.connections, [&](std::size_t i) {
    Desktop& d = desktops[i];
    const std::string body = batch_of(o.first + i, d, o);
    const auto began = Clock::now();
    for (int turn = 0; turn < (i % 10 == 0 ? 2 : 1); ++turn) {
      Answer a;
      // As the desktop does it: what was not answered is sent again.
      for (int attempt = 0; attempt < 20 && (a.status == 0 || a.status == 503); ++attempt) {
        if (attempt) ++again;
        a = ask(o.port, "/api/v1/desktop/ledger", d.key, body);
      }
      if (a.status != 200) {
        ++refused;
        continue;
      }
      const json answer = json::parse(a.body);
      d.acknowledged =
          answer.at("acknowledged") == json::array({{1, o.claims}}) && answer.at("rejected").empty();
    }
    d.took = seconds_since(began);
    d.done = seconds_since(start);
  });
  const double seconds = seconds_since(start);
  std::vector<double> done, took;
  std::size_t unacknowledged = 0;
  for (const Desktop& d : desktops) {
    done.push_back(d.done);
    took.push_back(d.took);
    if (!d.acknowledged) ++unacknowledged;
  }
  std::cout << json{{"desktops", o.desktops},
                    {"claims", o.desktops * o.claims},
                    {"seconds", seconds},
                    {"claims_per_second", static_cast<double>(o.desktops * o.claims) / seconds},
                    {"unacknowledged", unacknowledged},
                    {"refused", refused.load()},
                    {"sent_again", again.load()},
                    {"done_after", spread(done)},
                    {"request_took", spread(took)}}
            << std::endl;
  return unacknowledged == 0 ? 0 : 1;
}

int ceiling(const Options& o) {
  auto db = server::Database::open(o.ceiling);
  if (!db) give_up(db.error().message());
  const auto must = [](const auto& result) {
    if (!result) give_up(result.error().message());
  };
  must((*db)->execute("DROP TABLE IF EXISTS bench_ceiling"));
  must((*db)->execute(
      "CREATE TABLE bench_ceiling (ledger TEXT NOT NULL, seq BIGINT NOT NULL, content TEXT NOT NULL, "
      "received BIGINT NOT NULL, PRIMARY KEY (ledger, seq))"));
  std::mt19937_64 random(5);
  std::vector<server::Values> rows;
  std::string ledger_id;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < o.rows; ++i) {
    if (i % o.claims == 0) ledger_id = uuid_of(random);
    const std::string content = ledger::encode(claim_of(i / o.claims, i, o, random));
    bytes += content.size();
    rows.push_back({ledger_id, static_cast<std::int64_t>(i % o.claims + 1), content, std::int64_t{1}});
  }
  const auto start = Clock::now();
  for (std::size_t from = 0; from < rows.size(); from += o.commit) {
    must((*db)->begin());
    must((*db)->insert_many("INSERT INTO bench_ceiling (ledger, seq, content, received)", 4,
                            std::span(rows).subspan(from, std::min(o.commit, rows.size() - from)),
                            "ON CONFLICT (ledger, seq) DO NOTHING"));
    must((*db)->commit());
  }
  const double seconds = seconds_since(start);
  const auto count = (*db)->query("SELECT COUNT(*) FROM bench_ceiling");
  must(count);
  if (static_cast<std::size_t>(count->front().integer(0)) != o.rows) give_up("the ceiling lost rows");
  must((*db)->execute("DROP TABLE bench_ceiling"));
  std::cout << json{{"rows", o.rows},
                    {"commit", o.commit},
                    {"bytes_a_row", bytes / std::max<std::size_t>(o.rows, 1)},
                    {"rows_per_second", static_cast<double>(o.rows) / seconds}}
            << std::endl;
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  const Options o = options_of(argc, argv);
  return o.ceiling.empty() ? fleet(o) : ceiling(o);
}
