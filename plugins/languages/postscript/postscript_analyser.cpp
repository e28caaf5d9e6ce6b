// SPDX-License-Identifier: Apache-2.0
#include "postscript_analyser.hpp"

#include <algorithm>
#include <cstring>

#include "dsc_line.hpp"

namespace printrouter::languages {
namespace {
constexpr double mm_per_point = mm_per_inch / 72;

bool takes(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

struct NamedPaper {
  std::string_view name, pwg;
};
/// Adobe PPD 4.3 appendix B.
constexpr NamedPaper papers[] = {{"A4", "iso_a4_210x297mm"},
                                 {"Letter", "na_letter_8.5x11in"},
                                 {"A3", "iso_a3_297x420mm"},
                                 {"Legal", "na_legal_8.5x14in"},
                                 {"A5", "iso_a5_148x210mm"},
                                 {"A6", "iso_a6_105x148mm"},
                                 {"Tabloid", "na_ledger_11x17in"},
                                 {"Ledger", "na_ledger_11x17in"},
                                 {"Executive", "na_executive_7.25x10.5in"},
                                 {"Statement", "na_invoice_5.5x8.5in"},
                                 {"B4", "jis_b4_257x364mm"},
                                 {"B5", "jis_b5_182x257mm"},
                                 {"Env10", "na_number-10_4.125x9.5in"},
                                 {"EnvDL", "iso_dl_110x220mm"},
                                 {"EnvC5", "iso_c5_162x229mm"}};
}  // namespace

std::size_t PostscriptAnalyser::parse(std::string_view bytes) {
  std::size_t used = 0;
  while (!ended() && used < bytes.size()) {
    const std::string_view rest = bytes.substr(used, most_line);
    const std::size_t feed = std::min(rest.find('\n'), rest.size());
    const std::size_t stop = std::min(rest.substr(0, feed).find('\r'), feed);
    if (stop == rest.size() && rest.size() < most_line) break;
    used += std::min(stop + 1, rest.size());
    line(rest.substr(0, stop));
    if (skipping()) break;
  }
  return used;
}

void PostscriptAnalyser::line(std::string_view text) {
  if (first_) {
    if (!text.empty() && text[0] == 4) text.remove_prefix(1);  // an end of transmission in front
    first_ = text.empty();
    if (!text.empty()) conforming_ = text.starts_with("%!PS-Adobe-");
    return;
  }
  if (takes(text, "%%")) return comment(text);
  media_continues_ = false;
  if (!text.empty() && text[0] == '%') return;
  program(text);
}

void PostscriptAnalyser::comment(std::string_view text) {
  const bool continues = media_continues_;
  media_continues_ = false;
  if (takes(text, "BeginDocument")) {
    ++embedded_;
  } else if (takes(text, "EndDocument")) {
    embedded_ = std::max(0, embedded_ - 1);
  } else if (text.starts_with("BeginData:") || text.starts_with("BeginBinary:")) {
    const bool binary = text[5] == 'B';
    text.remove_prefix(text.find(':') + 1);
    const std::string_view length = dsc::word(text), kind = dsc::word(text), unit = dsc::word(text);
    (void)kind;
    // Its bytes are no program. Counts in lines are rare, and lines are read as
    // such.
    if (const auto bytes = dsc::number(length); bytes && *bytes > 0 && (binary || unit == "Bytes"))
      skip(static_cast<std::uint64_t>(*bytes));
  }
  if (embedded_ > 0) return;  // what a picture says of itself
  if (takes(text, "Pages:")) {
    if (const auto pages = dsc::number(dsc::word(text)); pages && *pages >= 0) {
      const auto n = static_cast<std::int64_t>(*pages);
      if (announced_ && *announced_ != n) announcements_differ_ = true;
      announced_ = n;
    }
  } else if (takes(text, "Page:")) {
    ++page_comments_;
    defining_ = false;
    braces_ = 0;
  } else if (takes(text, "Title:")) {
    if (title_.empty()) title_ = dsc::text(text);
  } else if (takes(text, "For:")) {
    if (user_.empty()) user_ = dsc::text(text);
  } else if (takes(text, "DocumentMedia:") || takes(text, "PageMedia:") || (continues && takes(text, "+"))) {
    media_comment(text);
    media_continues_ = true;
  } else if (takes(text, "DocumentProcessColors:")) {
    const std::string_view color = dsc::word(text);
    mono_ = color == "Black" && dsc::word(text).empty();
  } else if (takes(text, "BeginFeature:") || takes(text, "BeginNonPPDFeature:")) {
    feature(text);
  } else if (text.starts_with("BeginProlog") || text.starts_with("BeginProcSet") ||
             text.starts_with("BeginResource") || text.starts_with("BeginFont")) {
    defining_ = true;
  } else if (text.starts_with("EndProlog") || text.starts_with("EndProcSet") ||
             text.starts_with("EndResource") || text.starts_with("EndFont")) {
    defining_ = false;
    braces_ = 0;
  }
}

void PostscriptAnalyser::media_comment(std::string_view text) {
  const std::string_view name = dsc::word(text);
  const auto width = dsc::number(dsc::word(text)), height = dsc::number(dsc::word(text));
  if (!name.empty() && width && height && *width > 0 && *height > 0)
    media_.add(*width * mm_per_point, *height * mm_per_point);
}

void PostscriptAnalyser::feature(std::string_view text) {
  const std::string_view key = dsc::word(text), value = dsc::word(text);
  if (key == "*Duplex") {
    duplex_ = value != "None" && value != "False";
    tumble_ = value == "DuplexTumble";
  } else if (key == "*PageSize" || key == "*PageRegion") {
    for (const NamedPaper& paper : papers)
      if (paper.name == value) media_.add(paper.pwg);
  } else if (key == "NumCopies") {
    set_copies(value);
  }
}

void PostscriptAnalyser::set_copies(std::string_view from) {
  const auto n = dsc::number(from);
  if (!n || *n < 1 || *n > 9'999 || *n != static_cast<double>(static_cast<std::int64_t>(*n))) {
    copies_differ_ = true;  // computed
    return;
  }
  if (copies_ && *copies_ != static_cast<std::int64_t>(*n)) copies_differ_ = true;
  copies_ = static_cast<std::int64_t>(*n);
}

void PostscriptAnalyser::program(std::string_view text) {
  if (defining_ || embedded_ > 0) return;
  look_for_showpage(text);
  if (text.find('/') == std::string_view::npos) return;
  for (const std::string_view name : {"/NumCopies", "/#copies"})
    if (auto rest = dsc::behind(text, name)) set_copies(dsc::word(*rest));
  const auto truth = [](std::string_view rest, std::optional<bool>& out) {
    const std::string_view word = dsc::word(rest);
    if (word.starts_with("true")) out = true;
    if (word.starts_with("false")) out = false;
  };
  if (const auto rest = dsc::behind(text, "/Duplex")) truth(*rest, duplex_);
  if (const auto rest = dsc::behind(text, "/Tumble")) truth(*rest, tumble_);
  if (auto rest = dsc::behind(text, "/PageSize")) {
    while (!rest->empty() && (dsc::blank(rest->front()) || rest->front() == '[')) rest->remove_prefix(1);
    const auto width = dsc::number(dsc::word(*rest)), height = dsc::number(dsc::word(*rest));
    if (width && height && *width > 0 && *height > 0)
      media_.add(*width * mm_per_point, *height * mm_per_point);
  }
}

/// Counts the word where it is done, and where it stands in a procedure: that
/// may be done any number of times.
void PostscriptAnalyser::look_for_showpage(std::string_view text) {
  constexpr std::string_view show = "showpage";
  const auto depth = [&](std::string_view part) {
    for (const char c : part) {
      if (c == '{') ++braces_;
      if (c == '}' && braces_ > 0) --braces_;
    }
  };
  const auto delimits = [](char c) { return dsc::blank(c) || std::strchr("{}[]()<>/%", c); };
  std::size_t done = 0;
  for (std::size_t at = text.find(show); at != std::string_view::npos; at = text.find(show, at + 1)) {
    if (at > 0 && (!delimits(text[at - 1]) || text[at - 1] == '/' || text[at - 1] == '(')) continue;
    const std::size_t end = at + show.size();
    if (end < text.size() && (!delimits(text[end]) || text[end] == ')')) continue;
    if (text.substr(0, at).find('%') != std::string_view::npos) break;  // a comment
    depth(text.substr(done, at - done));
    done = at;
    (braces_ > 0 ? shows_in_procedures_ : shows_) += 1;
  }
  depth(text.substr(done));
}

/// Why the count is not to be believed; empty: nothing speaks against it.
std::string PostscriptAnalyser::contradiction(std::int64_t pages) const {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  if (announcements_differ_) return "the structuring comments announce different page counts";
  if (announced_ && page_comments_ > 0 && *announced_ != page_comments_)
    return "the structuring comments announce " + number(*announced_) + " pages and show " +
           number(page_comments_);
  if (shows_ > 0 && shows_ != pages)
    return "the structuring comments speak of " + number(pages) + " pages, the program of " + number(shows_);
  if (shows_in_procedures_ > 0 && shows_ == 0) return "the program computes its pages";
  return {};
}

void PostscriptAnalyser::finish(sdk::Analysis& out) {
  if (!left_over().empty()) line(left_over());
  const auto likely = [](std::string text) {
    return text.empty() ? sdk::Word{} : sdk::estimate(std::move(text));
  };
  out.title = likely(title_);
  out.user = likely(user_);
  if (copies_ && !copies_differ_) out.copies = sdk::estimate(*copies_);
  if (duplex_)
    out.sides = sdk::estimate(std::string(word(!*duplex_                 ? Sides::one
                                               : tumble_.value_or(false) ? Sides::short_edge
                                                                         : Sides::long_edge)));
  out.media = likely(media_.joined());
  std::optional<std::int64_t> pages;
  if (conforming_ && page_comments_ > 0)
    pages = page_comments_;
  else if (conforming_ && announced_)
    pages = *announced_;
  else if (shows_ > 0 && shows_in_procedures_ == 0)
    pages = shows_;
  if (!pages) {
    out.why = shows_in_procedures_ > 0 ? "the program computes its pages"
                                       : "no structuring comments say how many pages";
    return;
  }
  out.why = contradiction(*pages);
  if (!out.why.empty()) return;
  out.why = "PostScript is a program: only running it tells its pages";
  out.pages = sdk::estimate(*pages);
  if (mono_) {
    out.color_pages = sdk::estimate(0);
    out.mono_pages = sdk::estimate(*pages);
  }
}

}  // namespace printrouter::languages
