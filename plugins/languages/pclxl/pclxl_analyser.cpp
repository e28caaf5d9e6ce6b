// SPDX-License-Identifier: Apache-2.0
#include "pclxl_analyser.hpp"

#include <cstring>

namespace printrouter::languages {
namespace {
constexpr std::size_t most_kept = 3 * 256;  ///< a palette
constexpr std::size_t most_stack = 512;

/// Attributes that are looked at.
constexpr auto matters = [] {
  std::array<bool, 256> out{};
  for (const unsigned id : {xl::palette_depth,     xl::color_space,
                            xl::null_brush,        xl::null_pen,
                            xl::palette_data,      xl::pattern_select_id,
                            xl::gray_level,        xl::rgb_color,
                            xl::primary_array,     xl::primary_depth,
                            xl::media_size,        xl::orientation,
                            xl::custom_media_size, xl::custom_media_size_units,
                            xl::page_copies,       xl::simplex_page_mode,
                            xl::duplex_page_mode,  xl::duplex_page_side,
                            xl::color_depth,       xl::color_mapping,
                            xl::compress_mode,     xl::source_height,
                            xl::source_width,      xl::pad_bytes_multiple,
                            xl::vu_data_length})
    out[id] = true;
  return out;
}();

/// Bytes of a number by the low bits of its tag: ubyte, uint16, uint32, sint16, sint32, real32.
unsigned size_of(unsigned tag) {
  constexpr unsigned sizes[8] = {1, 2, 4, 2, 4, 4, 0, 0};
  return sizes[tag & 7];
}
}  // namespace

void PclxlAnalyser::damaged(std::string_view why) {
  tally_.give_up(why);
  end();
}

std::uint32_t PclxlAnalyser::integer(std::string_view bytes, std::size_t at, unsigned size) const {
  std::uint32_t out = 0;
  for (unsigned i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + (big_endian_ ? i : size - 1 - i)]);
    out = out << 8 | byte;
  }
  return out;
}

std::int64_t PclxlAnalyser::number(unsigned id, std::int64_t otherwise) const {
  const Value* v = given(id);
  return v && v->count == 1 && v->number[0] > -1e9 && v->number[0] < 1e10
             ? static_cast<std::int64_t>(v->number[0])
             : otherwise;
}

std::size_t PclxlAnalyser::header_line(std::string_view bytes) {
  const std::size_t end_of_line = bytes.find('\n');
  if (end_of_line == std::string_view::npos) return 0;
  if (bytes[0] == '\'') {
    damaged("the ASCII binding of PCL XL is recognised, not read");
  } else if ((bytes[0] != ')' && bytes[0] != '(') || bytes.substr(1, 11) != " HP-PCL XL;") {
    damaged("no PCL XL: its header line is missing");
  }
  big_endian_ = bytes[0] == '(';
  at_ = At::tags;
  return end_of_line + 1;
}

std::size_t PclxlAnalyser::value(std::string_view bytes) {
  const unsigned tag = static_cast<unsigned char>(bytes[0]), unit = size_of(tag);
  const unsigned count = tag < 0xc8 ? 1 : tag < 0xd8 ? 2 : 4;
  if (unit == 0 || (tag & 15) > 7) {
    damaged("PCL XL with a data type that is none");
    return 0;
  }
  const std::size_t size = std::size_t{unit} * count;
  if (bytes.size() < 1 + size) return 0;
  pending_ = {tag, unit, count, bytes.substr(1, size)};
  has_value_ = true;
  return 1 + size;
}

/// Tag, then its length as a number with its own tag. The elements pass by; the first are kept.
std::size_t PclxlAnalyser::array(std::string_view bytes) {
  const unsigned tag = static_cast<unsigned char>(bytes[0]), unit = size_of(tag);
  if (bytes.size() < 2) return 0;
  const unsigned length_tag = static_cast<unsigned char>(bytes[1]);
  if (unit == 0 || (length_tag != 0xc0 && length_tag != 0xc1 && length_tag != 0xc2)) {
    damaged("PCL XL with an array without length");
    return 0;
  }
  const std::size_t head = 2 + size_of(length_tag);
  if (bytes.size() < head) return 0;
  const std::uint32_t length = integer(bytes, 2, size_of(length_tag));
  const std::uint64_t size = std::uint64_t{length} * unit;
  pending_ = {tag, unit, length, {}};
  has_value_ = true;
  if (size <= bytes.size() - head) {
    pending_.bytes = bytes.substr(head, static_cast<std::size_t>(std::min<std::uint64_t>(size, most_kept)));
    return head + static_cast<std::size_t>(size);
  }
  array_left_ = size;
  pending_bytes_.clear();
  return head;
}

