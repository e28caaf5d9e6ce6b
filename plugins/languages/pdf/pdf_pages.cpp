// SPDX-License-Identifier: Apache-2.0
#include "pdf_pages.hpp"

#include <printrouter/text.hpp>

#include <set>

#include "pdf_stream.hpp"
#include "quick_look.hpp"

namespace printrouter::pdf {
namespace {
constexpr int deepest = 64;
constexpr std::int64_t most_pages = 1'000'000;
constexpr double mm_per_unit = 25.4 / 72;

struct Inherited {
  QPDFObjectHandle resources, media, crop, rotate;
  void take(QPDFObjectHandle node) {
    const auto one = [&](const char* key, QPDFObjectHandle& to) {
      if (node.hasKey(key)) to = node.getKey(key);
    };
    one("/Resources", resources), one("/MediaBox", media), one("/CropBox", crop), one("/Rotate", rotate);
  }
};

bool box_of(QPDFObjectHandle array, Box& out) {
  if (!array.isArray() || array.getArrayNItems() != 4) return false;
  double v[4];
  for (int i = 0; i < 4; ++i) {
    if (!array.getArrayItem(i).isNumber()) return false;
    v[i] = array.getArrayItem(i).getNumericValue();
  }
  out = {std::min(v[0], v[2]), std::min(v[1], v[3]), std::max(v[0], v[2]), std::max(v[1], v[3])};
  return out.x1 > out.x0 && out.y1 > out.y0;
}

class Walk {
 public:
  Walk(const std::function<void(const Page&)>& each, QuickLook* quick) : each_(each), quick_(quick) {}
  PageWalk result = {};

  /// How many pages lie below `node`.
  std::int64_t node(QPDFObjectHandle object, Inherited inherited, int depth) {
    if (!result.why.empty()) return 0;
    if (depth > deepest) return stop("its page tree is nested too deep");
    if (quick_ && object.isIndirect() && quick_->is_page(object.getObjGen())) {
      if (!seen_.insert(object.getObjGen()).second) result.certain = false;
      if (++result.pages > most_pages) stop("it has more pages than are counted");
      return 1;
    }
    if (!object.isDictionary()) {
      result.certain = false;
      return 0;
    }
    if (object.isIndirect() && !seen_.insert(object.getObjGen()).second) {
      result.certain = false;  // a page twice, or a loop
      return 0;
    }
    inherited.take(object);
    QPDFObjectHandle kids = object.getKey("/Kids");
    if (!kids.isArray()) {
      page(object, inherited);
      return 1;
    }
    QPDFObjectHandle type = object.getKey("/Type");
    if (type.isName() && type.getName() == "/Page") result.certain = false;
    std::int64_t below = 0;
    const int n = kids.getArrayNItems();
    for (int i = 0; i < n && result.why.empty(); ++i)
      below += node(kids.getArrayItem(i), inherited, depth + 1);
    QPDFObjectHandle count = object.getKey("/Count");
    if (!count.isInteger() || count.getIntValue() != below) result.certain = false;
    return below;
  }

 private:
  std::int64_t stop(const char* why) {
    result.why = why;
    return 0;
  }

  void page(QPDFObjectHandle object, Inherited& inherited) {
    if (++result.pages > most_pages) {
      stop("it has more pages than are counted");
      return;
    }
    QPDFObjectHandle type = object.getKey("/Type");
    if (!type.isName() || type.getName() != "/Page") result.certain = false;
    Page out;
    out.object = object;
    out.resources = inherited.resources;
    Box media{0, 0, 612, 792}, crop;
    const bool sized = box_of(inherited.media, media);
    out.seen = box_of(inherited.crop, crop) && !crop.cut(media).empty() ? crop.cut(media) : media;
    QPDFObjectHandle unit = object.getKey("/UserUnit");
    const double scale =
        (unit.isNumber() && unit.getNumericValue() > 0 ? unit.getNumericValue() : 1) * mm_per_unit;
    if (sized)
      out.width = (out.seen.x1 - out.seen.x0) * scale, out.height = (out.seen.y1 - out.seen.y0) * scale;
    if (inherited.rotate.isInteger() && inherited.rotate.getIntValue() % 180 != 0)
      std::swap(out.width, out.height);
    each_(out);
  }

  const std::function<void(const Page&)>& each_;
  QuickLook* quick_;
  std::set<QPDFObjGen> seen_ = {};
};
}  // namespace

PageWalk walk_pages(QPDF& pdf, const std::function<void(const Page&)>& each, QuickLook* quick) {
  Walk walk(each, quick);
  const Inherited none{QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull(),
                       QPDFObjectHandle::newNull()};
  walk.node(pdf.getRoot().getKey("/Pages"), none, 0);
  return std::move(walk.result);
}

namespace {
/// dc:title of the XMP packet, its first alternative (XMP specification part 1, 8.4).
std::string xmp_title(QPDFObjectHandle metadata) {
  std::string xml;
  if (!stream_bytes(metadata, 1 << 20, xml)) return {};
  auto at = xml.find("<dc:title");
  if (at == std::string::npos) return {};
  const auto end = xml.find("</dc:title>", at);
  at = xml.find("<rdf:li", at);
  if (at == std::string::npos || end == std::string::npos || at > end) return {};
  at = xml.find('>', at);
  const auto stop = xml.find('<', at);
  if (at == std::string::npos || stop == std::string::npos || stop > end) return {};
  std::string out = xml.substr(at + 1, stop - at - 1);
  constexpr std::pair<std::string_view, std::string_view> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (const auto& [name, letter] : entities)
    for (auto i = out.find(name); i != std::string::npos; i = out.find(name, i + letter.size()))
      out.replace(i, name.size(), letter);
  return out;
}
}  // namespace

std::string info_title(QPDF& pdf) {
  std::string title;
  QPDFObjectHandle info = pdf.getTrailer().getKey("/Info");
  if (info.isDictionary() && info.getKey("/Title").isString()) title = info.getKey("/Title").getUTF8Value();
  if (title.empty()) title = xmp_title(pdf.getRoot().getKey("/Metadata"));
  return sdk::one_line(title, 255);
}

}  // namespace printrouter::pdf
