// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Command lines of RFC 1179: an octet, operands separated by white space, a line feed.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::lpr {

inline constexpr size_t max_command_line = 1024;

struct Command {
  uint8_t code = 0;
  std::vector<std::string> operands;
  std::string operand(size_t i) const { return i < operands.size() ? operands[i] : std::string(); }
};

/// The first line of `bytes`; `*used` says how many bytes it took with its line feed. Nothing if no line is
/// there yet: then more than max_command_line bytes are an error of the peer.
std::optional<Command> parse_command(std::string_view bytes, size_t* used);

/// A count in decimal digits up to 2^63 - 1; nothing if it is something else.
std::optional<uint64_t> parse_count(std::string_view digits);

/// Clients that do not know the length say 0 or a very large number and close the connection at the end.
/// These are the numbers in use (Windows' LPR port without byte counting, CUPS' mode=stream, and those of 32
/// bits).
bool means_until_close(uint64_t count);

}  // namespace printrouter::lpr