std::size_t PclxlAnalyser::attribute(std::string_view bytes) {
  const unsigned size = static_cast<unsigned char>(bytes[0]) == 0xf8 ? 1 : 2;
  if (bytes.size() < 1 + size) return 0;
  const std::uint32_t id = integer(bytes, 1, size);
  if (!has_value_ || id > 255) {
    damaged("PCL XL with an attribute without value");
    return 0;
  }
  if (matters[id]) keep(id);
  has_value_ = false;
  return 1 + size;
}

void PclxlAnalyser::keep(unsigned id) {
  Value& v = values_[id];
  v.count = pending_.count;
  v.array = pending_.tag >= 0xc8 && pending_.tag < 0xd0;
  stamp_[id] = now_;
  if (v.array) {
    v.bytes.assign(pending_.bytes);
    v.number[0] = pending_.unit;
    return;
  }
  for (unsigned i = 0; i < v.count && i < 4; ++i) {
    const std::uint32_t raw = integer(pending_.bytes, std::size_t{i} * pending_.unit, pending_.unit);
    double n = raw;
    if ((pending_.tag & 7) == 3) n = static_cast<std::int16_t>(raw);
    if ((pending_.tag & 7) == 4) n = static_cast<std::int32_t>(raw);
    if ((pending_.tag & 7) == 5) {
      float real;
      std::memcpy(&real, &raw, sizeof real);
      n = static_cast<double>(real);
    }
    v.number[i] = n;
  }
}

std::size_t PclxlAnalyser::parse(std::string_view bytes) {
  std::size_t used = 0;
  if (at_ == At::header) used = header_line(bytes);
  if (at_ == At::header) return used;
  while (!ended() && used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    if (data_left_ > 0) {
      if (!looking_ || !image_.looks()) {
        skip(data_left_);
        data_left_ = 0;
        break;
      }
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, rest.size()));
      image_.feed(rest.substr(0, n));
      data_left_ -= n;
      used += n;
      continue;
    }
    if (array_left_ > 0) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(array_left_, rest.size()));
      pending_bytes_.append(
          rest.substr(0, std::min(n, most_kept - std::min(most_kept, pending_bytes_.size()))));
      pending_.bytes = pending_bytes_;
      array_left_ -= n;
      used += n;
      continue;
    }
    const unsigned tag = static_cast<unsigned char>(rest[0]);
    std::size_t taken = 1;
    if (tag >= 0x40 && tag < 0xc0) {
      operate(tag);
    } else if (tag >= 0xc0 && tag < 0xf0) {
      taken = tag >= 0xc8 && tag < 0xd0 ? array(rest) : value(rest);
      // Most values belong to attributes that do not matter: past them at once.
      if (taken && array_left_ == 0 && rest.size() > taken + 1 && rest[taken] == '\xf8' &&
          !matters[static_cast<unsigned char>(rest[taken + 1])]) {
        has_value_ = false;
        taken += 2;
      }
    } else if (tag == 0xf8 || tag == 0xf9) {
      taken = attribute(rest);
    } else if (tag == 0xfa || tag == 0xfb) {
      const unsigned size = tag == 0xfa ? 4 : 1;
      taken = rest.size() < 1 + size ? 0 : 1 + size;
      if (taken) data_begins(integer(rest, 1, size));
    } else if (tag == 0x1b) {
      end();  // a UEL: the language is left
    } else if (tag != 0 && tag != ' ' && !(tag >= 9 && tag <= 13)) {
      damaged("PCL XL with a tag that is none");
    }
    if (taken == 0) break;
    used += taken;
  }
  if (has_value_ && pending_.bytes.data() != pending_bytes_.data()) {
    pending_bytes_.assign(pending_.bytes);  // what it lies in goes
    pending_.bytes = pending_bytes_;
  }
  return used;
}

