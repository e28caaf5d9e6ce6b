// SPDX-License-Identifier: Apache-2.0
#include "document/job_split.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "document/pjl_header.hpp"

namespace printrouter {
namespace {
constexpr std::string_view uel = sdk::pjl::kUel;
constexpr std::size_t window = 256 * 1024;
constexpr std::size_t head_bytes = 64 * 1024;

bool filler(char c) {
  return c == '\0' || c == '\r' || c == '\n' || c == '\x04' || c == ' ' || c == '\t';
}

/// Binary data in which nine bytes could look like a mark by chance.
bool binary(Language language) {
  switch (language) {
    case Language::pdf:
    case Language::pclxl:
    case Language::pwg_raster:
    case Language::urf:
    case Language::jpeg:
    case Language::png:
    case Language::tiff:
      return true;
    default:
      return false;
  }
}

class Splitter {
 public:
  Splitter(const DocumentReader& job, std::string_view declared) : job_(job), declared_(declared) {}

  Status run() {
    std::uint64_t at = 0;
    while (at < job_.size()) {
      if (out.parts.size() >= most_parts) {
        out.complete = false;
        return {};
      }
      auto next = part(at);
      if (!next) return fail(std::move(next).error());
      at = *next;
    }
    return {};
  }
  JobParts out;

 private:
  Result<std::string> bytes(std::uint64_t at, std::size_t size) const {
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, job_.size() - at)), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
      auto got = job_.read_at(at + filled, text.data() + filled, text.size() - filled);
      if (!got) return fail(std::move(got).error());
      if (*got == 0) break;
      filled += std::min(*got, text.size() - filled);
    }
    text.resize(filled);
    return text;
  }

  /// The part at `at`; answers where the next begins.
  Result<std::uint64_t> part(std::uint64_t at) {
    auto head = bytes(at, head_bytes);
    if (!head) return fail(std::move(head).error());
    if (head->empty()) return job_.size();  // shorter than it said
    if (const std::size_t skip = nothing(*head, at + head->size() >= job_.size()); skip > 0) return at + skip;
    const PjlHeader header = parse_pjl_header(*head);
    if (header.present && header.length > 0) {
      add_pjl(at, std::string_view(*head).substr(0, static_cast<std::size_t>(header.length)));
      entered_ = header.language;
      return at + header.length;
    }
    return document(at, *head);
  }

  /// How many bytes at the start are marks, or blanks before a mark or the end. Blanks before anything else
  /// belong to the document: empty lines fill pages.
  static std::size_t nothing(std::string_view head, bool last) {
    std::size_t at = 0;
    while (head.substr(at).starts_with(uel)) at += uel.size();
    std::size_t blanks = at;
    while (blanks < head.size() && filler(head[blanks])) ++blanks;
    const bool ends = blanks == head.size() ? last : head.substr(blanks).starts_with(uel);
    return ends ? blanks : at;
  }

  void add_pjl(std::uint64_t at, std::string_view text) {
    JobPart piece{true, false, Language::unknown, false, at, 0};
    for (std::size_t line = 0; line < text.size();) {
      const std::size_t end = std::min(text.find('\n', line), text.size() - 1) + 1;
      if (resets(text.substr(line, end - line))) {
        piece.size = at + line - piece.offset;
        if (piece.size > 0) out.parts.push_back(piece);
        piece = {true, true, Language::unknown, false, at + line, 0};
      }
      line = end;
    }
    piece.size = at + text.size() - piece.offset;
    out.parts.push_back(piece);
  }

  static bool resets(std::string_view line) {
    while (line.starts_with(uel)) line.remove_prefix(uel.size());
    if (line.size() < 4) return false;
    line.remove_prefix(4);  // "@PJL"
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    const std::string word = sdk::pjl::detail::upper(line.substr(0, line.find_first_of(" \t\r\n")));
    return word == "JOB" || word == "EOJ" || word == "RESET" || word == "INITIALIZE";
  }

  Result<std::uint64_t> document(std::uint64_t at, std::string_view head) {
    JobPart piece;
    piece.offset = at;
    const Sniffed sniffed = sniff_document(head);
    piece.language = sniffed.language;
    piece.uncertain = sniffed.uncertain;
    entered_.clear();
    auto end = end_of(at, piece.language);
    if (!end) return fail(std::move(end).error());
    piece.size = *end - at;
    out.parts.push_back(piece);
    return *end;
  }

  Sniffed sniff_document(std::string_view head) const {
    // With ENTER LANGUAGE in front, so that it counts where the bytes say nothing sure.
    if (!entered_.empty()) return sniff("@PJL ENTER LANGUAGE=" + entered_ + "\n" + std::string(head));
    Sniffed sniffed = sniff(head);
    if ((sniffed.uncertain || sniffed.language == Language::unknown) && out.parts.empty())
      if (const auto named = language_of_mime(declared_)) sniffed = {*named, false, true};
    return sniffed;
  }

  /// Where the document at `begin` ends: at the mark that ends it, or at the end of the job.
  Result<std::uint64_t> end_of(std::uint64_t begin, Language language) const {
    std::uint64_t at = begin;
    while (at < job_.size()) {
      auto text = bytes(at, window);
      if (!text) return fail(std::move(text).error());
      if (text->empty()) return at;
      for (std::size_t from = 0; from < text->size();) {
        const void* found = ::memmem(text->data() + from, text->size() - from, uel.data(), uel.size());
        if (!found) break;
        const auto mark = static_cast<std::size_t>(static_cast<const char*>(found) - text->data());
        auto ends = ends_document(at + mark, language);
        if (!ends) return fail(std::move(ends).error());
        if (*ends) return at + mark;
        from = mark + uel.size();
      }
      if (at + text->size() >= job_.size()) break;
      at += text->size() - (uel.size() - 1);
    }
    return job_.size();
  }

  Result<bool> ends_document(std::uint64_t mark, Language language) const {
    if (!binary(language)) return true;
    auto after = bytes(mark, 4096);
    if (!after) return fail(std::move(after).error());
    std::string_view rest = *after;
    while (!rest.empty() && (rest.starts_with(uel) || filler(rest.front())))
      rest.remove_prefix(rest.starts_with(uel) ? uel.size() : 1);
    if (rest.empty()) return mark + after->size() >= job_.size();
    if (parse_pjl_header(rest).present) return true;
    const Sniffed next = sniff(rest);
    return !next.uncertain && next.language != Language::unknown;
  }

  const DocumentReader& job_;
  const std::string_view declared_;
  std::string entered_;  ///< what the PJL in front said
};
}  // namespace

Result<JobParts> split_job(const DocumentReader& job, std::string_view declared) {
  Splitter splitter(job, declared);
  if (auto done = splitter.run(); !done) return fail(std::move(done).error());
  return std::move(splitter.out);
}

}  // namespace printrouter
