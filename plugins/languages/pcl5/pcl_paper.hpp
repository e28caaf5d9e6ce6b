// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Paper sizes by the number in ESC&l#A (PCL 5 Technical Reference Manual table 5-1; numbers of later devices
/// from HP's PCL/PJL comparison guide).
#include <cstdint>
#include <string_view>

namespace printrouter::languages {

struct PclPaper {
  int number;
  std::string_view name;       ///< PWG 5101.1
  std::int64_t width, height;  ///< 1/7200 inch, as it is fed in portrait
};

inline constexpr PclPaper pcl_papers[] = {
    {1, "na_executive_7.25x10.5in", 52'200, 75'600}, {2, "na_letter_8.5x11in", 61'200, 79'200},
    {3, "na_legal_8.5x14in", 61'200, 100'800},       {6, "na_ledger_11x17in", 79'200, 122'400},
    {15, "na_invoice_5.5x8.5in", 39'600, 61'200},    {24, "iso_a6_105x148mm", 29'760, 41'952},
    {25, "iso_a5_148x210mm", 41'952, 59'520},        {26, "iso_a4_210x297mm", 59'520, 84'168},
    {27, "iso_a3_297x420mm", 84'168, 119'040},       {28, "iso_a2_420x594mm", 119'040, 168'384},
    {29, "iso_a1_594x841mm", 168'384, 238'392},      {30, "iso_a0_841x1189mm", 238'392, 337'032},
    {44, "jis_b6_128x182mm", 36'288, 51'600},        {45, "jis_b5_182x257mm", 51'600, 72'840},
    {46, "jis_b4_257x364mm", 72'840, 103'176},       {71, "jpn_hagaki_100x148mm", 28'344, 41'952},
    {72, "jpn_oufuku_148x200mm", 41'952, 56'688},    {78, "na_index-3x5_3x5in", 21'600, 36'000},
    {80, "na_monarch_3.875x7.5in", 27'888, 54'000},  {81, "na_number-10_4.125x9.5in", 29'688, 68'400},
    {90, "iso_dl_110x220mm", 31'176, 62'352},        {91, "iso_c5_162x229mm", 45'912, 64'896},
    {100, "iso_b5_176x250mm", 49'872, 70'848},
};

}  // namespace printrouter::languages
