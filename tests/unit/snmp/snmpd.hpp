// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Debian's own agent on a loopback port, as the device's.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "env/child_process.hpp"

namespace printrouter::test {

class Snmpd {
 public:
  /// False, with a test failure: it does not start.
  bool start(const std::string& configuration) {
    std::string pattern = (std::filesystem::temp_directory_path() / "printrouter-snmp-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) return false;
    folder_ = pattern;
    port_ = free_port();
    ::setenv("SNMP_PERSISTENT_DIR", folder_.c_str(), 1);
    std::ofstream(folder_ + "/snmpd.conf") << configuration;
    auto started = env::ChildProcess::start(
        "/usr/sbin/snmpd", {"-f", "-Lo", "-C", "-c", folder_ + "/snmpd.conf", "-p", folder_ + "/pid", "-I",
                            "-system_mib", "udp:127.0.0.1:" + std::to_string(port_)});
    EXPECT_TRUE(started) << started.error().message();
    if (!started) return false;
    agent_.emplace(std::move(*started));
    std::string line;
    while (agent_->read_line(line, std::chrono::seconds(20)) == env::ChildProcess::Read::line)
      if (line.find("NET-SNMP version") != std::string::npos) return true;
    ADD_FAILURE() << "snmpd does not start";
    return false;
  }
  ~Snmpd() {
    if (agent_) {
      agent_->kill();
      agent_->wait();
    }
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  std::uint16_t port() const { return port_; }
  const std::string& folder() const { return folder_; }

 private:
  /// A port that nobody had a moment ago: snmpd does not say which one it got.
  static std::uint16_t free_port() {
    const int s = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(s);
    return ntohs(address.sin_port);
  }
  std::string folder_;
  std::uint16_t port_ = 0;
  std::optional<env::ChildProcess> agent_;
};

}  // namespace printrouter::test
