// SPDX-License-Identifier: Apache-2.0
#include "config/shared_read.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace printrouter {

void read_trust(FieldReader& in, TrustConfig& out) {
  in.text("ca_file", out.ca_file);
  in.texts("pins_sha256", out.pins_sha256);
  for (const std::string& pin : out.pins_sha256)
    if (pin.size() != 64 || !std::ranges::all_of(pin, [](unsigned char c) { return std::isxdigit(c) != 0; }))
      in.report(Severity::refusal, "config.value", in.node().member("pins_sha256")->line, "pins_sha256",
                "has a value that is no SHA-256", "hat einen Wert, der kein SHA-256 ist",
                "64 hexadecimal digits", "64 Hexadezimalziffern");
  in.flag("allow_any", out.allow_any);
}

void read_plugins(FieldReader& in, PluginsConfig& out) {
  in.texts("folders", out.folders);
  in.flag("scan", out.scan);
  in.text("scan_program", out.scan_program);
  in.entries("settings", [&](const std::string& id, const JsonNode& node, const std::string& path) {
    FieldReader keys(node, path, in.file(), in.findings());
    if (!keys.is_object()) return;
    for (const auto& [key, value] : node.members) {
      std::string& text = out.settings[id][key];
      switch (value.kind) {
        case JsonNode::Kind::text:
          text = value.text;
          break;
        case JsonNode::Kind::integer:
          text = std::to_string(value.integer);
          break;
        case JsonNode::Kind::boolean:
          text = value.boolean ? "true" : "false";
          break;
        default:
          keys.wrong_type(value, key, "a text, a whole number, true or false",
                          "ein Text, eine ganze Zahl, true oder false");
      }
    }
  });
}

void read_log(FieldReader& in, LogConfig& out) {
  in.word<std::string>(
      "level", out.level,
      {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}});
  in.text("file", out.file);
}

void read_timeouts(FieldReader& in, TimeoutsConfig& out) {
  using std::chrono::hours;
  in.duration("answer_timeout", out.answer_timeout, Milliseconds(10), std::chrono::minutes(10));
  in.duration("progress_timeout", out.progress_timeout, Milliseconds(10), hours(24));
  in.duration("close_timeout", out.close_timeout, Milliseconds(10), hours(24));
}

std::string beside(const std::string& file, const std::string& name) {
  const std::filesystem::path path(name);
  if (path.is_absolute() || name.empty()) return name;
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

Result<std::string> read_whole_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorCode::io, error.message(), path);
  if (size > (std::uintmax_t{64} << 20)) return fail(ErrorCode::limit, "is larger than 64 MiB", path);
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(ErrorCode::io, "cannot be read", path);
  return text;
}
}  // namespace printrouter
