// SPDX-License-Identifier: Apache-2.0
#include "model/media_name.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace printrouter {
namespace {
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

struct NamedMedia {
  std::string_view name, pwg;
};
/// PJL's and PostScript's names (HP PJL TRM table 6-9; Adobe PPD 4.3) beside PWG 5101.1.
constexpr NamedMedia named_media[] = {
    {"A3", "iso_a3_297x420mm"},
    {"A4", "iso_a4_210x297mm"},
    {"A5", "iso_a5_148x210mm"},
    {"A6", "iso_a6_105x148mm"},
    {"A2", "iso_a2_420x594mm"},
    {"JISB4", "jis_b4_257x364mm"},
    {"B4", "jis_b4_257x364mm"},
    {"JISB5", "jis_b5_182x257mm"},
    {"B5", "jis_b5_182x257mm"},
    {"LETTER", "na_letter_8.5x11in"},
    {"LEGAL", "na_legal_8.5x14in"},
    {"LEDGER", "na_ledger_11x17in"},
    {"TABLOID", "na_ledger_11x17in"},
    {"EXECUTIVE", "na_executive_7.25x10.5in"},
    {"STATEMENT", "na_invoice_5.5x8.5in"},
    {"FOLIO", "om_folio_210x330mm"},
    {"SRA3", "iso_sra3_320x450mm"},
    {"COM10", "na_number-10_4.125x9.5in"},
    {"MONARCH", "na_monarch_3.875x7.5in"},
    {"DL", "iso_dl_110x220mm"},
    {"C5", "iso_c5_162x229mm"},
};

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 100'000)
    return std::nullopt;
  return value;
}

}  // namespace

std::string pwg_media_name(std::string_view media) {
  for (const NamedMedia& named : named_media)
    if (same(named.name, media)) return std::string(named.pwg);
  return media_size(media) ? std::string(media) : std::string();
}

std::optional<MediaSize> media_size(std::string_view name) {
  const auto last = name.rfind('_');
  if (last == std::string_view::npos) return std::nullopt;
  std::string_view size = name.substr(last + 1);
  double unit = 0;
  if (size.ends_with("mm")) unit = 100;
  if (size.ends_with("in")) unit = 2'540;
  if (unit == 0) return std::nullopt;
  size.remove_suffix(2);
  const auto x = size.find('x');
  if (x == std::string_view::npos) return std::nullopt;
  const auto a = number(size.substr(0, x)), b = number(size.substr(x + 1));
  if (!a || !b) return std::nullopt;
  const int w = static_cast<int>(std::lround(*a * unit)), h = static_cast<int>(std::lround(*b * unit));
  return MediaSize{std::min(w, h), std::max(w, h)};
}

}  // namespace printrouter
