// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PWG 5101.1 names of paper sizes.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace printrouter::languages {

struct NamedSize {
  std::string_view name;
  double width, height;  ///< millimetres, width <= height
};

inline constexpr double mm_per_inch = 25.4;

/// PWG 5101.1-2013 tables 2 to 5: what printers load.
inline constexpr NamedSize named_sizes[] = {
    {"iso_a4_210x297mm", 210, 297},
    {"na_letter_8.5x11in", 215.9, 279.4},
    {"iso_a3_297x420mm", 297, 420},
    {"na_legal_8.5x14in", 215.9, 355.6},
    {"na_ledger_11x17in", 279.4, 431.8},
    {"iso_a5_148x210mm", 148, 210},
    {"iso_a6_105x148mm", 105, 148},
    {"iso_a2_420x594mm", 420, 594},
    {"iso_a1_594x841mm", 594, 841},
    {"iso_a0_841x1189mm", 841, 1189},
    {"jis_b4_257x364mm", 257, 364},
    {"jis_b5_182x257mm", 182, 257},
    {"jis_b6_128x182mm", 128, 182},
    {"iso_b5_176x250mm", 176, 250},
    {"na_executive_7.25x10.5in", 184.15, 266.7},
    {"na_invoice_5.5x8.5in", 139.7, 215.9},
    {"na_foolscap_8.5x13in", 215.9, 330.2},
    {"om_folio_210x330mm", 210, 330},
    {"iso_sra3_320x450mm", 320, 450},
    {"iso_sra4_225x320mm", 225, 320},
    {"na_number-10_4.125x9.5in", 104.775, 241.3},
    {"na_monarch_3.875x7.5in", 98.425, 190.5},
    {"iso_dl_110x220mm", 110, 220},
    {"iso_c5_162x229mm", 162, 229},
    {"iso_c6_114x162mm", 114, 162},
    {"jpn_hagaki_100x148mm", 100, 148},
    {"jpn_oufuku_148x200mm", 148, 200},
    {"na_index-3x5_3x5in", 76.2, 127},
    {"na_index-4x6_4x6in", 101.6, 152.4},
    {"na_arch-b_12x18in", 304.8, 457.2},
};

/// The name of a size in millimetres in either orientation, "custom_WxHmm_WxHmm" if it has none, empty if it
/// is none. Devices and drivers round to dots and points, so two millimetres are one size.
inline std::string media_name(double width, double height) {
  if (!(width > 1) || !(height > 1) || width > 20'000 || height > 20'000) return {};
  if (width > height) std::swap(width, height);
  const NamedSize* best = nullptr;
  double best_off = 2.0;
  for (const NamedSize& size : named_sizes) {
    const double off = std::fmax(std::fabs(size.width - width), std::fabs(size.height - height));
    if (off < best_off) best = &size, best_off = off;
  }
  if (best) return std::string(best->name);
  const auto number = [](double mm) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", mm);
    std::string out(text);
    if (out.ends_with(".0")) out.resize(out.size() - 2);
    return out;
  };
  const std::string dimensions = number(width) + "x" + number(height) + "mm";
  return "custom_" + dimensions + "_" + dimensions;
}

/// The sizes of a document, each once, in order of appearance. Bounded: a document of more sizes than any
/// printer has trays says no list.
class MediaList {
 public:
  void add(std::string_view name) {
    if (name == last_ && !names_.empty()) return;
    last_ = name;
    if (name.empty()) {
      unknown_ = true;
      return;
    }
    for (const std::string& known : names_)
      if (known == name) return;
    if (names_.size() == 32) {
      unknown_ = true;
      return;
    }
    names_.emplace_back(name);
  }
  void add(double width_mm, double height_mm) { add(media_name(width_mm, height_mm)); }
  /// A page has a size that is not known.
  bool unknown() const { return unknown_; }
  std::string joined() const {
    std::string out;
    for (const std::string& name : names_) out += (out.empty() ? "" : " ") + name;
    return out;
  }

 private:
  std::vector<std::string> names_;
  std::string last_;
  bool unknown_ = false;
};

}  // namespace printrouter::languages
