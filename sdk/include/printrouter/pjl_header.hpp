// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reads the PJL header of a print job (HP Printer Job Language Technical Reference Manual 5021-0380),
/// bounded and incremental. The router and the plugins read it with this one reader.
#include <printrouter/pjl.hpp>
#include <printrouter/text.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::sdk::pjl {

struct Header {
  bool present = false;
  bool complete = false;      ///< ENTER LANGUAGE, or the first byte that is no PJL, was seen
  std::string language = {};  ///< of ENTER LANGUAGE, upper case
  std::string user = {};      ///< USERNAME, or what drivers write instead (JOBATTR, COMMENT)
  std::string job_name = {};
  bool job_line = false;           ///< has an @PJL JOB line
  std::string uuid = {};           ///< 36 characters, found in job name or comment
  std::optional<int> copies = {};  ///< COPIES or QTY
  bool copies_doubtful = false;    ///< COPIES and QTY both stand there and differ: devices disagree on that
  std::optional<bool> duplex = {};
  std::string binding = {};     ///< LONGEDGE, SHORTEDGE
  std::string paper = {};       ///< as named: "A4"
  std::string color_mode = {};  ///< RENDERMODE or DATAMODE: "COLOR", "GRAYSCALE"
  std::string account = {};     ///< a code of the maker's own words; never shown, never logged
  std::string hold = {};        ///< value of HOLD; "OFF" holds nothing
  bool password = false;        ///< a HOLDKEY or job password was given (its value is not kept)
  std::uint64_t length = 0;     ///< bytes from the start of the document to the end of the header
  /// Ticket attributes that it sets: copies, sides, media, print-color-mode.
  std::vector<std::string> sets() const;
  std::string sides() const;  ///< IPP keyword; empty if not said
  bool holds() const;
};

/// Feed the document from its first byte until done(). At most `limit` bytes are looked at, lines are cut at
/// 4 KiB, values at 1 KiB; bytes that are no UTF-8 become '?'. Never throws on input, keeps no reference.
class HeaderParser {
 public:
  explicit HeaderParser(std::uint64_t limit = 64 * 1024) : limit_(limit) {}
  void feed(std::string_view bytes);
  bool done() const { return done_; }
  /// What is known so far; after the last byte call finish() first.
  const Header& header() const { return header_; }
  void finish();

 private:
  void line(std::string_view text);
  void end(std::uint64_t length);
  Header header_;
  std::string line_;
  std::uint64_t limit_, seen_ = 0, line_start_ = 0;
  bool done_ = false;
  bool opened_ = false;  ///< a UEL or a PJL line was seen
};

namespace detail {
inline constexpr std::string_view word_pjl = "@PJL";
inline constexpr std::size_t most_line = 4'096;
inline constexpr std::size_t most_value = 1'024;

inline char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
inline std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return upper(c); });
  return out;
}
inline bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
inline std::string_view trim(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}
/// Case does not matter; true also if `text` is shorter and agrees so far.
inline bool agrees(std::string_view text, std::string_view word) {
  const std::size_t n = std::min(text.size(), word.size());
  return std::ranges::equal(text.substr(0, n), word.substr(0, n),
                            [](char a, char b) { return upper(a) == upper(b); });
}

inline std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < most_value) {
    const std::size_t n = utf8_character(text);
    const bool control = n == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f);
    if (n == 0 || control)
      out += '?';
    else
      out += text.substr(0, n);
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

/// The next `NAME = value` of a line, taken off it; the value without its quotation marks.
struct Assignment {
  std::string name;
  std::string_view value;
  bool good = false;
};
inline Assignment next_assignment(std::string_view& text) {
  Assignment out;
  text = trim(text);
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return out;
  std::string_view name = trim(text.substr(0, equals));
  // "LPARM : PCL COPIES" and words before the name are no part of it.
  if (const auto space = name.find_last_of(" \t"); space != std::string_view::npos)
    name.remove_prefix(space + 1);
  text = trim(text.substr(equals + 1));
  if (text.starts_with('"')) {
    const auto end = text.find('"', 1);
    out.value = text.substr(1, end == std::string_view::npos ? end : end - 1);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  } else {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    out.value = text.substr(0, end);
    text.remove_prefix(end);
  }
  out.name = upper(name.substr(0, 64));
  out.good = true;
  return out;
}

inline std::optional<int> small_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 9'999)
    return std::nullopt;
  return value;
}

