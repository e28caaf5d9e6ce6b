// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PCL 5, 5e and 5c: an interpreter of its escape sequences that draws nothing (HP PCL 5 Printer Language
/// Technical Reference Manual, PCL 5 Color Technical Reference Manual).
#include "../shared/chunked_analyser.hpp"
#include "pcl_ink.hpp"
#include "pcl_macros.hpp"
#include "pcl_page.hpp"
#include "pcl_plotter.hpp"

namespace printrouter::languages {

class Pcl5Analyser : public ChunkedAnalyser, private PclPage {
 public:
  static constexpr const char* media_type = "application/vnd.hp-PCL";
  Pcl5Analyser() : ChunkedAnalyser(PclRaster::most_row + most_sequence), PclPage(tally_) {}
  void finish(sdk::Analysis& out) override;

 private:
  static constexpr std::size_t most_sequence = 512;
  static constexpr std::uint64_t most_macro_bytes = 256u << 20;  ///< run in all

  enum class Data : std::uint8_t { none, skipped, text, plane, row, kept };

  std::size_t parse(std::string_view bytes) override;
  /// The same for a macro's text, where nothing comes behind.
  std::size_t units(std::string_view bytes);
  std::size_t unit(std::string_view bytes);
  std::size_t plain(std::string_view bytes);
  std::size_t displayed(std::string_view bytes);
  std::size_t data(std::string_view bytes);
  std::size_t escape(std::string_view bytes);
  void simple_escape(char command);
  void execute(PclField field);
  void record(const PclField& field);
  void begin_data(const PclField& field);
  void ampersand(const PclField& field);
  void asterisk(const PclField& field);
  void expect(Data kind, std::int64_t bytes, char type, char group);
  void take_kept(std::string_view bytes);
  void control_macro(std::int64_t what);
  void run_macro(std::int64_t id, bool keep_environment);
  void run(const std::string& text);
  void full_reset();
  void damaged(std::string_view why);
  Colour page_colour() override;
  void next_page() override;

  PageTally tally_;
  PclInk ink_;
  PclPlotter plotter_;
  PclMacros macros_;
  bool plotting_ = false, displaying_ = false, left_language_ = false;
  int text_parsing_ = 0;

  // Where the tokens are.
  bool combined_ = false;
  char type_ = 0, group_ = 0;
  Data data_kind_ = Data::none;
  std::uint64_t data_left_ = 0;
  char data_type_ = 0, data_group_ = 0;

  int macro_level_ = 0;
  std::uint64_t macro_bytes_ = 0;
  bool overlay_on_ = false, in_overlay_ = false;
  std::int64_t overlay_id_ = 0;
  std::uint64_t overlay_version_ = 0;  ///< of the macros when its effect was seen, +1
  PclInk::Marks overlay_ = {};
};

}  // namespace printrouter::languages
