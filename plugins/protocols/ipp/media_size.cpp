// SPDX-License-Identifier: Apache-2.0
// Media names and media-col (PWG 5101.1, PWG 5100.7).
#include "ipp_attributes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace printrouter::ipp {

namespace {

struct Standard {
  std::string_view name;
  MediaSize size;
};
// PWG 5101.1 table 3 to 8: the sizes office printers feed. Others are named by their measures.
constexpr std::array standards{
    Standard{"iso_a3_297x420mm", {29700, 42000}},         Standard{"iso_a4_210x297mm", {21000, 29700}},
    Standard{"iso_a5_148x210mm", {14800, 21000}},         Standard{"iso_a6_105x148mm", {10500, 14800}},
    Standard{"iso_b4_250x353mm", {25000, 35300}},         Standard{"iso_b5_176x250mm", {17600, 25000}},
    Standard{"jis_b4_257x364mm", {25700, 36400}},         Standard{"jis_b5_182x257mm", {18200, 25700}},
    Standard{"iso_sra3_320x450mm", {32000, 45000}},       Standard{"iso_c5_162x229mm", {16200, 22900}},
    Standard{"iso_dl_110x220mm", {11000, 22000}},         Standard{"na_letter_8.5x11in", {21590, 27940}},
    Standard{"na_legal_8.5x14in", {21590, 35560}},        Standard{"na_ledger_11x17in", {27940, 43180}},
    Standard{"na_executive_7.25x10.5in", {18415, 26670}}, Standard{"na_invoice_5.5x8.5in", {13970, 21590}},
    Standard{"na_index-4x6_4x6in", {10160, 15240}},       Standard{"na_5x7_5x7in", {12700, 17780}},
    Standard{"na_number-10_4.125x9.5in", {10478, 24130}}};

/// A decimal number at the start of `text` times `scale`, rounded; false if there is none.
bool decimal(std::string_view& text, int64_t scale, int64_t& out) {
  int64_t whole = 0;
  int64_t fraction = 0;
  int64_t tenth = 1;
  size_t i = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9' && i < 6) whole = whole * 10 + (text[i++] - '0');
  if (!i) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && tenth < 100000; ++i) {
      fraction = fraction * 10 + (text[i] - '0');
      tenth *= 10;
    }
  }
  out = whole * scale + (fraction * scale + tenth / 2) / tenth;
  text.remove_prefix(i);
  return true;
}

std::string millimetres(int32_t hundredths) {
  std::string out = std::to_string(hundredths / 100);
  if (int rest = hundredths % 100) {
    out += '.';
    out += static_cast<char>('0' + rest / 10);
    if (rest % 10) out += static_cast<char>('0' + rest % 10);
  }
  return out;
}

}  // namespace

bool media_size(std::string_view name, MediaSize& out) {
  const size_t at = name.rfind('_');
  if (at == std::string_view::npos || !name.find('_')) return false;
  std::string_view rest = name.substr(at + 1);
  const bool inches = rest.ends_with("in");
  if (!inches && !rest.ends_with("mm")) return false;
  const int64_t scale = inches ? 2540 : 100;
  int64_t x = 0;
  int64_t y = 0;
  if (!decimal(rest, scale, x) || rest.empty() || rest[0] != 'x') return false;
  rest.remove_prefix(1);
  if (!decimal(rest, scale, y) || rest.size() != 2 || x <= 0 || y <= 0 || x > 10'000'000 || y > 10'000'000)
    return false;
  out = {static_cast<int32_t>(x), static_cast<int32_t>(y)};
  return true;
}

std::string media_name(MediaSize size) {
  // Clients round inches and points: what is within half a millimetre is the same sheet.
  for (const Standard& s : standards)
    if (std::abs(s.size.x - size.x) <= 50 && std::abs(s.size.y - size.y) <= 50) return std::string(s.name);
  const std::string measure = millimetres(size.x) + 'x' + millimetres(size.y) + "mm";
  return "custom_" + measure + '_' + measure;
}

Value media_col(const Group& flat) {
  std::vector<Attribute> members;
  MediaSize size;
  if (media_size(flat.text("media"), size)) {
    Group g;
    g.add_integer("x-dimension", size.x);
    g.add_integer("y-dimension", size.y);
    members.push_back({"media-size", {Value::collection(std::move(g.attributes))}});
  }
  for (std::string_view name : {"media-bottom-margin", "media-left-margin", "media-right-margin",
                                "media-source", "media-top-margin", "media-type"})
    if (const Attribute* a = flat.find(name)) members.push_back(*a);
  return Value::collection(std::move(members));
}

void flatten_media_col(const Value& col, Group& flat) {
  for (const Attribute& member : col.members) {
    if (member.values.empty()) continue;
    const Value& v = member.values.front();
    if (member.name == "media-size" && v.tag == Tag::begin_collection) {
      MediaSize size;
      for (const Attribute& dimension : v.members) {
        if (dimension.values.empty() || dimension.values[0].tag != Tag::integer) continue;
        if (dimension.name == "x-dimension") size.x = dimension.values[0].integer;
        if (dimension.name == "y-dimension") size.y = dimension.values[0].integer;
      }
      if (size.x > 0 && size.y > 0 && !flat.find("media")) flat.add("media", Tag::keyword, media_name(size));
    } else if (member.name == "media-size-name" && is_string(v.tag)) {
      if (!flat.find("media")) flat.add("media", Tag::keyword, v.text);
    } else if (member.name.starts_with("media-") && v.tag != Tag::begin_collection &&
               !flat.find(member.name)) {
      flat.attributes.push_back({member.name, {v}});
    }
  }
}

}  // namespace printrouter::ipp
