// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PWG raster (PWG 5102.4-2012): "RaS2", then for each page a header of 1796 bytes and its packed lines.
#include "../shared/raster_pages.hpp"

namespace printrouter::languages {

class PwgRasterAnalyser : public RasterPages {
 public:
  static constexpr const char* media_type = "image/pwg-raster";
  PwgRasterAnalyser() : RasterPages("PWG raster", 4, 1796) {}

 private:
  bool begin_file(std::string_view header) override { return header == "RaS2"; }
  bool begin_page(std::string_view header, Page& page) override;
};

}  // namespace printrouter::languages
