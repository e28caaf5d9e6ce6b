// SPDX-License-Identifier: Apache-2.0
#include "pjl_header.hpp"

#include <printrouter/text.hpp>

#include <algorithm>
#include <array>

namespace printrouter::raw {
namespace {

constexpr std::string_view uel = "\x1b%-12345X";
// RFC 9110 section 9.3, RFC 5789, and what a browser or a proxy may be made to send.
constexpr std::array<std::string_view, 10> http_methods = {
    "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "TRACE ", "PATCH ", "PRI * "};
constexpr size_t max_title = 255;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

bool is_pjl(std::string_view line) {
  return line.size() >= 4 && equal_ignoring_case(line.substr(0, 4), "@PJL");
}

/// Cuts UELs and line ends off the front.
void skip_gaps(std::string_view& s) {
  for (;;) {
    if (s.starts_with(uel))
      s.remove_prefix(uel.size());
    else if (!s.empty() && (s.front() == '\r' || s.front() == '\n'))
      s.remove_prefix(1);
    else
      return;
  }
}

/// The value of `key` in a PJL line, quoted or up to the next blank.
std::string value_of(std::string_view line, std::string_view key) {
  for (size_t at = 0; at + key.size() <= line.size(); ++at) {
    if (!equal_ignoring_case(line.substr(at, key.size()), key)) continue;
    if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
    std::string_view rest = line.substr(at + key.size());
    const auto blanks = [&rest] {
      while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
    };
    blanks();
    if (rest.empty() || rest.front() != '=') continue;
    rest.remove_prefix(1);
    blanks();
    if (!rest.empty() && rest.front() == '"')
      return sdk::one_line(rest.substr(1, rest.find('"', 1) - 1), max_title);
    return sdk::one_line(rest.substr(0, rest.find_first_of(" \t\r")), max_title);
  }
  return {};
}

}  // namespace

Beginning look_at(std::string_view bytes) {
  if (bytes.empty()) return Beginning::undecided;
  for (std::string_view method : http_methods) {
    const size_t common = std::min(method.size(), bytes.size());
    if (bytes.substr(0, common) == method.substr(0, common))
      return common == method.size() ? Beginning::http : Beginning::undecided;
  }
  if (bytes.size() < uel.size() && uel.starts_with(bytes)) return Beginning::undecided;
  if (!bytes.starts_with(uel) && !is_pjl(bytes)) return Beginning::document;
  for (;;) {
    skip_gaps(bytes);
    if (bytes.empty() || uel.starts_with(bytes)) return Beginning::pjl_header;
    if (bytes.size() < 4)
      return is_pjl(std::string(bytes) + std::string("@PJL").substr(bytes.size())) ? Beginning::pjl_header
                                                                                   : Beginning::document;
    if (!is_pjl(bytes)) return Beginning::document;
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return Beginning::pjl_header;
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (equal_ignoring_case(line.substr(0, std::min<size_t>(line.size(), 10)), "@PJL ENTER"))
      return Beginning::document;
  }
}

std::string title_from_pjl(std::string_view bytes) {
  std::string title;
  if (!bytes.starts_with(uel) && !is_pjl(bytes)) return title;
  for (;;) {
    skip_gaps(bytes);
    if (!is_pjl(bytes)) return title;
    const size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(4, end == std::string_view::npos ? end : end - 4);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    std::string found;
    if (line.size() >= 4 && equal_ignoring_case(line.substr(0, 4), "JOB ")) found = value_of(line, "NAME");
    if (line.size() >= 4 && equal_ignoring_case(line.substr(0, 4), "SET ")) found = value_of(line, "JOBNAME");
    if (!found.empty()) title = found;
    if (end == std::string_view::npos) return title;
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace printrouter::raw
