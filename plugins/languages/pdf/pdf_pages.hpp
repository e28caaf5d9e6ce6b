// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <qpdf/QPDF.hh>
#include <string>

#include "page_geometry.hpp"

namespace printrouter::pdf {

struct Page {
  QPDFObjectHandle object, resources;
  Box seen = {};                 ///< crop box within the media box, in the page's units
  double width = 0, height = 0;  ///< millimetres as it comes out, turned
};

struct PageWalk {
  std::int64_t pages = 0;
  bool certain = true;   ///< false: the tree contradicts itself, readers will disagree
  std::string why = {};  ///< not empty: the tree cannot be walked
};

class QuickLook;

/// Calls `each` for every page of the tree in order, with what it inherits. Loops, depth and number are
/// bounded. With `quick`, pages that it is sure of are counted only, and not shown to `each`.
PageWalk walk_pages(QPDF& pdf, const std::function<void(const Page&)>& each, QuickLook* quick = nullptr);

/// A text string of the document information (PDFDocEncoding or UTF-16) as UTF-8 on one line.
std::string info_title(QPDF& pdf);

}  // namespace printrouter::pdf