inline bool is_uuid(std::string_view text) {
  bool any = false;
  for (std::size_t i = 0; i < 36; ++i) {
    const char c = upper(text[i]);
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))) return false;
    any = any || (!dash && c != '0');
  }
  return any;
}
inline void find_uuid(std::string_view text, Header& header) {
  for (std::size_t at = 0; header.uuid.empty() && at + 36 <= text.size(); ++at)
    if (is_uuid(text.substr(at, 36))) {
      header.uuid = text.substr(at, 36);
      std::ranges::transform(header.uuid, header.uuid.begin(),
                             [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    }
}

inline void apply(const Assignment& a, Header& header) {
  const auto word = [&] { return upper(trim(a.value).substr(0, 64)); };
  if (a.name == "COPIES" || a.name == "QTY") {
    // QTY is collated copies; a job with both asks for both only on devices without mopying, so take the
    // larger.
    const auto n = small_number(trim(a.value));
    if (!n) return;
    header.copies_doubtful |= header.copies && *header.copies != *n;
    header.copies = std::max(header.copies.value_or(1), *n);
  } else if (a.name == "DUPLEX") {
    header.duplex = word() == "ON";
  } else if (a.name == "BINDING") {
    header.binding = word();
  } else if (a.name == "PAPER") {
    header.paper = clean(word());
  } else if (a.name == "RENDERMODE" || a.name == "DATAMODE" || a.name == "COLORMODE") {
    header.color_mode = clean(word());
  } else if (a.name == "HOLD") {
    header.hold = clean(word());
  } else if (a.name == "HOLDKEY" || a.name == "JOBPASSWORD" || a.name == "PASSWORD") {
    header.password |= !a.value.empty() && a.value != "0";
  } else if (a.name == "USERNAME" || a.name == "USERID" || a.name == "USER") {
    header.user = clean(a.value);
  } else if (a.name == "USERCODE" || a.name == "ACCOUNTCODE" || a.name == "ACCOUNTNUMBER") {
    header.account = clean(trim(a.value).substr(0, 64));  // Ricoh; Canon and Kyocera; Sharp
  } else if (a.name == "JOBNAME") {
    header.job_name = clean(a.value);
    find_uuid(a.value, header);
  } else if (a.name == "JOBATTR") {
    // HP's drivers: JOBATTR="JobAcct1=<user>".
    const auto inner = a.value.find('=');
    if (inner != std::string_view::npos && upper(a.value.substr(0, inner)) == "JOBACCT1" &&
        header.user.empty())
      header.user = clean(a.value.substr(inner + 1));
    find_uuid(a.value, header);
  }
}

}  // namespace detail

inline std::vector<std::string> Header::sets() const {
  std::vector<std::string> out;
  if (copies) out.emplace_back("copies");
  if (duplex) out.emplace_back("sides");
  if (!paper.empty()) out.emplace_back("media");
  if (!color_mode.empty()) out.emplace_back("print-color-mode");
  return out;
}

inline std::string Header::sides() const {
  if (!duplex) return {};
  if (!*duplex) return "one-sided";
  return binding == "SHORTEDGE" ? "two-sided-short-edge" : "two-sided-long-edge";
}

inline bool Header::holds() const {
  return (!hold.empty() && hold != "OFF") || password;
}

inline void HeaderParser::end(std::uint64_t length) {
  done_ = true;
  header_.complete = true;
  header_.length = header_.present ? length : 0;
  line_.clear();
  line_.shrink_to_fit();
}

inline void HeaderParser::line(std::string_view text) {
  header_.present = true;
  text = detail::trim(text.substr(detail::word_pjl.size()));
  const auto space = std::min(text.find_first_of(" \t"), text.size());
  const std::string command = detail::upper(text.substr(0, std::min<std::size_t>(space, 32)));
  std::string_view rest = detail::trim(text.substr(space));
  if (command == "ENTER") {
    const detail::Assignment a = detail::next_assignment(rest);
    if (a.name == "LANGUAGE")
      header_.language = detail::clean(detail::upper(detail::trim(a.value).substr(0, 64)));
    end(seen_);
  } else if (command == "SET" || command == "DEFAULT") {
    if (const detail::Assignment a = detail::next_assignment(rest); a.good && command == "SET")
      detail::apply(a, header_);
  } else if (command == "JOB") {
    header_.job_line = true;
    while (!rest.empty()) {
      const detail::Assignment a = detail::next_assignment(rest);
      if (!a.good) break;
      if (a.name == "NAME") {
        if (header_.job_name.empty()) header_.job_name = detail::clean(a.value);
        detail::find_uuid(a.value, header_);
      } else if (a.name == "PASSWORD") {
        // The device's PJL password, not the job's.
      }
    }
  } else if (command == "COMMENT") {
    detail::find_uuid(rest, header_);
    std::string_view text_rest = rest;
    if (text_rest.starts_with('"')) text_rest.remove_prefix(1);
    const detail::Assignment a = detail::next_assignment(text_rest);
    if (a.good && a.name == "USERNAME" && header_.user.empty()) detail::apply(a, header_);
  }
}

inline void HeaderParser::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (done_) return;
    if (seen_ >= limit_) return end(line_start_);
    ++seen_;
    if (line_.size() < detail::most_line) line_ += c;
    if (line_.front() == kUel.front()) {
      if (!detail::agrees(line_, kUel)) return end(line_start_);
      if (line_.size() < kUel.size()) continue;
      line_.clear();
      line_start_ = seen_;
      opened_ = true;
    } else if (detail::agrees(line_, detail::word_pjl)) {
      if (c != '\n') continue;
      if (line_.size() < detail::word_pjl.size()) return end(line_start_);
      line(line_);
      if (done_) return;
      line_.clear();
      line_start_ = seen_;
      opened_ = true;
    } else if (opened_ && std::ranges::all_of(line_, detail::blank) && line_.size() < 64) {
      if (c != '\n') continue;
      line_.clear();
      line_start_ = seen_;
    } else {
      return end(line_start_);
    }
  }
}

inline void HeaderParser::finish() {
  if (done_) return;
  // A last line without its end is still a line.
  if (line_.size() > detail::word_pjl.size() && detail::agrees(line_, detail::word_pjl)) {
    line(line_);
    if (!done_) end(seen_);
  } else {
    end(line_start_);
  }
}

inline Header parse_header(std::string_view head) {
  HeaderParser parser(std::max<std::uint64_t>(head.size(), 1));
  parser.feed(head);
  parser.finish();
  return parser.header();
}

}  // namespace printrouter::sdk::pjl
