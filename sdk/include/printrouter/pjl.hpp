// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PJL for vendor packs: every value that came from a user passes `text()`, so that no name or title can end
/// its quotes, its line or the header. Source: HP PJL Technical Reference Manual (5021-0380), chapter 2.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace printrouter::sdk::pjl {

inline constexpr std::string_view kUel = "\x1b%-12345X";
inline constexpr std::size_t kJobNameBytes = 80;  ///< what HP's manual promises to keep
inline constexpr std::size_t kUserNameBytes = 64;

/// `in` as the inside of a PJL string of at most `max_bytes`: printable ASCII only. German letters become
/// two, other letters outside ASCII become '?', a double quote becomes a single one, control characters
/// become spaces.
inline std::string text(std::string_view in, std::size_t max_bytes) {
  struct Letter {
    uint32_t code;
    std::string_view ascii;
  };
  static constexpr Letter letters[] = {
      {0xC4, "Ae"},  {0xD6, "Oe"},  {0xDC, "Ue"},  {0xE4, "ae"},  {0xF6, "oe"}, {0xFC, "ue"},
      {0xDF, "ss"},  {0xE9, "e"},   {0xE8, "e"},   {0xEA, "e"},   {0xE0, "a"},  {0xE2, "a"},
      {0xE7, "c"},   {0xF1, "n"},   {0x2013, "-"}, {0x2014, "-"}, {0xA0, " "},  {0x2018, "'"},
      {0x2019, "'"}, {0x201C, "'"}, {0x201D, "'"}, {0x201E, "'"}};
  std::string out;
  for (std::size_t i = 0; i < in.size() && out.size() < max_bytes;) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (byte < 0x80) {
      out += byte < 0x20 || byte == 0x7F ? ' ' : byte == '"' ? '\'' : in[i];
      ++i;
      continue;
    }
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    uint32_t code = byte & (length == 4 ? 0x07u : length == 3 ? 0x0Fu : 0x1Fu);
    std::size_t used = 1;
    while (used < length && i + used < in.size() && (static_cast<unsigned char>(in[i + used]) & 0xC0) == 0x80)
      code = code << 6 | (static_cast<unsigned char>(in[i + used++]) & 0x3Fu);
    i += used;
    const Letter* known = used < 2 || used != length
                              ? std::end(letters)
                              : std::find_if(std::begin(letters), std::end(letters),
                                             [&](const Letter& l) { return l.code == code; });
    out += known == std::end(letters) ? std::string_view("?") : known->ascii;
  }
  if (out.size() > max_bytes) out.resize(max_bytes);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// "@PJL SET NAME = value". `value` is the caller's own word, never a user's.
inline std::string set(std::string_view variable, std::string_view value) {
  return "@PJL SET " + std::string(variable) + "=" + std::string(value) + "\r\n";
}
/// "@PJL SET NAME = "value"" with a user's value.
inline std::string set_text(std::string_view variable, std::string_view value, std::size_t max_bytes) {
  return "@PJL SET " + std::string(variable) + "=\"" + text(value, max_bytes) + "\"\r\n";
}

/// Job uuid, then title: what a device keeps of a name that is too long is its beginning. "urn:uuid:" is left
/// out.
inline std::string job_name(std::string_view uuid, std::string_view title,
                            std::size_t max_bytes = kJobNameBytes) {
  if (uuid.starts_with("urn:uuid:")) uuid.remove_prefix(9);
  std::string name(uuid);
  if (!name.empty() && !title.empty()) name += ' ';
  name += title;
  return text(name, max_bytes);
}

namespace detail {
inline constexpr std::string_view papers[][2] = {{"iso_a3_297x420mm", "A3"},
                                                 {"iso_a4_210x297mm", "A4"},
                                                 {"iso_a5_148x210mm", "A5"},
                                                 {"iso_a6_105x148mm", "A6"},
                                                 {"jis_b4_257x364mm", "JISB4"},
                                                 {"jis_b5_182x257mm", "JISB5"},
                                                 {"na_letter_8.5x11in", "LETTER"},
                                                 {"na_legal_8.5x14in", "LEGAL"},
                                                 {"na_ledger_11x17in", "LEDGER"},
                                                 {"na_executive_7.25x10.5in", "EXECUTIVE"},
                                                 {"na_number-10_4.125x9.5in", "COM10"},
                                                 {"na_monarch_3.875x7.5in", "MONARCH"},
                                                 {"iso_dl_110x220mm", "DL"},
                                                 {"iso_c5_162x229mm", "C5"}};
}

/// PJL's word for a PWG media name, empty if there is none.
inline std::string_view paper(std::string_view pwg_name) {
  for (auto& word : detail::papers)
    if (word[0] == pwg_name) return word[1];
  return {};
}
/// The other way round; `word` in upper case.
inline std::string_view media(std::string_view word) {
  for (auto& paper : detail::papers)
    if (paper[1] == word) return paper[0];
  return {};
}

/// The personality that @PJL ENTER LANGUAGE names for a document format, empty if a document of that format
/// must not be wrapped in PJL.
inline std::string_view language(std::string_view mime) {
  static constexpr std::string_view words[][2] = {{"application/pdf", "PDF"},
                                                  {"application/postscript", "POSTSCRIPT"},
                                                  {"application/vnd.hp-PCL", "PCL"},
                                                  {"application/vnd.hp-pcl", "PCL"},
                                                  {"application/vnd.hp-PCLXL", "PCLXL"},
                                                  {"application/vnd.hp-pclxl", "PCLXL"}};
  for (auto& word : words)
    if (word[0] == mime) return word[1];
  return {};
}

/// A maker's account or user code: 1 to `max_digits` digits and nothing else.
inline bool is_code(std::string_view code, std::size_t max_digits) {
  return !code.empty() && code.size() <= max_digits &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace printrouter::sdk::pjl
