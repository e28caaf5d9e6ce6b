// SPDX-License-Identifier: Apache-2.0
#include "content_run.hpp"

#include <algorithm>

#include "pdf_image.hpp"
#include "pdf_stream.hpp"

namespace printrouter::pdf {
namespace {
constexpr int deepest = 16;
constexpr std::size_t most_content = 64u << 20;
constexpr std::size_t most_places = 256;
/// Inline images that are looked into in one document: each stays in memory with it.
constexpr unsigned most_inline = 512;
/// Paint so thin may round to nothing.
constexpr double least_alpha = 0.02;

QPDFObjGen id_of(QPDFObjectHandle object) {
  return object.isIndirect() ? object.getObjGen() : QPDFObjGen();
}
}  // namespace

void ContentRun::run(std::string_view content) {
  ContentLexer lexer(content);
  std::string_view op;
  while (lexer.next(op, args_)) {
    if (shared_.out_of_time()) return;
    if (op == "BI")
      inline_image(lexer);
    else if (!path(op) && !text(op) && !color(op))
      graphics(op);
  }
}

QPDFObjectHandle ContentRun::resource(const char* kind, const std::string& name) {
  if (!resources_.isDictionary()) return QPDFObjectHandle::newNull();
  QPDFObjectHandle all = resources_.getKey(kind);
  return all.isDictionary() ? all.getKey(name) : QPDFObjectHandle::newNull();
}

void ContentRun::mark(const Box& box, const Ink& ink, double alpha) {
  if (!ink.paints || alpha <= 0) return;
  const Box shown = box.cut(state_.clip);
  if (shown.empty()) return;
  Colour c = ink.color;
  if (state_.strange_blend) c = doubted(c);
  if (c == Colour::mono) return;
  if (c == Colour::color && (alpha < least_alpha || state_.masked || hidden_ > 0)) c = Colour::maybe;
  if (c != Colour::color) {
    seen_.doubtful = more(seen_.doubtful, c);
  } else if (seen_.coloured.size() < most_places) {
    seen_.coloured.push_back(shown);
  } else {
    seen_.crowded = true;
  }
}

/// Something opaque lies over this place now: what was coloured there may no longer be seen.
void ContentRun::cover(const Box& box) {
  if (seen_.coloured.empty() || state_.fill_alpha < 1 || state_.masked || hidden_ > 0) return;
  const Box over = box.cut(state_.clip);
  const auto gone = std::remove_if(seen_.coloured.begin(), seen_.coloured.end(),
                                   [&](const Box& place) { return over.covers(place); });
  if (gone == seen_.coloured.end()) return;
  seen_.doubtful = Colour::maybe;
  seen_.coloured.erase(gone, seen_.coloured.end());
}

void ContentRun::paint_path(bool fill, bool stroke) {
  if (!path_.empty()) {
    if (fill) {
      if (rectangle_) cover(path_);
      mark(path_, state_.fill, state_.fill_alpha);
    }
    if (stroke) {
      const double half = state_.line_width * state_.matrix.scale() / 2;
      mark({path_.x0 - half, path_.y0 - half, path_.x1 + half, path_.y1 + half}, state_.stroke,
           state_.stroke_alpha);
    }
  }
  if (clip_next_) state_.clip = state_.clip.cut(path_.empty() ? Box::nothing() : path_);
  clip_next_ = false;
  path_ = Box::nothing();
  segments_ = 0;
  rectangle_ = false;
}

bool ContentRun::path(std::string_view op) {
  const auto point = [&](std::size_t from_end) {
    const double px = at(from_end + 1), py = at(from_end);
    path_.add(state_.matrix.x(px, py), state_.matrix.y(px, py));
  };
  if (op == "re") {
    const double px = at(3), py = at(2), w = at(1), h = at(0);
    const Box box = state_.matrix.of({px, py, px + w, py + h});
    rectangle_ = segments_ == 0 && path_.empty() && state_.matrix.upright();
    path_.add(box.x0, box.y0), path_.add(box.x1, box.y1);
  } else if (op == "m" || op == "l") {
    point(0);
    rectangle_ = false, ++segments_;
  } else if (op == "c") {
    point(0), point(2), point(4);
    rectangle_ = false, ++segments_;
  } else if (op == "v" || op == "y") {
    point(0), point(2);
    rectangle_ = false, ++segments_;
  } else if (op == "f" || op == "F" || op == "f*") {
    paint_path(true, false);
  } else if (op == "S" || op == "s") {
    paint_path(false, true);
  } else if (op == "B" || op == "B*" || op == "b" || op == "b*") {
    paint_path(true, true);
  } else if (op == "n") {
    paint_path(false, false);
  } else if (op == "W" || op == "W*") {
    clip_next_ = true;
  } else {
    return op == "h";
  }
  return true;
}

void ContentRun::set_space(Ink& ink) {
  const std::string name = last_name();
  QPDFObjectHandle object = resource("/ColorSpace", name);
  const bool device = name.starts_with("/Device") || name == "/Pattern";
  if (device || object.isNull()) object = QPDFObjectHandle::newName(name.empty() ? "/DeviceGray" : name);
  const QPDFObjGen id = id_of(object);
  if (const auto known = shared_.spaces_.find(id); id.isIndirect() && known != shared_.spaces_.end()) {
    ink.space = known->second;
  } else {
    ink.space = color_space(object, resources_);
    if (id.isIndirect()) shared_.spaces_[id] = ink.space;
  }
  ink.paints = ink.space->kind != ColorSpace::nothing;
  // The first colour of a space: black; of Separation and DeviceN full ink; of Indexed the first entry.
  std::vector<double> first(
      static_cast<std::size_t>(ink.space->components),
      ink.space->kind == ColorSpace::tint || ink.space->kind == ColorSpace::all ? 1.0 : 0.0);
  ink.color = ink.space->kind == ColorSpace::pattern ? Colour::mono : ink.space->of(first);
}

void ContentRun::set_color(Ink& ink) {
  if (ink.space->kind == ColorSpace::pattern) {
    ink.color = pattern(last_name(), ink);
    return;
  }
  std::vector<double> values;
  for (const Operand& a : args_)
    if (a.kind == Operand::number) values.push_back(a.value);
  ink.color = ink.space->of(values);
}

bool ContentRun::color(std::string_view op) {
  const bool fill = !op.empty() && op.front() >= 'a' && op.front() <= 'z';
  Ink& ink = fill ? state_.fill : state_.stroke;
  const bool device = op == "g" || op == "G" || op == "rg" || op == "RG" || op == "k" || op == "K";
  const bool space = op == "cs" || op == "CS";
  const bool value = op == "sc" || op == "scn" || op == "SC" || op == "SCN";
  if (!device && !space && !value) return false;
  if (ignores_color) return true;
  if (space) {
    set_space(ink);
  } else {
    if (device) {
      ink.space = device_space(op.size() == 2             ? ColorSpace::rgb
                               : (op == "g" || op == "G") ? ColorSpace::gray
                                                          : ColorSpace::cmyk);
      ink.paints = true;
    }
    set_color(ink);
  }
  return true;
}

bool ContentRun::text(std::string_view op) {
  if (op.size() < 2 && op != "'" && op != "\"") return false;
  if (op == "Tj" || op == "'" || op == "TJ" || op == "\"") {
    for (const Operand& a : args_)
      if (a.kind == Operand::text) show(a.bytes);
  } else if (op == "BT") {
    text_ = {};
  } else if (op == "Tm") {
    text_ = {at(5), at(4), at(3), at(2), at(1), at(0)};
  } else if (op == "Td" || op == "TD") {
    text_ = Matrix{1, 0, 0, 1, at(1), at(0)}.then(text_);
  } else if (op == "Tr") {
    state_.text_mode = static_cast<int>(at(0));
  } else if (op == "Tf") {
    const std::string name = args_.size() > 1 && args_[args_.size() - 2].kind == Operand::name
                                 ? decoded_name(args_[args_.size() - 2].bytes)
                                 : std::string();
    const auto known = fonts_.find(name);
    state_.font = known != fonts_.end() ? known->second : (fonts_[name] = font(name));
  } else {
    return op == "ET" || op == "T*" || op == "Tc" || op == "Tw" || op == "TL" || op == "Tz" || op == "Ts";
  }
  return true;
}

void ContentRun::show(std::string_view written) {
  if (state_.font.type3) {
    seen_.doubtful =
        more(seen_.doubtful,
             doubted(state_.font.glyphs) == Colour::maybe_mono ? Colour::mono : doubted(state_.font.glyphs));
    if (!state_.font.glyphs_take_color) return;
  }
  const bool fill = state_.text_mode % 4 == 0 || state_.text_mode % 4 == 2;
  const bool stroke = state_.text_mode % 4 == 1 || state_.text_mode % 4 == 2;
  const bool coloured =
      (fill && state_.fill.color != Colour::mono) || (stroke && state_.stroke.color != Colour::mono);
  if (!coloured && !state_.strange_blend) return;
  const std::string codes = unquoted(written);
  bool visible = false, certain = false;
  if (state_.font.two_bytes) {
    // Which glyph is blank only its font knows: two different codes cannot both be the space.
    visible = !codes.empty();
    for (std::size_t i = 2; i + 1 < codes.size(); i += 2)
      certain = certain || codes[i] != codes[0] || codes[i + 1] != codes[1];
  } else {
    visible = certain = std::ranges::any_of(
        codes, [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\xa0'; });
    if (state_.font.type3) certain = false;
  }
  if (!visible) return;
  // Where a string begins is known, how far it reaches is not: a place on the page counts as seen.
  const Matrix place = text_.then(state_.matrix);
  const Box spot{place.e - 1, place.f - 1, place.e + 1, place.f + 1};
  const auto paint = [&](Ink ink, double alpha) {
    if (!certain && ink.color == Colour::color) ink.color = Colour::maybe;
    if (spot.cut(state_.clip).empty()) {
      // It may still run into what is seen.
      if (ink.paints && alpha > 0) seen_.doubtful = more(seen_.doubtful, doubted(ink.color));
      return;
    }
    mark(spot, ink, alpha);
  };
  if (fill) paint(state_.fill, state_.fill_alpha);
  if (stroke) paint(state_.stroke, state_.stroke_alpha);
}

void ContentRun::graphics(std::string_view op) {
  if (op == "q") {
    if (stack_.size() < 512) stack_.push_back(state_);
  } else if (op == "Q") {
    if (!stack_.empty()) state_ = std::move(stack_.back()), stack_.pop_back();
  } else if (op == "cm") {
    state_.matrix = Matrix{at(5), at(4), at(3), at(2), at(1), at(0)}.then(state_.matrix);
  } else if (op == "w") {
    state_.line_width = at(0);
  } else if (op == "gs") {
    extended_state();
  } else if (op == "Do") {
    external();
  } else if (op == "sh") {
    shade();
  } else if (op == "d1") {
    saw_d1 = ignores_color = true;
  } else if (op == "BDC" || op == "BMC") {
    const bool layer = op == "BDC" && shared_.hidden_layers_ && args_.size() > 1 &&
                       args_.front().kind == Operand::name && args_.front().bytes == "OC";
    layers_.push_back(layer);
    hidden_ += layer;
  } else if (op == "EMC" && !layers_.empty()) {
    hidden_ -= layers_.back();
    layers_.pop_back();
  }
}

void ContentRun::extended_state() {
  QPDFObjectHandle gs = resource("/ExtGState", last_name());
  if (!gs.isDictionary()) return;
  if (gs.getKey("/ca").isNumber()) state_.fill_alpha = gs.getKey("/ca").getNumericValue();
  if (gs.getKey("/CA").isNumber()) state_.stroke_alpha = gs.getKey("/CA").getNumericValue();
  if (gs.getKey("/LW").isNumber()) state_.line_width = gs.getKey("/LW").getNumericValue();
  if (gs.hasKey("/SMask")) state_.masked = gs.getKey("/SMask").isDictionary();
  if (gs.hasKey("/BM")) {
    QPDFObjectHandle mode = gs.getKey("/BM");
    if (mode.isArray() && mode.getArrayNItems() > 0) mode = mode.getArrayItem(0);
    const std::string name = mode.isName() ? mode.getName() : "";
    state_.strange_blend =
        name != "/Normal" && name != "/Compatible" && name != "/Multiply" && name != "/Darken";
  }
  if (gs.getKey("/Font").isArray() && gs.getKey("/Font").getArrayNItems() > 0) state_.font = {};
  // Transfer functions bend colours.
  if (gs.hasKey("/TR") || gs.hasKey("/TR2")) {
    const auto identity = [&](const char* key) {
      QPDFObjectHandle tr = gs.getKey(key);
      return tr.isNull() || (tr.isName() && (tr.getName() == "/Identity" || tr.getName() == "/Default"));
    };
    if (!identity("/TR") || !identity("/TR2")) state_.strange_blend = true;
  }
}

void ContentRun::external() {
  QPDFObjectHandle object = resource("/XObject", last_name());
  if (!object.isStream()) return;
  QPDFObjectHandle dict = object.getDict();
  const bool layer = shared_.hidden_layers_ && dict.hasKey("/OC");
  hidden_ += layer;
  QPDFObjectHandle subtype = dict.getKey("/Subtype");
  if (subtype.isName() && subtype.getName() == "/Form") {
    form(object);
  } else if (subtype.isName() && subtype.getName() == "/Image") {
    const Box place = state_.matrix.of({0, 0, 1, 1});
    Ink ink = state_.fill;
    QPDFObjectHandle mask = dict.getKey("/ImageMask");
    if (mask.isBool() && mask.getBoolValue()) {
      ink.color = ink.color == Colour::color ? Colour::maybe : ink.color;  // all of it may be left out
    } else {
      const QPDFObjGen id = id_of(object);
      const auto known = shared_.images_.find(id);
      ink.color = known != shared_.images_.end() ? known->second : image_colors(object, resources_);
      shared_.images_[id] = ink.color;
      ink.paints = true;
      if (!dict.hasKey("/SMask") && !dict.hasKey("/Mask") && state_.matrix.upright()) cover(place);
      // Small or cut off: the coloured pixels may be those that are not seen.
      const bool whole = state_.clip.covers(place) && place.x1 - place.x0 > 2 && place.y1 - place.y0 > 2;
      if (!whole && ink.color == Colour::color) ink.color = Colour::maybe;
    }
    mark(place, ink, state_.fill_alpha);
  }
  hidden_ -= layer;
}

void ContentRun::form(QPDFObjectHandle stream) {
  if (depth_ >= deepest) {
    seen_.doubtful = Colour::maybe;
    return;
  }
  const QPDFObjGen id = id_of(stream);
  if (id.isIndirect() && !shared_.open_.insert(id).second) return;
  QPDFObjectHandle dict = stream.getDict();
  State inner = state_;
  const auto numbers = [&](const char* key) {
    std::vector<double> out;
    QPDFObjectHandle array = dict.getKey(key);
    if (array.isArray())
      for (int i = 0; i < std::min(array.getArrayNItems(), 6); ++i)
        out.push_back(array.getArrayItem(i).isNumber() ? array.getArrayItem(i).getNumericValue() : 0);
    return out;
  };
  if (const auto m = numbers("/Matrix"); m.size() == 6)
    inner.matrix = Matrix{m[0], m[1], m[2], m[3], m[4], m[5]}.then(inner.matrix);
  if (const auto b = numbers("/BBox"); b.size() == 4)
    inner.clip = inner.clip.cut(inner.matrix.of(
        {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])}));
  if (!inner.clip.empty()) {
    std::string content;
    if (!stream_bytes(stream, most_content, content)) {
      seen_.doubtful = Colour::maybe;
    } else {
      QPDFObjectHandle resources = dict.getKey("/Resources");
      ContentRun run(shared_, seen_, resources.isDictionary() ? resources : resources_, std::move(inner),
                     depth_ + 1);
      run.ignores_color = ignores_color;
      run.hidden_ = hidden_;
      run.run(content);
    }
  }
  if (id.isIndirect()) shared_.open_.erase(id);
}

Colour shading_colors(QPDFObjectHandle shading, QPDFObjectHandle resources) {
  QPDFObjectHandle dict = shading.isStream() ? shading.getDict() : shading;
  if (!dict.isDictionary()) return Colour::maybe;
  const Space space = color_space(dict.getKey("/ColorSpace"), resources);
  if (space->only_grey()) return Colour::mono;
  QPDFObjectHandle type = dict.getKey("/ShadingType");
  if (!type.isInteger() || (type.getIntValue() != 2 && type.getIntValue() != 3)) return Colour::maybe;
  double from = 0, to = 1;
  QPDFObjectHandle domain = dict.getKey("/Domain");
  if (domain.isArray() && domain.getArrayNItems() == 2 && domain.getArrayItem(0).isNumber() &&
      domain.getArrayItem(1).isNumber())
    from = domain.getArrayItem(0).getNumericValue(), to = domain.getArrayItem(1).getNumericValue();
  // Which part of its colours falls on the page is not worked out.
  const Colour all = colors_of(dict.getKey("/Function"), *space, from, to);
  return all == Colour::color ? Colour::maybe : all;
}

void ContentRun::shade() {
  QPDFObjectHandle shading = resource("/Shading", last_name());
  if (shading.isNull()) return;
  Ink ink;
  ink.color = shading_colors(shading, resources_);
  mark(state_.clip, ink, state_.fill_alpha);
}

Colour ContentRun::pattern(const std::string& name, const Ink& ink) {
  QPDFObjectHandle object = resource("/Pattern", name);
  QPDFObjectHandle dict = object.isStream() ? object.getDict() : object;
  if (!dict.isDictionary()) return Colour::mono;
  if (dict.getKey("/PatternType").isInteger() && dict.getKey("/PatternType").getIntValue() == 2)
    return shading_colors(dict.getKey("/Shading"), resources_);
  if (!object.isStream()) return Colour::maybe;
  if (dict.getKey("/PaintType").isInteger() && dict.getKey("/PaintType").getIntValue() == 2) {
    std::vector<double> values;
    for (const Operand& a : args_)
      if (a.kind == Operand::number) values.push_back(a.value);
    const Colour c = ink.space->under ? ink.space->under->of(values) : Colour::maybe;
    return c == Colour::color ? Colour::maybe : c;  // the cell may be empty
  }
  const QPDFObjGen id = id_of(object);
  if (const auto known = shared_.patterns_.find(id); id.isIndirect() && known != shared_.patterns_.end())
    return known->second;
  Colour out = Colour::maybe;
  std::string content;
  if (depth_ < deepest && (!id.isIndirect() || shared_.open_.insert(id).second)) {
    if (stream_bytes(object, most_content, content)) {
      Seen cell;
      QPDFObjectHandle resources = dict.getKey("/Resources");
      ContentRun run(shared_, cell, resources.isDictionary() ? resources : resources_, State(), depth_ + 1);
      run.run(content);
      out = cell.verdict() == Colour::color ? Colour::maybe : cell.verdict();
    }
    if (id.isIndirect()) shared_.open_.erase(id);
  }
  if (id.isIndirect()) shared_.patterns_[id] = out;
  return out;
}

Font ContentRun::font(const std::string& name) {
  Font out;
  QPDFObjectHandle object = resource("/Font", name);
  if (!object.isDictionary()) return out;
  const QPDFObjGen id = id_of(object);
  if (const auto known = shared_.fonts_.find(id); id.isIndirect() && known != shared_.fonts_.end())
    return known->second;
  QPDFObjectHandle subtype = object.getKey("/Subtype");
  const std::string kind = subtype.isName() ? subtype.getName() : "";
  out.two_bytes = kind == "/Type0";
  out.type3 = kind == "/Type3";
  QPDFObjectHandle procedures = object.getKey("/CharProcs");
  if (out.type3 && procedures.isDictionary() && depth_ < deepest) {
    QPDFObjectHandle resources = object.getKey("/Resources");
    for (const std::string& glyph : procedures.getKeys()) {
      std::string content;
      if (!stream_bytes(procedures.getKey(glyph), most_content, content)) {
        out.glyphs = Colour::maybe;
        continue;
      }
      Seen seen;
      ContentRun run(shared_, seen, resources.isDictionary() ? resources : resources_, State(), depth_ + 1);
      run.run(content);
      out.glyphs_take_color = out.glyphs_take_color || run.saw_d1;
      out.glyphs = more(out.glyphs, seen.verdict());
    }
    // A glyph with colours of its own paints what it does not set in the colour outside.
    out.glyphs_take_color = true;
  }
  if (id.isIndirect()) shared_.fonts_[id] = out;
  return out;
}

namespace {
/// The dictionary of an inline image with its names written out (ISO 32000-1 table 93); null if it is none.
QPDFObjectHandle inline_dictionary(std::string_view written) {
  constexpr std::pair<const char*, const char*> longer[] = {{"/BPC", "/BitsPerComponent"},
                                                            {"/CS", "/ColorSpace"},
                                                            {"/D", "/Decode"},
                                                            {"/DP", "/DecodeParms"},
                                                            {"/F", "/Filter"},
                                                            {"/H", "/Height"},
                                                            {"/W", "/Width"},
                                                            {"/IM", "/ImageMask"}};
  try {
    QPDFObjectHandle dict = QPDFObjectHandle::parse("<<" + std::string(written) + ">>");
    for (const auto& [from, to] : longer)
      if (dict.hasKey(from)) dict.replaceKey(to, dict.getKey(from));
    return dict;
  } catch (const std::exception&) {
    return QPDFObjectHandle::newNull();
  }
}

/// Where the data of an inline image end: "EI" between blanks, not before `known` bytes.
std::size_t inline_end(std::string_view data, std::size_t known) {
  const auto blank = [](char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\0' || c == '\f';
  };
  for (std::size_t end = std::min(known, data.size());; ++end) {
    end = data.find("EI", end);
    if (end == std::string_view::npos) return data.size();
    const bool before = end == 0 || end == known || blank(data[end - 1]);
    if (before && (end + 2 >= data.size() || blank(data[end + 2]))) return end;
  }
}
}  // namespace

void ContentRun::inline_image(ContentLexer& lexer) {
  const std::string_view written = lexer.rest();
  std::string_view op;
  if (!lexer.next(op, args_) || op != "ID") return;
  QPDFObjectHandle dict =
      inline_dictionary(written.substr(0, written.size() - lexer.rest().size() - op.size()));
  lexer.skip(1);
  const std::string_view data = lexer.rest();
  Ink ink = state_.fill;
  std::size_t known = 0;
  bool stencil = false;
  if (!dict.isDictionary()) {
    ink.color = Colour::maybe;
  } else {
    const auto number = [&](const char* key, long long otherwise) {
      QPDFObjectHandle n = dict.getKey(key);
      return n.isInteger() ? std::clamp(n.getIntValue(), 0LL, 1'000'000LL) : otherwise;
    };
    QPDFObjectHandle mask = dict.getKey("/ImageMask");
    stencil = mask.isBool() && mask.getBoolValue();
    const Space space =
        stencil ? device_space(ColorSpace::gray) : color_space(dict.getKey("/ColorSpace"), resources_);
    const long long bits = stencil ? 1 : number("/BitsPerComponent", 8);
    if (!dict.hasKey("/Filter"))
      known = static_cast<std::size_t>((number("/Width", 0) * space->components * bits + 7) / 8 *
                                       number("/Height", 0));
    if (stencil)
      ink.color = ink.color == Colour::color ? Colour::maybe : ink.color;  // all of it may be left out
    else
      ink.color = space->only_grey() ? Colour::mono : Colour::maybe;
  }
  const std::size_t end = inline_end(data, known);
  if (!stencil && ink.color != Colour::mono && dict.isDictionary() && shared_.inline_images_ < most_inline &&
      shared_.owner_) {
    ++shared_.inline_images_;
    QPDFObjectHandle stream = QPDFObjectHandle::newStream(shared_.owner_, std::string(data.substr(0, end)));
    dict.removeKey("/Length");
    stream.replaceDict(dict);
    ink.color = image_colors(stream, resources_);
  }
  if (!stencil) ink.paints = true;
  lexer.skip(std::min(end + 2, data.size()));
  mark(state_.matrix.of({0, 0, 1, 1}), ink, state_.fill_alpha);
}

}  // namespace printrouter::pdf
