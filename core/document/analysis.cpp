// SPDX-License-Identifier: Apache-2.0
#include "document/analysis.hpp"

#include <algorithm>
#include <optional>

namespace printrouter {
namespace {
using Count = Known<std::int64_t>;
using Word = Known<std::string>;
constexpr std::int64_t most_pages = 1'000'000'000;

Confidence weakest(Confidence a, Confidence b) {
  return std::min(a, b);
}
Count exact(std::int64_t value) {
  return {value, Confidence::exact};
}
template <class T>
void weaken(Known<T>& value, Confidence to) {
  value.confidence = weakest(value.confidence, to);
}
Count sum(const Count& a, const Count& b) {
  return {a.value + b.value, weakest(a.confidence, b.confidence)};
}

/// What PJL has set so far.
struct Environment {
  Count copies, hold;
  Word sides, media, color_mode, user, title, account;
  void take(const Analysis& pjl) {
    const auto newer = [](auto& mine, const auto& theirs) {
      if (theirs.known()) mine = theirs;
    };
    newer(copies, pjl.copies), newer(hold, pjl.hold), newer(sides, pjl.sides), newer(media, pjl.media);
    newer(color_mode, pjl.color_mode), newer(user, pjl.user), newer(title, pjl.title);
    newer(account, pjl.account);
  }
};

/// The ticket's words that change what comes out.
struct Wishes {
  explicit Wishes(const Attributes& ticket)
      : sides(text_of(ticket, "sides")), media(text_of(ticket, "media")) {
    if (const auto n = integer_of(ticket, "copies"); n && *n >= 1 && *n <= 9'999) copies = *n;
    if (const auto n = integer_of(ticket, "number-up"); n && *n > 1 && *n <= 1'000) number_up = *n;
    color_mode = text_of(ticket, "print-color-mode");
    for (const Attribute& a : ticket)
      if (a.name == "page-ranges" && a.kind == AttributeKind::range) ranges.push_back({a.integer, a.upper});
  }
  std::optional<std::int64_t> copies = {};
  std::int64_t number_up = 1;
  std::string sides, media, color_mode = {};
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges = {};
};

/// The document's own word is the last that a device hears; where the ticket says something else, devices
/// differ.
Word word_of(const Word& own, const std::string& wish, const Word& pjl) {
  if (own.known()) {
    Word out = own;
    if (!wish.empty() && wish != own.value) weaken(out, Confidence::estimate);
    return out;
  }
  return wish.empty() ? pjl : Word{wish, Confidence::exact};
}

Count copies_of(const Analysis& own, const Wishes& wishes, const Environment& pjl) {
  const Confidence silent = own.pages.known() ? Confidence::exact : Confidence::estimate;
  Count out = wishes.copies ? exact(*wishes.copies) : pjl.copies.known() ? pjl.copies : Count{1, silent};
  if (own.copies.known() && own.copies.value != out.value) {
    // PCL and PostScript override PJL's default. A ticket reaches the device as PJL or as IPP attribute:
    // devices differ, unless it only asks for the one copy that every client asks for.
    const bool overruled = wishes.copies && *wishes.copies != 1;
    out = own.copies;
    if (overruled) weaken(out, Confidence::estimate);
  }
  // PostScript can compute its copies.
  if (own.language == "application/postscript") weaken(out, Confidence::estimate);
  return out;
}

/// Sides and pages that a page range and N-up of the ticket leave.
void reduce(Analysis& a, const Wishes& wishes) {
  if (!a.pages.known() || (wishes.ranges.empty() && wishes.number_up == 1)) return;
  const bool all_mono = a.mono_pages.known() && a.mono_pages.value == a.pages.value;
  const bool all_color = a.color_pages.known() && a.color_pages.value == a.pages.value;
  const Confidence color = weakest(a.mono_pages.confidence, a.color_pages.confidence);
  std::int64_t pages = a.pages.value;
  if (!wishes.ranges.empty()) {
    pages = 0;
    for (const auto& [from, to] : wishes.ranges)  // RFC 8011 5.2.7: ascending, without overlap
      pages += std::max<std::int64_t>(0, std::min(to, a.pages.value) - std::max<std::int64_t>(from, 1) + 1);
  }
  a.pages.value = (pages + wishes.number_up - 1) / wishes.number_up;
  if (wishes.number_up > 1) a.number_up = exact(wishes.number_up);
  a.mono_pages = a.color_pages = {};
  if (all_mono || all_color) {
    a.mono_pages = {all_mono ? a.pages.value : 0, color};
    a.color_pages = {all_color ? a.pages.value : 0, color};
  }
}

/// One document with the settings that count for it.
Analysis settled(Analysis a, const Wishes& wishes, const Environment& pjl) {
  a.copies = copies_of(a, wishes, pjl);
  a.sides = word_of(a.sides, wishes.sides, pjl.sides);
  a.media = word_of(a.media, wishes.media, pjl.media);
  a.color_mode =
      word_of(a.color_mode, wishes.color_mode == "auto" ? std::string() : wishes.color_mode, pjl.color_mode);
  reduce(a, wishes);
  if (a.color_mode.known() && a.color_mode.value == "monochrome" && a.pages.known()) {
    a.color_pages = {0, weakest(a.pages.confidence, a.color_mode.confidence)};
    a.mono_pages = {a.pages.value, a.color_pages.confidence};
  }
  const auto& sides = a.sides;
  if (a.pages.known()) {
    const bool two = sides.known() && sides.value.starts_with("two-sided");
    a.sheets = {(two ? (a.pages.value + 1) / 2 : a.pages.value) * a.copies.value,
                weakest(a.pages.confidence, a.copies.confidence)};
    // Said by nobody: the device's own setting, on most one-sided. One page needs one sheet either way.
    if (a.pages.value > 1) weaken(a.sheets, sides.known() ? sides.confidence : Confidence::estimate);
    if (!a.copies.known()) a.sheets = {};
  }
  return a;
}

void add_media(Word& to, const Word& more, bool first) {
  if (first) {
    to = more;
    return;
  }
  to.confidence = weakest(to.confidence, more.confidence);
  for (std::string_view rest = more.value; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    if ((" " + to.value + " ").find(" " + std::string(name) + " ") == std::string::npos)
      (to.value += to.value.empty() ? "" : " ") += name;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
}

template <class T>
void agree(Known<T>& all, const Known<T>& one, bool first) {
  if (first)
    all = one;
  else if (all.value == one.value)
    weaken(all, one.confidence);
  else
    all = {};
}

void forget_pages(Analysis& a) {
  a.pages = a.color_pages = a.mono_pages = a.sheets = {};
}
}  // namespace

void weaken(Analysis& a) {
  for (Count* count : {&a.pages, &a.color_pages, &a.mono_pages, &a.copies, &a.number_up, &a.sheets, &a.hold})
    weaken(*count, Confidence::estimate);
  for (Word* word : {&a.sides, &a.media, &a.color_mode, &a.user, &a.title, &a.account})
    weaken(*word, Confidence::estimate);
}

Analysis join_parts(const std::vector<AnalysedPart>& parts, bool complete, const Attributes& ticket) {
  const Wishes wishes(ticket);
  Environment pjl, ever;
  std::vector<Analysis> documents;
  for (const AnalysedPart& part : parts) {
    if (part.part.pjl) {
      if (part.part.resets) pjl = {};
      pjl.take(part.analysis);
      ever.take(part.analysis);
    } else {
      documents.push_back(settled(part.analysis, wishes, pjl));
    }
  }

  Analysis out;
  out.pages = out.color_pages = out.mono_pages = out.sheets = exact(0);
  const bool same_copies = std::ranges::all_of(
      documents, [&](const Analysis& d) { return d.copies.value == documents.front().copies.value; });
  bool first = true;
  for (const Analysis& d : documents) {
    const std::int64_t times = same_copies ? 1 : d.copies.value;
    const auto counted = [&](Count count) {
      count.value *= times;
      if (!same_copies) weaken(count, d.copies.confidence);
      return count;
    };
    if (first) out.language = d.language;
    out.provisional = out.provisional || d.provisional;
    out.pages = sum(out.pages, counted(d.pages));
    out.color_pages = sum(out.color_pages, counted(d.color_pages));
    out.mono_pages = sum(out.mono_pages, counted(d.mono_pages));
    out.sheets = sum(out.sheets, d.sheets);
    agree(out.copies, d.copies, first);
    agree(out.sides, d.sides, first);
    agree(out.color_mode, d.color_mode, first);
    agree(out.number_up, d.number_up, first);
    add_media(out.media, d.media, first);
    if (!out.user.known()) out.user = d.user;
    if (!out.title.known()) out.title = d.title;
    if (!out.account.known()) out.account = d.account;
    if (!out.hold.known()) out.hold = d.hold;
    if (out.why.empty() && d.pages.confidence != Confidence::exact)
      out.why = d.why.empty() ? "how many pages it has cannot be told" : d.why;
    first = false;
  }
  if (documents.empty()) out.copies = exact(1);
  if (!same_copies) out.copies = {1, out.pages.confidence};
  // PJL speaks of the whole job, with its driver's words; the document's own are second.
  if (ever.user.known()) out.user = ever.user;
  if (ever.title.known()) out.title = ever.title;
  if (ever.account.known()) out.account = ever.account;
  if (ever.hold.known()) out.hold = ever.hold;
  if (!complete) {
    forget_pages(out);
    out.why = "it has more parts than are looked at";
  }
  if (!out.pages.known() || out.pages.value < 0 || out.pages.value > most_pages) forget_pages(out);
  for (Count* count : {&out.color_pages, &out.mono_pages, &out.sheets})
    if (!count->known()) *count = {};
  if (!out.media.known()) out.media = {};
  return out;
}

AnalysedDocument analysed_document(const Analysis& job) {
  AnalysedDocument out;
  out.confidence = job.pages.confidence;
  out.color_confidence = job.color_pages.confidence;
  if (job.pages.known()) out.pages = job.pages.value;
  if (job.color_pages.known()) out.color_pages = job.color_pages.value;
  if (job.sheets.known()) out.sheets = job.sheets.value;
  if (job.copies.known()) out.copies = static_cast<int>(job.copies.value);
  out.sides = job.sides.value;
  out.media = job.media.value;
  out.why = job.why;
  out.provisional = job.provisional;
  return out;
}

}  // namespace printrouter
