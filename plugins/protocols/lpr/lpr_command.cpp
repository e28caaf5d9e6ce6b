// SPDX-License-Identifier: Apache-2.0
#include "lpr_command.hpp"

#include <charconv>

namespace printrouter::lpr {

std::optional<Command> parse_command(std::string_view bytes, size_t* used) {
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos || end >= max_command_line) return std::nullopt;
  *used = end + 1;
  Command command;
  std::string_view line = bytes.substr(0, end);
  if (line.empty()) return command;
  command.code = static_cast<uint8_t>(line.front());
  line.remove_prefix(1);
  constexpr std::string_view blanks = " \t\v\f\r";  // RFC 1179 section 3.1, and the CR of careless clients
  while (!line.empty()) {
    const size_t start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const size_t length = std::min(line.find_first_of(blanks), line.size());
    command.operands.emplace_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return command;
}

std::optional<uint64_t> parse_count(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (value > INT64_MAX) return std::nullopt;
  return value;
}

bool means_until_close(uint64_t count) {
  return count == 0x7fffffff || count == 0xffffffff || count == 0xfffffffe || count >= 999'999'999'999;
}

}  // namespace printrouter::lpr
