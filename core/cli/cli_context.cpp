// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_context.hpp"

#include <algorithm>
#include <cstdio>

#include "control/error_words.hpp"

namespace printrouter::cli {
namespace {
int exit_for(unsigned http_status) {
  switch (http_status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return exit_usage;
    case 401:
    case 403:
      return exit_not_permitted;
    case 404:
      return exit_not_found;
    case 409:
      return exit_conflict;
    case 503:
      return exit_unavailable;
    default:
      return exit_failed;
  }
}

// Columns are counted in characters, not bytes, or German rows would not line up.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
}  // namespace

std::string Context::pick(const nlohmann::json& object, const std::string& prefix) const {
  const std::string wanted = object.value(prefix + (german ? "de" : "en"), "");
  return plain(wanted.empty() ? object.value(prefix + "en", "") : wanted);
}

int report(const Context& context, const Error& error) {
  if (context.json)
    print_json({{"error",
                 {{"code", to_string(error.code)},
                  {"text", error.text},
                  {"field", error.field},
                  {"place", error.place},
                  {"expected", error.expected}}}});
  else
    std::fprintf(stderr, "printrouter: %s\n",
                 plain(context.german ? control::german_message(error) : error.message()).c_str());
  return error.code == ErrorCode::unavailable ? exit_unavailable
         : error.code == ErrorCode::invalid   ? exit_usage
                                              : exit_failed;
}

std::optional<nlohmann::json> ask(const Context& context, std::string_view method, const std::string& path,
                                  int& exit, const nlohmann::json& body) {
  const auto reply = context.client.request(method, path, body.is_null() ? std::string() : body.dump());
  if (!reply) {
    exit = report(context, reply.error());
    return std::nullopt;
  }
  auto value = nlohmann::json::parse(reply->body, nullptr, false);
  if (value.is_discarded()) {
    exit = report(context, {ErrorCode::internal, "the daemon's answer is no JSON", {}, path, {}});
    return std::nullopt;
  }
  if (reply->status >= 300) {
    exit = exit_for(reply->status);
    if (context.json) {
      print_json(value);
    } else {
      const auto& error = value.contains("error") ? value["error"] : value;
      std::fprintf(stderr, "printrouter: %s\n", context.pick(error).c_str());
      if (const std::string remedy = context.pick(error, "remedy_"); !remedy.empty())
        std::fprintf(stderr, "  %s %s\n", context.say("What to do:", "Was zu tun ist:"), remedy.c_str());
    }
    return std::nullopt;
  }
  exit = exit_ok;
  return value;
}

std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return out;
}

std::string padded(std::string_view text, std::size_t characters) {
  std::string out(text);
  const std::size_t has = width(out);
  return out + std::string(has < characters ? characters - has : 0, ' ');
}

void print_json(const nlohmann::json& value) {
  print_line(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    print_line(line);
  }
}

}  // namespace printrouter::cli
