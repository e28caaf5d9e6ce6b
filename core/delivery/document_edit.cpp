// SPDX-License-Identifier: Apache-2.0
#include "delivery/document_edit.hpp"

#include <algorithm>
#include <cctype>

namespace printrouter {

namespace {
constexpr std::string_view kUel = "\x1b%-12345X";
constexpr std::string_view kPjl = "@PJL";

bool begins_with(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && std::equal(with.begin(), with.end(), text.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
         });
}

/// @PJL ENTER LANGUAGE = ...: words apart by any blanks.
bool enters_language(std::string_view line) {
  std::string words;
  for (const char c : line)
    if (c == ' ' || c == '\t') {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else {
      words += c;
    }
  return begins_with(words, "@PJL ENTER LANGUAGE");
}

std::string_view language_of(std::string_view format) {
  if (format == "application/pdf") return "PDF";
  if (format == "application/postscript") return "POSTSCRIPT";
  if (format == "application/vnd.hp-pcl") return "PCL";
  if (format == "application/vnd.hp-pclxl") return "PCLXL";
  return {};
}

/// Collects parts; neighbours of one kind become one.
class Parts {
 public:
  void text(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!parts.empty() && parts.back().length == 0)
      parts.back().literal += bytes;
    else
      parts.push_back({std::string(bytes), 0, 0});
  }
  void range(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    if (!parts.empty() && parts.back().length && parts.back().offset + parts.back().length == begin)
      parts.back().length += end - begin;
    else
      parts.push_back({{}, begin, end - begin});
  }
  std::vector<DocumentPart> parts = {};
};
}  // namespace

DocumentAnchors find_anchors(std::string_view head, std::string_view tail, std::uint64_t size) {
  DocumentAnchors out;
  std::size_t at = 0;
  // Some drivers put a Ctrl-D, an empty line or padding before the first UEL.
  while (at < head.size() && at < 64 &&
         (head[at] == '\x04' || head[at] == '\0' || head[at] == '\r' || head[at] == '\n'))
    ++at;
  if (head.substr(at).starts_with(kUel)) {
    at += kUel.size();
    const std::size_t begin = at;
    bool entered = false;
    while (!entered && begins_with(head.substr(at), kPjl)) {
      const std::size_t end = head.find('\n', at);
      if (end == std::string_view::npos) break;
      entered = enters_language(head.substr(at, end - at));
      out.has_pjl_header = true;
      if (!entered) {
        out.lines.emplace_back(at, end + 1);
        at = end + 1;
      }
    }
    if (out.has_pjl_header) {
      out.header_begin = begin;
      out.header_end = at;
    }
  }
  const std::size_t last = tail.rfind(kUel);
  if (last != std::string_view::npos) {
    const std::uint64_t where = size - tail.size() + last;
    if (where >= out.header_end && where > 0 && (out.has_pjl_header || where >= at)) {
      out.has_last_uel = true;
      out.last_uel = where;
    }
  }
  return out;
}

bool needs_whole_document(const Preparation& preparation) {
  return !preparation.edits.empty() || preparation.host_copies > 1;
}

EditPlan plan_edits(const Preparation& preparation, const DocumentAnchors& anchors, std::string_view head,
                    std::uint64_t size, std::string_view format) {
  EditPlan plan;
  const bool wants_header = std::any_of(
      preparation.edits.begin(), preparation.edits.end(),
      [](const DocumentEdit& e) { return e.anchor == Anchor::after_pjl_header || !e.match.empty(); });
  const bool wrap = wants_header && !anchors.has_pjl_header && preparation.pjl_wrap;
  const bool header = anchors.has_pjl_header || wrap;
  const bool tail = wrap || anchors.has_last_uel;

  std::string start, after_header, before_uel;
  std::vector<std::string> replaced(anchors.lines.size());
  std::vector<bool> is_replaced(anchors.lines.size(), false);
  for (const DocumentEdit& edit : preparation.edits) {
    if (!edit.match.empty()) {
      bool placed = false;
      for (std::size_t i = 0; i < anchors.lines.size() && !placed; ++i) {
        const auto [begin, end] = anchors.lines[i];
        if (is_replaced[i] || !begins_with(head.substr(begin, end - begin), edit.match)) continue;
        replaced[i] = edit.bytes;
        is_replaced[i] = placed = true;
      }
      if (placed) continue;
    }
    const bool has_place =
        edit.anchor == Anchor::start || (edit.anchor == Anchor::after_pjl_header ? header : tail);
    if (!has_place)
      plan.left_out.emplace_back(edit.anchor == Anchor::after_pjl_header ? "after-pjl-header"
                                                                         : "before-last-uel");
    else if (edit.anchor == Anchor::start)
      start += edit.bytes;
    else
      (edit.anchor == Anchor::after_pjl_header ? after_header : before_uel) += edit.bytes;
  }

  Parts once;
  once.text(start);
  if (wrap) {
    once.text(std::string(kUel) + "@PJL\r\n");
    once.text(after_header);
    if (const std::string_view language = language_of(format); !language.empty())
      once.text("@PJL ENTER LANGUAGE=" + std::string(language) + "\r\n");
    once.range(0, size);
    once.text(before_uel);
    once.text(kUel);
  } else {
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < anchors.lines.size(); ++i) {
      if (!is_replaced[i]) continue;
      once.range(at, anchors.lines[i].first);
      once.text(replaced[i]);
      at = anchors.lines[i].second;
    }
    if (!after_header.empty()) {
      once.range(at, anchors.header_end);
      once.text(after_header);
      at = anchors.header_end;
    }
    if (!before_uel.empty()) {
      once.range(at, anchors.last_uel);
      once.text(before_uel);
      at = anchors.last_uel;
    }
    once.range(at, size);
  }
  Parts all;
  for (unsigned copy = 0; copy < std::max(1u, preparation.host_copies); ++copy)
    for (const DocumentPart& part : once.parts) {
      if (part.length)
        all.range(part.offset, part.offset + part.length);
      else
        all.text(part.literal);
    }
  plan.parts = std::move(all.parts);
  return plan;
}

}  // namespace printrouter
