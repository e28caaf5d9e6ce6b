// SPDX-License-Identifier: Apache-2.0
/// Durations, sizes and amounts as the configuration writes them; findings as text.
#include <charconv>
#include <limits>

#include "config/config_load.hpp"

namespace printrouter {
namespace {
/// Digits at the start of `text`, taken off it; nullopt: none, or too many.
std::optional<std::uint64_t> digits(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}
std::optional<std::uint64_t> product(std::uint64_t value, std::uint64_t unit, std::uint64_t most) {
  if (value > most / unit) return std::nullopt;
  return value * unit;
}
constexpr auto most_signed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto value = digits(text);
  if (!value) return std::nullopt;
  std::uint64_t unit = 0;
  if (text == "ms") unit = 1;
  if (text == "s") unit = 1'000;
  if (text == "m") unit = 60'000;
  if (text == "h") unit = 3'600'000;
  if (text == "d") unit = 86'400'000;
  if (unit == 0) return std::nullopt;
  const auto ms = product(*value, unit, most_signed);
  if (!ms) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(*ms));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto value = digits(text);
  if (!value) return std::nullopt;
  std::uint64_t unit = 0;
  if (text.empty()) unit = 1;
  if (text == "KiB") unit = std::uint64_t{1} << 10;
  if (text == "MiB") unit = std::uint64_t{1} << 20;
  if (text == "GiB") unit = std::uint64_t{1} << 30;
  if (text == "TiB") unit = std::uint64_t{1} << 40;
  if (unit == 0) return std::nullopt;
  return product(*value, unit, most_signed);
}

std::optional<std::int64_t> parse_money(std::string_view text, int decimals) {
  const auto whole = digits(text);
  if (!whole) return std::nullopt;
  std::uint64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  auto value = product(*whole, scale, most_signed);
  if (!value) return std::nullopt;
  if (text.empty()) return static_cast<std::int64_t>(*value);
  if (text.front() != '.' || text.size() < 2 || text.size() > static_cast<std::size_t>(decimals) + 1)
    return std::nullopt;
  text.remove_prefix(1);
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    scale /= 10;
    const std::uint64_t part = static_cast<std::uint64_t>(c - '0') * scale;
    if (*value > most_signed - part) return std::nullopt;
    *value += part;
  }
  return static_cast<std::int64_t>(*value);
}

std::string ConfigFinding::message(std::string_view language) const {
  const bool german = language == "de";
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (!out.empty()) out += ": ";
  if (!field.empty()) out += field + ": ";
  out += german ? de : en;
  const std::string& right = german && !expected_de.empty() ? expected_de : expected;
  if (!right.empty()) out += (german ? " (erwartet: " : " (expected: ") + right + ")";
  return out;
}

bool has_errors(const ConfigFindings& findings) {
  for (const ConfigFinding& f : findings)
    if (f.severity == Severity::refusal) return true;
  return false;
}

Error ConfigResult::error() const {
  for (const ConfigFinding& f : findings)
    if (f.severity == Severity::refusal)
      return {ErrorCode::invalid, f.en, f.field, f.file + (f.line > 0 ? ":" + std::to_string(f.line) : ""),
              f.expected};
  return {ErrorCode::internal, "no configuration and no reason", {}, {}, {}};
}

}  // namespace printrouter
