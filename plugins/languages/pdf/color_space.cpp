// SPDX-License-Identifier: Apache-2.0
#include "color_space.hpp"

#include <algorithm>
#include <cmath>

#include "pdf_stream.hpp"

namespace printrouter::pdf {
namespace {
constexpr int deepest = 6;

/// Grey as a device of 256 levels sees it; what lies between two levels is not certain.
Colour equal_parts(double r, double g, double b) {
  const auto level = [](double v) { return std::lround(std::clamp(v, 0.0, 1.0) * 255); };
  const double spread = std::max({r, g, b}) - std::min({r, g, b});
  if (spread < 1e-6) return Colour::mono;
  if (spread > 1.5 / 255) return Colour::color;
  return level(r) == level(g) && level(g) == level(b) ? Colour::maybe_mono : Colour::maybe;
}

/// Cyan, magenta and yellow in equal parts look grey and are put on paper with coloured ink: neither for
/// certain.
Colour inked(double c, double m, double y) {
  if (std::max({c, m, y}) < 1e-6) return Colour::mono;
  return std::max({c, m, y}) - std::min({c, m, y}) > 1.5 / 255 ? Colour::color : Colour::maybe;
}

std::vector<double> numbers(QPDFObjectHandle array) {
  std::vector<double> out;
  if (!array.isArray()) return out;
  const int n = std::min(array.getArrayNItems(), 4096);
  for (int i = 0; i < n; ++i)
    out.push_back(array.getArrayItem(i).isNumber() ? array.getArrayItem(i).getNumericValue() : 0);
  return out;
}

Space made(ColorSpace::Kind kind, int components) {
  auto out = std::make_shared<ColorSpace>();
  out->kind = kind;
  out->components = components;
  return out;
}

Space of_components(int n) {
  return n == 1   ? device_space(ColorSpace::gray)
         : n == 3 ? device_space(ColorSpace::rgb)
                  : device_space(ColorSpace::cmyk);
}

Space by_name(const std::string& name) {
  if (name == "/DeviceGray" || name == "/G" || name == "/CalGray") return device_space(ColorSpace::gray);
  if (name == "/DeviceRGB" || name == "/RGB") return device_space(ColorSpace::rgb);
  if (name == "/DeviceCMYK" || name == "/CMYK") return device_space(ColorSpace::cmyk);
  if (name == "/Pattern") return made(ColorSpace::pattern, 0);
  return nullptr;
}

Space indexed(QPDFObjectHandle array, QPDFObjectHandle resources, int depth) {
  auto out = std::make_shared<ColorSpace>();
  out->kind = ColorSpace::indexed;
  out->under = color_space(array.getArrayItem(1), resources, depth + 1);
  const long long most = array.getArrayItem(2).isInteger() ? array.getArrayItem(2).getIntValue() : -1;
  QPDFObjectHandle table = array.getArrayItem(3);
  std::string bytes;
  if (table.isString()) bytes = table.getStringValue();
  if (table.isStream() && !stream_bytes(table, 64 * 1024, bytes)) bytes.clear();
  const auto n = static_cast<std::size_t>(out->under->components);
  if (most < 0 || most > 255 || n == 0 || bytes.size() < n * static_cast<std::size_t>(most + 1))
    return made(ColorSpace::opaque, 1);
  std::vector<double> values(n);
  for (std::size_t i = 0; i <= static_cast<std::size_t>(most); ++i) {
    for (std::size_t k = 0; k < n; ++k) values[k] = static_cast<unsigned char>(bytes[i * n + k]) / 255.0;
    if (out->under->kind == ColorSpace::lab) {  // bytes run over the range, not over 0..1
      values[0] *= 100;
      for (std::size_t k = 1; k < n; ++k) values[k] = values[k] * 200 - 100;
    }
    out->palette.push_back(out->under->of(values));
  }
  return out;
}

Space separation(QPDFObjectHandle array, QPDFObjectHandle resources, int depth) {
  std::vector<std::string> inks;
  QPDFObjectHandle names = array.getArrayItem(1);
  if (names.isName()) inks.push_back(names.getName());
  if (names.isArray())
    for (int i = 0; i < std::min(names.getArrayNItems(), 32); ++i)
      inks.push_back(names.getArrayItem(i).isName() ? names.getArrayItem(i).getName() : "");
  const int n = static_cast<int>(inks.size());
  const auto each = [&](const char* name) {
    return !inks.empty() && std::ranges::all_of(inks, [&](const std::string& ink) { return ink == name; });
  };
  if (each("/None")) return made(ColorSpace::nothing, n);
  if (each("/All")) return made(ColorSpace::all, n);
  if (each("/Black")) return made(ColorSpace::black, n);
  auto out = std::make_shared<ColorSpace>();
  out->kind = ColorSpace::tint;
  out->components = n;
  out->inks = inks;
  out->under = color_space(array.getArrayItem(2), resources, depth + 1);
  out->function = array.getArrayItem(3);
  return out;
}
}  // namespace

Space device_space(ColorSpace::Kind kind) {
  static const Space gray = made(ColorSpace::gray, 1), rgb = made(ColorSpace::rgb, 3),
                     cmyk = made(ColorSpace::cmyk, 4);
  return kind == ColorSpace::gray ? gray : kind == ColorSpace::rgb ? rgb : cmyk;
}

bool ColorSpace::only_grey() const {
  switch (kind) {
    case gray:
    case nothing:
    case black:
      return true;
    case tint:
      return under->only_grey() && std::ranges::none_of(inks, [](const std::string& i) {
               return i == "/Cyan" || i == "/Magenta" || i == "/Yellow";
             });
    case indexed:
      return std::ranges::all_of(palette, [](Colour c) { return c == Colour::mono; });
    default:
      return false;
  }
}

Colour ColorSpace::of(std::span<const double> v) const {
  if (only_grey()) return Colour::mono;
  if (v.size() < static_cast<std::size_t>(components)) return Colour::maybe;
  switch (kind) {
    case rgb:
      return equal_parts(v[0], v[1], v[2]);
    case cmyk:
      return inked(v[0], v[1], v[2]);
    case cal_rgb:
      return doubted(equal_parts(v[0], v[1], v[2]));
    case lab:
      return std::max(std::fabs(v[1]), std::fabs(v[2])) < 1e-6 ? Colour::maybe_mono : Colour::maybe;
    case all:
      return inked(v[0], v[0], v[0]);
    case indexed: {
      const auto index = static_cast<std::size_t>(std::max(v[0], 0.0));
      return index < palette.size() ? palette[index] : Colour::maybe;
    }
    case tint: {
      const auto values = evaluated(function, v);
      if (values.size() < static_cast<std::size_t>(under->components)) return Colour::maybe;
      const Colour color = under->of(values);
      // Process inks by name go to the inks themselves, whatever the function says.
      const bool process = std::ranges::any_of(inks, [](const std::string& i) {
        return i == "/Cyan" || i == "/Magenta" || i == "/Yellow" || i == "/Black";
      });
      return process ? doubted(color) : color;
    }
    default:
      return Colour::maybe;
  }
}

Space color_space(QPDFObjectHandle object, QPDFObjectHandle resources, int depth) {
  const Space unknown = made(ColorSpace::opaque, 1);
  if (depth > deepest) return unknown;
  if (object.isName()) {
    if (Space known = by_name(object.getName())) return known;
    if (!resources.isDictionary()) return unknown;
    QPDFObjectHandle spaces = resources.getKey("/ColorSpace");
    if (!spaces.isDictionary() || !spaces.hasKey(object.getName())) return unknown;
    return color_space(spaces.getKey(object.getName()), QPDFObjectHandle::newNull(), depth + 1);
  }
  if (!object.isArray() || object.getArrayNItems() < 1 || !object.getArrayItem(0).isName()) return unknown;
  const std::string name = object.getArrayItem(0).getName();
  const int n = object.getArrayNItems();
  if (name == "/Pattern") {
    auto out = std::make_shared<ColorSpace>();
    out->kind = ColorSpace::pattern;
    out->components = 0;
    if (n > 1) out->under = color_space(object.getArrayItem(1), resources, depth + 1);
    return out;
  }
  if (name == "/CalRGB") return made(ColorSpace::cal_rgb, 3);
  if (name == "/Lab") return made(ColorSpace::lab, 3);
  if (name == "/ICCBased" && n > 1 && object.getArrayItem(1).isStream()) {
    QPDFObjectHandle count = object.getArrayItem(1).getDict().getKey("/N");
    const long long components = count.isInteger() ? count.getIntValue() : 0;
    return components == 1 || components == 3 || components == 4 ? of_components(static_cast<int>(components))
                                                                 : unknown;
  }
  if ((name == "/Indexed" || name == "/I") && n > 3) return indexed(object, resources, depth);
  if ((name == "/Separation" || name == "/DeviceN") && n > 3) return separation(object, resources, depth);
  if (Space known = by_name(name)) return known;
  return unknown;
}

namespace {
std::vector<double> exponential(QPDFObjectHandle dict, double x) {
  std::vector<double> c0 = numbers(dict.getKey("/C0")), c1 = numbers(dict.getKey("/C1"));
  if (c0.empty()) c0 = {0};
  if (c1.empty()) c1 = {1};
  const double n = dict.getKey("/N").isNumber() ? dict.getKey("/N").getNumericValue() : 1;
  if (c0.size() != c1.size()) return {};
  const double power = std::pow(x, n);
  for (std::size_t i = 0; i < c0.size(); ++i) c0[i] += power * (c1[i] - c0[i]);
  return c0;
}

std::vector<double> sampled(QPDFObjectHandle function, double x) {
  QPDFObjectHandle dict = function.getDict();
  const auto domain = numbers(dict.getKey("/Domain")), range = numbers(dict.getKey("/Range"));
  const auto size = numbers(dict.getKey("/Size"));
  QPDFObjectHandle bits = dict.getKey("/BitsPerSample");
  const std::size_t outputs = range.size() / 2;
  std::string bytes;
  if (domain.size() != 2 || size.size() != 1 || size[0] < 1 || size[0] > 65'536 || outputs == 0 ||
      outputs > 32 || !bits.isInteger() || bits.getIntValue() != 8 || dict.hasKey("/Encode") ||
      dict.hasKey("/Decode") || !stream_bytes(function, 256 << 10, bytes))
    return {};
  const auto samples = static_cast<std::size_t>(size[0]);
  if (bytes.size() < samples * outputs || domain[1] <= domain[0]) return {};
  const double at = (x - domain[0]) / (domain[1] - domain[0]) * static_cast<double>(samples - 1);
  const auto low =
      static_cast<std::size_t>(std::clamp(std::floor(at), 0.0, static_cast<double>(samples - 1)));
  const std::size_t high = std::min(low + 1, samples - 1);
  std::vector<double> out(outputs);
  for (std::size_t k = 0; k < outputs; ++k) {
    const auto value = [&](std::size_t i) {
      return range[2 * k] +
             (range[2 * k + 1] - range[2 * k]) * static_cast<unsigned char>(bytes[i * outputs + k]) / 255;
    };
    out[k] = value(low) + (at - static_cast<double>(low)) * (value(high) - value(low));
  }
  return out;
}
}  // namespace

std::vector<double> evaluated(QPDFObjectHandle function, std::span<const double> in, int depth) {
  if (depth > deepest || in.size() != 1) return {};
  if (function.isArray()) {  // one function a component
    std::vector<double> out;
    for (int i = 0; i < std::min(function.getArrayNItems(), 32); ++i) {
      const auto one = evaluated(function.getArrayItem(i), in, depth + 1);
      if (one.size() != 1) return {};
      out.push_back(one[0]);
    }
    return out;
  }
  QPDFObjectHandle dict = function.isStream() ? function.getDict() : function;
  if (!dict.isDictionary() || !dict.getKey("/FunctionType").isInteger()) return {};
  const auto domain = numbers(dict.getKey("/Domain"));
  const double x = domain.size() >= 2 ? std::clamp(in[0], domain[0], std::max(domain[0], domain[1])) : in[0];
  switch (dict.getKey("/FunctionType").getIntValue()) {
    case 0:
      return function.isStream() ? sampled(function, x) : std::vector<double>();
    case 2:
      return exponential(dict, x);
    case 3: {
      const auto bounds = numbers(dict.getKey("/Bounds")), encode = numbers(dict.getKey("/Encode"));
      QPDFObjectHandle functions = dict.getKey("/Functions");
      if (!functions.isArray() || domain.size() < 2) return {};
      const auto k = static_cast<std::size_t>(functions.getArrayNItems());
      if (k == 0 || bounds.size() + 1 < k || encode.size() < 2 * k) return {};
      std::size_t i = 0;
      while (i + 1 < k && x >= bounds[i]) ++i;
      const double low = i == 0 ? domain[0] : bounds[i - 1], high = i + 1 == k ? domain[1] : bounds[i];
      const double part = high > low ? (x - low) / (high - low) : 0;
      const double inner = encode[2 * i] + part * (encode[2 * i + 1] - encode[2 * i]);
      return evaluated(functions.getArrayItem(static_cast<int>(i)), std::span(&inner, 1), depth + 1);
    }
    default:
      return {};
  }
}

Colour colors_of(QPDFObjectHandle function, const ColorSpace& space, double from, double to) {
  if (space.only_grey()) return Colour::mono;
  // Between the points it is linear, or at least between their colours: all grey means grey throughout for
  // every kind of function that is understood here, given enough points for its samples.
  Colour out = Colour::mono;
  constexpr int points = 256;
  for (int i = 0; i <= points; ++i) {
    const double x = from + (to - from) * i / points;
    const auto values = evaluated(function, std::span(&x, 1));
    if (values.empty()) return Colour::maybe;
    out = more(out, space.of(values));
    if (out == Colour::color) break;
  }
  return out;
}

}  // namespace printrouter::pdf