void PclxlAnalyser::data_begins(std::uint64_t length) {
  data_left_ = length;
  looking_ = last_operator_ == xl::read_image || last_operator_ == xl::read_rast_pattern;
}

void PclxlAnalyser::operate(unsigned op) {
  switch (op) {
    case xl::begin_session:
      in_session_ = true;
      ended_well_ = false;
      break;
    case xl::end_session:
      if (in_page_) return damaged("PCL XL with a session that ends in a page");
      in_session_ = false;
      ended_well_ = true;
      break;
    case xl::begin_page:
      begin_page();
      break;
    case xl::end_page:
      end_page();
      break;
    case xl::vendor_unique:
      // The maker's own; its data has no length of its own.
      data_left_ = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(xl::vu_data_length, 0)));
      looking_ = false;
      break;
    case xl::exec_stream:
      tally_.doubt_pages("PCL XL that runs a stream stored before");
      page_uncertain_ = true;
      break;
    case xl::push_gs:
      if (stack_.size() == most_stack) return damaged("PCL XL that nests deeper than any driver");
      stack_.push_back(graphics_);
      break;
    case xl::pop_gs:
      if (!stack_.empty()) {
        graphics_ = stack_.back();
        stack_.pop_back();
      }
      break;
    case xl::set_brush_source:
      set_source(graphics_.brush, xl::null_brush);
      break;
    case xl::set_pen_source:
      set_source(graphics_.pen, xl::null_pen);
      break;
    case xl::set_color_space:
      set_color_space();
      break;
    case xl::paint_path:
    case xl::chord:
    case xl::ellipse:
    case xl::pie:
    case xl::rectangle:
    case xl::round_rectangle:
      paint(graphics_.pen);
      paint(graphics_.brush);
      break;
    case xl::text:
    case xl::begin_scan:
    case xl::scan_line_rel:
      paint(graphics_.brush);
      break;
    case xl::begin_image:
    case xl::begin_rast_pattern:
      in_pattern_ = op == xl::begin_rast_pattern;
      begin_bitmap();
      break;
    case xl::read_image:
    case xl::read_rast_pattern:
      image_.begin_block(
          static_cast<unsigned>(std::max<std::int64_t>(0, number(xl::compress_mode, 0))),
          static_cast<std::uint32_t>(std::max<std::int64_t>(0, number(xl::pad_bytes_multiple, 4))));
      break;
    case xl::end_image:
      page_coloured_ |= image_.coloured();
      page_uncertain_ |= image_.uncertain();
      break;
    case xl::end_rast_pattern:
      coloured_patterns_ |= image_.coloured() || image_.uncertain();
      break;
    case xl::pass_through:
      page_uncertain_ = true;  // PCL 5 within
      break;
    default:
      break;
  }
  last_operator_ = op;
  ++now_;
}

void PclxlAnalyser::begin_page() {
  if (!in_session_ || in_page_)
    return damaged("PCL XL with a page that begins outside a session or in a page");
  in_page_ = true;
  page_coloured_ = page_uncertain_ = false;
  graphics_ = {};
  stack_.clear();
  const Value *size = given(xl::media_size), *custom = given(xl::custom_media_size);
  if (size && size->array) {
    std::string name = size->bytes;
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    media_ = std::string(xl::media_by_name(name.substr(0, std::min(name.find('\0'), name.size()))));
  } else if (size) {
    media_ = std::string(xl::media_by_number(number(xl::media_size, -1)));
  } else if (custom && custom->count == 2 && !custom->array) {
    const std::int64_t unit = number(xl::custom_media_size_units, -1);
    const double mm = unit == 0 ? mm_per_inch : unit == 1 ? 1 : unit == 2 ? 0.1 : 0;
    media_ = media_name(custom->number[0] * mm, custom->number[1] * mm);
  }
  const std::int64_t duplex = number(xl::duplex_page_mode, -1);
  if (given(xl::simplex_page_mode)) sides_ = Sides::one;
  if (duplex >= 0) {
    const Sides binding = duplex == 1 ? Sides::long_edge : Sides::short_edge;
    if (sides_ != binding) back_next_ = false;
    sides_ = binding;
    // Which edge a vertical binding is, on a page that lies on its side, devices do not agree on.
    const std::int64_t orientation = number(xl::orientation, 0);
    if (orientation == 1 || orientation == 3) tally_.doubt_sides();
    const std::int64_t side = number(xl::duplex_page_side, -1);
    if (side >= 0 && (side == 1) != back_next_) {
      tally_.doubt_sides();  // a side is left empty
      back_next_ = side == 1;
    }
  }
}

