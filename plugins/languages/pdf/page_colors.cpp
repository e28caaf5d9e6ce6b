// SPDX-License-Identifier: Apache-2.0
#include "page_colors.hpp"

#include <algorithm>

#include "content_run.hpp"
#include "pdf_stream.hpp"

namespace printrouter::pdf {
namespace {
constexpr std::size_t most_content = 64u << 20;

/// The page's content streams as one; false: one of them cannot be read.
bool page_content(QPDFObjectHandle contents, std::string& out) {
  if (contents.isStream()) return stream_bytes(contents, most_content, out);
  if (!contents.isArray()) return contents.isNull();
  const int n = std::min(contents.getArrayNItems(), 10'000);
  for (int i = 0; i < n; ++i) {
    QPDFObjectHandle one = contents.getArrayItem(i);
    std::string piece;
    if (one.isNull()) continue;
    if (!stream_bytes(one, most_content, piece) || out.size() + piece.size() > most_content) return false;
    (out += piece) += '\n';
  }
  return true;
}

bool plain_border(QPDFObjectHandle annotation) {
  QPDFObjectHandle color = annotation.getKey("/C");
  if (!color.isArray() || color.getArrayNItems() == 0) return true;
  QPDFObjectHandle border = annotation.getKey("/Border"), style = annotation.getKey("/BS");
  if (style.isDictionary() && style.getKey("/W").isNumber()) return style.getKey("/W").getNumericValue() == 0;
  if (border.isArray() && border.getArrayNItems() >= 3 && border.getArrayItem(2).isNumber())
    return border.getArrayItem(2).getNumericValue() == 0;
  return false;
}
}  // namespace

bool PageColors::out_of_time() {
  // The clock is asked now and then only.
  if (!late_ && (++ticks_ & 1023) == 0) late_ = std::chrono::steady_clock::now() > deadline_;
  return late_;
}

Colour PageColors::of(QPDFObjectHandle page, QPDFObjectHandle resources, const Box& media) {
  if (late_ || (late_ = std::chrono::steady_clock::now() > deadline_)) return Colour::maybe;
  owner_ = page.getOwningQPDF();
  std::string content;
  if (!page_content(page.getKey("/Contents"), content)) return Colour::maybe;
  Seen seen;
  State state;
  state.clip = media;
  ContentRun(*this, seen, resources, state, 0).run(content);
  return more(seen.verdict(), seen.verdict() == Colour::color ? Colour::mono : annotations(page));
}

/// What lies on the page beside its content. Whether a device prints it hangs on more than can be told here.
Colour PageColors::annotations(QPDFObjectHandle page) {
  QPDFObjectHandle all = page.getKey("/Annots");
  if (!all.isArray()) return Colour::mono;
  Colour out = Colour::mono;
  const int n = std::min(all.getArrayNItems(), 10'000);
  for (int i = 0; i < n; ++i) {
    QPDFObjectHandle one = all.getArrayItem(i);
    if (!one.isDictionary()) continue;
    const long long flags = one.getKey("/F").isInteger() ? one.getKey("/F").getIntValue() : 0;
    if (flags & 2) continue;  // hidden
    QPDFObjectHandle subtype = one.getKey("/Subtype");
    if (subtype.isName() && subtype.getName() == "/Popup") continue;
    QPDFObjectHandle looks =
        one.getKey("/AP").isDictionary() ? one.getKey("/AP").getKey("/N") : QPDFObjectHandle::newNull();
    if (looks.isDictionary() && !looks.isStream()) {
      QPDFObjectHandle state = one.getKey("/AS");
      looks = state.isName() ? looks.getKey(state.getName()) : QPDFObjectHandle::newNull();
    }
    std::string content;
    if (looks.isStream()) {
      Seen seen;
      State state;
      if (!stream_bytes(looks, most_content, content)) {
        out = more(out, Colour::maybe);
        continue;
      }
      ContentRun(*this, seen, looks.getDict().getKey("/Resources"), state, 1).run(content);
      out = more(out, seen.verdict() == Colour::color ? Colour::maybe : seen.verdict());
    } else {
      const bool link = subtype.isName() && subtype.getName() == "/Link";
      if (!link || !plain_border(one)) out = more(out, Colour::maybe);
    }
  }
  return out;
}

}  // namespace printrouter::pdf
