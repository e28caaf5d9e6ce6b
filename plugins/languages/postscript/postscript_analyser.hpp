// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PostScript (KPDL alike) by its structuring comments (Adobe 5001, DSC 3.0). A
/// program may do anything, so what they say is an estimate at most; where they
/// contradict each other or what can be seen of the program, it is unknown.
#include <optional>

#include "../shared/chunked_analyser.hpp"
#include "../shared/page_tally.hpp"

namespace printrouter::languages {

class PostscriptAnalyser : public ChunkedAnalyser {
 public:
  static constexpr const char* media_type = "application/postscript";
  PostscriptAnalyser() : ChunkedAnalyser(most_line) {}
  void finish(sdk::Analysis& out) override;

 private:
  /// What is longer is taken as several lines.
  static constexpr std::size_t most_line = 64 * 1024;
  std::size_t parse(std::string_view bytes) override;
  void line(std::string_view text);
  void comment(std::string_view text);
  void feature(std::string_view text);
  void program(std::string_view text);
  void look_for_showpage(std::string_view text);
  void set_copies(std::string_view from);
  void media_comment(std::string_view text);
  std::string contradiction(std::int64_t pages) const;

  bool first_ = true, conforming_ = false;
  int embedded_ = 0;       ///< %%BeginDocument within
  bool defining_ = false;  ///< prolog, procedure sets and resources: what stands
                           ///< there is not done
  int braces_ = 0;
  bool media_continues_ = false;
  std::optional<std::int64_t> announced_, copies_;
  bool announcements_differ_ = false, copies_differ_ = false, mono_ = false;
  std::int64_t page_comments_ = 0, shows_ = 0, shows_in_procedures_ = 0;
  std::optional<bool> duplex_, tumble_;
  std::string title_, user_;
  MediaList media_;
};

}  // namespace printrouter::languages
