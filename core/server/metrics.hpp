// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::server {

/// Counters and gauges in Prometheus' text format (version 0.0.4). [main thread] Names and labels are ours,
/// never data of a request: a stranger must not make series.
class Metrics {
 public:
  void add(std::string_view name, std::string_view labels, std::uint64_t by = 1);
  void request(std::string_view method, const std::vector<std::string>& path);
  void gauge(std::string_view name, std::string_view labels, std::int64_t value);
  std::string text() const;

 private:
  struct Series {
    bool counter = true;
    std::map<std::string, std::int64_t, std::less<>> values = {};  ///< labels -> value
  };
  std::map<std::string, Series, std::less<>> series_;
};

}  // namespace printrouter::server
