// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.hpp"

namespace printrouter::server {

void Metrics::add(std::string_view name, std::string_view labels, std::uint64_t by) {
  series_[std::string(name)].values[std::string(labels)] += static_cast<std::int64_t>(by);
}

void Metrics::request(std::string_view method, const std::vector<std::string>& path) {
  // "desktop/ledger", "printers": the route's words, never an id.
  const std::string what = path.size() > 3 && path[2] == "desktop" ? path[2] + "/" + path[3]
                           : path.size() > 2                       ? path[2]
                           : path.empty()                          ? ""
                                                                   : path[0];
  add("printrouter_server_requests_total", "method=\"" + std::string(method) + "\",what=\"" + what + "\"");
}

void Metrics::gauge(std::string_view name, std::string_view labels, std::int64_t value) {
  Series& series = series_[std::string(name)];
  series.counter = false;
  series.values[std::string(labels)] = value;
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& [name, series] : series_) {
    out.append("# TYPE ").append(name).append(series.counter ? " counter\n" : " gauge\n");
    for (const auto& [labels, value] : series.values) {
      out.append(name);
      if (!labels.empty()) out.append("{").append(labels).append("}");
      out.append(" ").append(std::to_string(value)).append("\n");
    }
  }
  return out;
}

}  // namespace printrouter::server
