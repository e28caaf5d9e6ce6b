// SPDX-License-Identifier: Apache-2.0
#include "pdf_analyser.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <qpdf/InputSource.hh>
#include <qpdf/QPDFExc.hh>
#include <qpdf/QPDFLogger.hh>
#include <string_view>

#include "../shared/media_sizes.hpp"
#include "page_colors.hpp"
#include "pdf_pages.hpp"
#include "quick_look.hpp"

namespace printrouter::pdf {
namespace {
constexpr std::chrono::seconds time_for_colors{6};

/// qpdf reads small pieces here and there, a page's dictionary in one place and its content in another:
/// blocks of the document kept in memory, 1 MiB at most, save it most of the calls.
class DocumentInput : public InputSource {
 public:
  explicit DocumentInput(sdk::Reader reader)
      : reader_(reader), size_(static_cast<qpdf_offset_t>(reader.size())) {}
  qpdf_offset_t findAndSkipNextEOL() override {
    for (std::string_view text = rest(); !text.empty() && !is_eol(text.front()); text = rest())
      at_ += first_eol(text);
    const qpdf_offset_t end = at_;
    for (std::string_view text = rest(); !text.empty() && is_eol(text.front()); text = rest()) ++at_;
    return end;
  }
  std::string const& getName() const override { return name_; }
  qpdf_offset_t tell() override { return at_; }
  void seek(qpdf_offset_t offset, int whence) override {
    at_ = (whence == SEEK_SET ? 0 : whence == SEEK_END ? size_ : at_) + offset;
    if (at_ < 0) throw std::runtime_error("seek before the beginning");
  }
  void rewind() override { at_ = 0; }
  size_t read(char* out, size_t length) override {
    last_offset = at_;
    size_t done = 0;
    for (std::string_view text = rest(); done < length && !text.empty(); text = rest()) {
      const size_t n = text.copy(out + done, length - done);
      done += n;
      at_ += static_cast<qpdf_offset_t>(n);
    }
    return done;
  }
  void unreadCh(char) override {
    if (at_ > 0) --at_;
  }

 private:
  static constexpr qpdf_offset_t block_bytes = 16 * 1024;
  struct Block {
    qpdf_offset_t number = -1;
    std::string bytes = {};
  };
  static bool is_eol(char c) { return c == '\r' || c == '\n'; }
  static qpdf_offset_t first_eol(std::string_view text) {
    return static_cast<qpdf_offset_t>(std::min(text.find_first_of("\r\n"), text.size()));
  }
  /// From `at_` to the end of its block; empty: there is nothing more.
  std::string_view rest() {
    if (at_ >= size_) return {};
    const qpdf_offset_t number = at_ / block_bytes;
    Block& block = blocks_[static_cast<size_t>(number) % blocks_.size()];
    if (block.number != number) {
      const qpdf_offset_t begin = number * block_bytes;
      block.bytes.resize(static_cast<size_t>(std::min(block_bytes, size_ - begin)));
      const auto got = reader_.read_at(static_cast<uint64_t>(begin), block.bytes.data(), block.bytes.size());
      block.bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
      block.number = got > 0 ? number : -1;
    }
    const auto from = static_cast<size_t>(at_ % block_bytes);
    return from < block.bytes.size() ? std::string_view(block.bytes).substr(from) : std::string_view();
  }
  sdk::Reader reader_;
  qpdf_offset_t size_, at_ = 0;
  std::array<Block, 64> blocks_ = {};  ///< by number modulo their count
  std::string name_ = "document";
};

/// A whole PDF ends in %%EOF (ISO 32000-1 7.5.5); one that was cut off does not.
bool has_its_end(const sdk::Reader& reader) {
  std::string tail(static_cast<size_t>(std::min<uint64_t>(reader.size(), 2048)), '\0');
  const auto got = reader.read_at(reader.size() - tail.size(), tail.data(), tail.size());
  return got > 0 &&
         std::string_view(tail.data(), static_cast<size_t>(got)).find("%%EOF") != std::string_view::npos;
}

/// Optional content that is not simply visible.
bool hides_layers(QPDF& pdf) {
  QPDFObjectHandle properties = pdf.getRoot().getKey("/OCProperties");
  return properties.isDictionary();
}

struct Tally {
  std::int64_t color = 0;
  bool certain = true;
};

void analyse(const sdk::Reader& reader, bool colors, sdk::Analysis& out) {
  QPDF pdf;
  pdf.setLogger(QPDFLogger::create());
  pdf.setSuppressWarnings(true);
  pdf.processInputSource(std::make_shared<DocumentInput>(reader));
  const bool mended = pdf.anyWarnings();
  if (mended && !has_its_end(reader)) {
    out.why = "the PDF is cut off";
    return;
  }
  languages::MediaList media;
  Tally tally;
  PageColors page_colors(hides_layers(pdf), std::chrono::steady_clock::now() + time_for_colors);
  // Without colours only the count is asked for; which paper is not told then either.
  std::optional<QuickLook> quick;
  if (!colors && !mended) quick.emplace(pdf, reader);
  const auto each = [&](const Page& page) {
    media.add(page.width, page.height);
    if (!colors) return;
    const Colour c = page_colors.of(page.object, page.resources, page.seen);
    tally.color += c >= Colour::maybe;
    if (c == Colour::maybe || c == Colour::maybe_mono) tally.certain = false;
  };
  const PageWalk walk = walk_pages(pdf, each, quick ? &*quick : nullptr);
  if (!walk.why.empty() || walk.pages == 0) {
    out.why = walk.why.empty() ? "the PDF has no pages" : walk.why;
    return;
  }
  const bool certain = walk.certain && !mended && !pdf.anyWarnings();
  const auto sure = [&](bool this_too) {
    return uint32_t{certain && this_too ? PR_CONFIDENCE_EXACT : PR_CONFIDENCE_ESTIMATE};
  };
  out.pages = {walk.pages, sure(true)};
  if (!certain) out.why = "the PDF is damaged; readers may mend it in different ways";
  if (colors && !page_colors.late()) {
    out.color_pages = {tally.color, sure(tally.certain)};
    out.mono_pages = {walk.pages - tally.color, sure(tally.certain)};
  }
  if (std::string names = media.joined(); !names.empty() && !quick)
    out.media = {std::move(names), sure(!media.unknown())};
  if (std::string title = info_title(pdf); !title.empty()) out.title = {std::move(title), sure(true)};
}
}  // namespace

PdfAnalyser::PdfAnalyser(const sdk::Plugin& plugin, sdk::Reader reader)
    : SeekableAnalyser(reader), look_for_colors_(plugin.config("depth") != "pages") {}

void PdfAnalyser::finish(sdk::Analysis& out) {
  try {
    analyse(reader_, look_for_colors_, out);
  } catch (const QPDFExc& e) {
    out = {};
    out.why = e.getErrorCode() == qpdf_e_password ? "the PDF wants a password"
                                                  : "the PDF is damaged: " + e.getMessageDetail();
  } catch (const std::exception& e) {
    out = {};
    out.why = std::string("the PDF is damaged: ") + e.what();
  }
}

}  // namespace printrouter::pdf
