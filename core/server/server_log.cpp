// SPDX-License-Identifier: Apache-2.0
#include "server/server_log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "server/json_detail.hpp"

namespace printrouter::server {
namespace {

class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto since = std::chrono::duration_cast<Milliseconds>(message.time.time_since_epoch());
    const std::string_view text(message.payload.data(), message.payload.size());
    const auto level = spdlog::level::to_string_view(message.level);
    nlohmann::json line{{"time", Timestamp{since.count()}.to_string()},
                        {"level", std::string(level.data(), level.size())},
                        {"text", std::string(text)}};
    // "job <uuid> …": what somebody who looks for one job searches by.
    if (const std::size_t at = text.find("job "); at != std::string_view::npos)
      if (const auto uuid = Uuid::parse(text.substr(at + 4, 36))) line["job"] = uuid->to_string();
    const std::string written = dump(line) + "\n";
    out.append(written.data(), written.data() + written.size());
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonLines>(); }
};
}  // namespace

Status start_log(const LogConfig& config) {
  std::shared_ptr<spdlog::logger> logger;
  if (config.file.empty()) {
    logger = std::make_shared<spdlog::logger>("printrouter-server",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
  } else {
    try {
      logger = std::make_shared<spdlog::logger>(
          "printrouter-server", std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.file));
    } catch (const spdlog::spdlog_ex& e) {
      return fail({ErrorCode::io, e.what(), "log.file", config.file, "a file the server may write"});
    }
  }
  logger->set_level(spdlog::level::from_str(config.level == "warn" ? "warning" : config.level));
  logger->set_formatter(std::make_unique<JsonLines>());
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace printrouter::server