void PclxlAnalyser::end_page() {
  if (!in_page_) return damaged("PCL XL with a page that ends before it begins");
  in_page_ = false;
  back_next_ = sides_ != Sides::one && sides_ != Sides::unsaid && !back_next_;
  const std::int64_t copies = given(xl::page_copies) ? number(xl::page_copies, -1) : 0;
  if (given(xl::page_copies) && (copies < 1 || copies > 65'535))
    tally_.doubt_pages("PCL XL with a page of no or very many copies");
  const Colour colour = page_coloured_ ? Colour::color : page_uncertain_ ? Colour::maybe : Colour::mono;
  tally_.page(colour, copies > 0 && copies <= 65'535 ? copies : 0, sides_, media_);
}

void PclxlAnalyser::set_color_space() {
  graphics_.space = number(xl::color_space, 0);
  graphics_.pen = graphics_.brush = {};
  const Value* data = given(xl::palette_data);
  graphics_.palette = data != nullptr;
  graphics_.entries = {};
  graphics_.entries_coloured = false;
  if (!data || graphics_.space == 1) return;
  for (std::size_t i = 0; i * 3 + 3 <= data->bytes.size() && i < 256; ++i) {
    const char* entry = data->bytes.data() + i * 3;
    graphics_.entries[i] = entry[0] != entry[1] || entry[1] != entry[2];
    graphics_.entries_coloured |= graphics_.entries[i];
  }
}

void PclxlAnalyser::set_source(Source& source, unsigned null_attribute) {
  source = {};
  if (given(null_attribute)) {
    source.paints = false;
    return;
  }
  if (given(xl::pattern_select_id)) {
    source.uncertain = coloured_patterns_;
    return;
  }
  const Value* color = given(xl::rgb_color);
  if (!color) color = given(xl::primary_array);
  if (!color) return;  // a grey level
  if (!color->array) {
    source.uncertain = true;
    return;
  }
  const auto unit = static_cast<std::size_t>(color->number[0]);
  if (color->count == 1) return;
  if (color->count != 3 || color->bytes.size() != 3 * unit) {
    source.uncertain = true;
    return;
  }
  const std::string_view bytes = color->bytes;
  source.coloured = bytes.substr(0, unit) != bytes.substr(unit, unit) ||
                    bytes.substr(unit, unit) != bytes.substr(2 * unit, unit);
}

void PclxlAnalyser::begin_bitmap() {
  const std::int64_t depth = number(xl::color_depth, -1), width = number(xl::source_width, 0);
  const bool indexed = number(xl::color_mapping, 0) == 1;
  const unsigned bits = depth == 0 ? 1 : depth == 1 ? 4 : 8;
  XlImage::Sees sees = XlImage::Sees::blind;
  if (graphics_.space == 1) {
    sees = XlImage::Sees::nothing;
  } else if (indexed) {
    sees = graphics_.palette && !graphics_.entries_coloured ? XlImage::Sees::nothing
           : graphics_.palette                              ? XlImage::Sees::indexed
                                                            : XlImage::Sees::blind;
  } else if ((graphics_.space == 2 || graphics_.space == 6) && depth == 2) {
    sees = XlImage::Sees::direct;
  }
  image_.begin(sees, static_cast<std::uint32_t>(std::clamp<std::int64_t>(width, 0, 1 << 24)), bits,
               graphics_.entries);
}

void PclxlAnalyser::paint(const Source& source) {
  if (!source.paints) return;
  page_coloured_ |= source.coloured;
  page_uncertain_ |= source.uncertain;
}

void PclxlAnalyser::finish(sdk::Analysis& out) {
  if (!tally_.given_up()) {
    const bool broken = at_ == At::header || in_page_ || data_left_ > 0 || array_left_ > 0 || !whole();
    if (broken) {
      tally_.give_up("PCL XL that breaks off");
    } else if (!ended_well_) {
      tally_.doubt_pages("PCL XL that ends without EndSession");
    }
  }
  tally_.report(out);
}

}  // namespace printrouter::languages
