// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The frame that PWG and Apple raster share: a header of the file, then for each page a header and its
/// packed lines. What stands in the headers is the language's own.
#include <string>
#include <string_view>

#include "chunked_analyser.hpp"
#include "page_tally.hpp"
#include "raster_lines.hpp"

namespace printrouter::languages {

class RasterPages : public ChunkedAnalyser {
 public:
  /// `name`: of the language, for people.
  RasterPages(std::string_view name, std::size_t file_header, std::size_t page_header)
      : ChunkedAnalyser(RasterLines::most_unit),
        name_(name),
        file_header_(file_header),
        page_header_(page_header) {}

  void finish(sdk::Analysis& out) final {
    // Between two pages is the only place where such a stream may end.
    if (!tally_.given_up() && (at_ != At::page || !whole()))
      tally_.give_up(name_ + " that breaks off in a page");
    if (!tally_.given_up()) pages_are_over(tally_);
    tally_.report(out);
  }

 protected:
  /// How a page's lines are packed, and what is told of it.
  struct Page {
    std::uint32_t pixels_a_line = 0, lines = 0, pixel_bytes = 0;
    Pixels pixels = Pixels::opaque;
    bool white_rest = false;  ///< as RasterLines
    std::int64_t copies = 0;  ///< 0: not said
    Sides sides = Sides::unsaid;
    std::string media = {};
  };
  /// false: no file of this language.
  virtual bool begin_file(std::string_view header) = 0;
  /// false: the header contradicts itself.
  virtual bool begin_page(std::string_view header, Page& page) = 0;
  virtual void pages_are_over(PageTally&) {}

 private:
  enum class At { file, page, lines };
  void damaged(std::string_view before, std::string_view behind) {
    tally_.give_up(std::string(before) + name_ + std::string(behind));
    end();
  }

  std::size_t parse(std::string_view bytes) final {
    std::size_t used = 0;
    while (!ended()) {
      const std::string_view rest = bytes.substr(used);
      if (at_ == At::lines) {
        RasterLines::State state;
        used += lines_.take(rest, state);
        if (state == RasterLines::State::more) break;
        if (state == RasterLines::State::damaged) {
          damaged("the lines of a page of ", " are damaged");
          break;
        }
        tally_.page(page_.pixels == Pixels::opaque ? Colour::maybe
                    : lines_.coloured()            ? Colour::color
                                                   : Colour::mono,
                    page_.copies, page_.sides, page_.media);
        at_ = At::page;
        continue;
      }
      const std::size_t header = at_ == At::file ? file_header_ : page_header_;
      if (rest.size() < header) break;
      used += header;
      if (at_ == At::file) {
        if (!begin_file(rest.substr(0, header))) damaged("no ", ": it does not begin as one");
        at_ = At::page;
        continue;
      }
      page_ = {};
      if (!begin_page(rest.substr(0, header), page_)) damaged("a page header of ", " contradicts itself");
      lines_.begin(page_.pixels_a_line, page_.lines, page_.pixel_bytes, page_.pixels, page_.white_rest);
      at_ = At::lines;
    }
    return used;
  }

  const std::string name_;
  const std::size_t file_header_, page_header_;
  At at_ = At::file;
  RasterLines lines_;
  Page page_;
  PageTally tally_;
};

}  // namespace printrouter::languages
