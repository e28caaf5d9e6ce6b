// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PCL XL (PCL 6; HP PCL XL Feature Reference Protocol Class 2.1): a header line, then attributes and
/// operators in binary, either byte order. Pages are its EndPage operators; what is painted with tells the
/// colour.
#include <array>
#include <set>

#include "../shared/chunked_analyser.hpp"
#include "../shared/page_tally.hpp"
#include "xl_image.hpp"
#include "xl_names.hpp"

namespace printrouter::languages {

class PclxlAnalyser : public ChunkedAnalyser {
 public:
  static constexpr const char* media_type = "application/vnd.hp-PCLXL";
  PclxlAnalyser() : ChunkedAnalyser(most_header) {}
  void finish(sdk::Analysis& out) override;

 private:
  static constexpr std::size_t most_header = 4096;
  /// The value of an attribute: numbers, or the first bytes of an array of bytes.
  struct Value {
    unsigned count = 0;  ///< numbers; of an array its length
    bool array = false;
    double number[4] = {};
    std::string bytes = {};
  };
  struct Source {  ///< a pen or brush
    bool paints = true, coloured = false, uncertain = false;
  };
  struct Graphics {
    Source pen = {}, brush = {};
    std::int64_t space = 0;  ///< ColorSpace: 1 grey, 2 RGB, 6 sRGB
    bool palette = false;
    XlImage::ColouredEntries entries{};
    bool entries_coloured = false;
  };

  std::size_t parse(std::string_view bytes) override;
  std::size_t header_line(std::string_view bytes);
  std::size_t value(std::string_view bytes);
  std::size_t array(std::string_view bytes);
  std::size_t attribute(std::string_view bytes);
  void keep(unsigned id);
  void operate(unsigned op);
  void data_begins(std::uint64_t length);
  void begin_page();
  void end_page();
  void set_source(Source& source, unsigned null_attribute);
  void set_color_space();
  void begin_bitmap();
  void paint(const Source& source);
  void damaged(std::string_view why);
  std::uint32_t integer(std::string_view bytes, std::size_t at, unsigned size) const;
  const Value* given(unsigned id) const { return stamp_[id] == now_ ? &values_[id] : nullptr; }
  std::int64_t number(unsigned id, std::int64_t otherwise) const;

  enum class At { header, tags } at_ = At::header;
  bool big_endian_ = false, in_session_ = false, in_page_ = false, ended_well_ = false;
  /// The value that waits for the name of its attribute. Within one parse its bytes are the document's own.
  struct Pending {
    unsigned tag = 0, unit = 0;
    std::uint32_t count = 0;
    std::string_view bytes = {};
  } pending_;
  std::string pending_bytes_;
  bool has_value_ = false;
  std::uint64_t array_left_ = 0, data_left_ = 0;
  bool looking_ = false;
  std::array<Value, 256> values_{};
  std::array<std::uint32_t, 256> stamp_{};
  std::uint32_t now_ = 1;
  unsigned last_operator_ = 0;

  Graphics graphics_;
  std::vector<Graphics> stack_;
  XlImage image_;
  bool in_pattern_ = false;
  bool coloured_patterns_ = false;  ///< any pattern so far
  bool page_coloured_ = false, page_uncertain_ = false;
  Sides sides_ = Sides::unsaid;
  bool back_next_ = false;
  std::string media_;
  PageTally tally_;
};

}  // namespace printrouter::languages
