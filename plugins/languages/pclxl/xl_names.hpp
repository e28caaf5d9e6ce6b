// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Numbers of the PCL XL Feature Reference Protocol Class 2.1: those that matter for counting.
#include <cstdint>
#include <string_view>

namespace printrouter::languages::xl {

enum Operator : std::uint8_t {
  begin_session = 0x41,
  end_session = 0x42,
  begin_page = 0x43,
  end_page = 0x44,
  vendor_unique = 0x46,
  exec_stream = 0x5e,
  pop_gs = 0x60,
  push_gs = 0x61,
  set_brush_source = 0x63,
  set_color_space = 0x6a,
  set_pen_source = 0x79,
  paint_path = 0x86,
  chord = 0x96,
  ellipse = 0x98,
  pie = 0x9e,
  rectangle = 0xa0,
  round_rectangle = 0xa2,
  text = 0xa8,
  begin_image = 0xb0,
  read_image = 0xb1,
  end_image = 0xb2,
  begin_rast_pattern = 0xb3,
  read_rast_pattern = 0xb4,
  end_rast_pattern = 0xb5,
  begin_scan = 0xb6,
  scan_line_rel = 0xb9,
  pass_through = 0xbf
};

enum Attribute : std::uint8_t {
  palette_depth = 2,
  color_space = 3,
  null_brush = 4,
  null_pen = 5,
  palette_data = 6,
  pattern_select_id = 8,
  gray_level = 9,
  rgb_color = 11,
  primary_array = 14,
  primary_depth = 15,
  media_size = 37,
  orientation = 40,
  custom_media_size = 47,
  custom_media_size_units = 48,
  page_copies = 49,
  simplex_page_mode = 52,
  duplex_page_mode = 53,
  duplex_page_side = 54,
  color_depth = 98,
  color_mapping = 100,
  compress_mode = 101,
  source_height = 107,
  source_width = 108,
  pad_bytes_multiple = 110,
  vu_data_length = 146
};

/// MediaSize as number.
constexpr std::string_view media_by_number(std::int64_t number) {
  constexpr std::string_view names[] = {
      "na_letter_8.5x11in", "na_legal_8.5x14in", "iso_a4_210x297mm",         "na_executive_7.25x10.5in",
      "na_ledger_11x17in",  "iso_a3_297x420mm",  "na_number-10_4.125x9.5in", "na_monarch_3.875x7.5in",
      "iso_c5_162x229mm",   "iso_dl_110x220mm",  "jis_b4_257x364mm",         "jis_b5_182x257mm",
      "iso_b5_176x250mm",   "jis_b5_182x257mm",  "jpn_hagaki_100x148mm",     "jpn_oufuku_148x200mm",
      "iso_a5_148x210mm",   "iso_a6_105x148mm",  "jis_b6_128x182mm"};
  return number >= 0 && number < static_cast<std::int64_t>(std::size(names)) ? names[number]
                                                                             : std::string_view();
}

/// MediaSize as text, in lower case.
constexpr std::string_view media_by_name(std::string_view name) {
  constexpr std::string_view names[][2] = {{"letter", "na_letter_8.5x11in"},
                                           {"legal", "na_legal_8.5x14in"},
                                           {"a4", "iso_a4_210x297mm"},
                                           {"exec", "na_executive_7.25x10.5in"},
                                           {"executive", "na_executive_7.25x10.5in"},
                                           {"ledger", "na_ledger_11x17in"},
                                           {"tabloid", "na_ledger_11x17in"},
                                           {"a3", "iso_a3_297x420mm"},
                                           {"com10", "na_number-10_4.125x9.5in"},
                                           {"monarch", "na_monarch_3.875x7.5in"},
                                           {"c5", "iso_c5_162x229mm"},
                                           {"dl", "iso_dl_110x220mm"},
                                           {"jisb4", "jis_b4_257x364mm"},
                                           {"jis b4", "jis_b4_257x364mm"},
                                           {"jisb5", "jis_b5_182x257mm"},
                                           {"jis b5", "jis_b5_182x257mm"},
                                           {"b5", "iso_b5_176x250mm"},
                                           {"b5paper", "jis_b5_182x257mm"},
                                           {"jpost", "jpn_hagaki_100x148mm"},
                                           {"jpostd", "jpn_oufuku_148x200mm"},
                                           {"a5", "iso_a5_148x210mm"},
                                           {"a6", "iso_a6_105x148mm"},
                                           {"jisb6", "jis_b6_128x182mm"},
                                           {"statement", "na_invoice_5.5x8.5in"}};
  for (const auto& pair : names)
    if (pair[0] == name) return pair[1];
  return {};
}

}  // namespace printrouter::languages::xl
