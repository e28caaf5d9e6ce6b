// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Apple raster (URF): "UNIRAST", a page count that writers who do not know it leave at 0, then for each page
/// a header of 32 bytes and its packed lines. No public specification; read off the writers and readers of
/// CUPS filters and Ghostscript.
#include "../shared/raster_pages.hpp"

namespace printrouter::languages {

class UrfAnalyser : public RasterPages {
 public:
  static constexpr const char* media_type = "image/urf";
  UrfAnalyser() : RasterPages("Apple raster", 12, 32) {}

 private:
  bool begin_file(std::string_view header) override;
  bool begin_page(std::string_view header, Page& page) override;
  void pages_are_over(PageTally& tally) override;

  std::uint32_t announced_ = 0;
};

}  // namespace printrouter::languages
