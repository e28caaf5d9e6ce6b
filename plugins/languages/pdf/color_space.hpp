// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Colour spaces, asked one question: does this colour come out grey? RGB in equal parts and black are grey;
/// cyan, magenta and yellow in equal parts are neither for certain.
#include <cstdint>
#include <memory>
#include <qpdf/QPDFObjectHandle.hh>
#include <span>
#include <string>
#include <vector>

namespace printrouter::pdf {

/// What a page looks like; a later one outranks an earlier one.
enum class Colour : std::uint8_t {
  mono,        ///< grey, black or blank for certain
  maybe_mono,  ///< looks grey, but something on the page was not decoded
  maybe,       ///< looks coloured, but something on the page was not decoded
  color        ///< coloured for certain
};

inline Colour more(Colour a, Colour b) {
  return a < b ? b : a;
}
/// What is not certain.
inline Colour doubted(Colour c) {
  return c == Colour::color ? Colour::maybe : c == Colour::mono ? Colour::maybe_mono : c;
}

struct ColorSpace;
using Space = std::shared_ptr<const ColorSpace>;

struct ColorSpace {
  enum Kind {
    gray,
    rgb,
    cmyk,
    cal_rgb,
    lab,
    nothing,  ///< Separation /None: leaves no mark
    black,    ///< Separation /Black
    all,      ///< Separation /All: every ink
    tint,     ///< Separation and DeviceN with an alternate space and a function
    indexed,
    pattern,
    opaque  ///< not understood
  } kind = opaque;
  int components = 1;
  Space under = {};                    ///< alternate, base, or of an uncoloured pattern
  QPDFObjectHandle function = {};      ///< of tint
  std::vector<std::string> inks = {};  ///< of tint
  std::vector<Colour> palette = {};    ///< of indexed

  /// `values` as the operators give them.
  Colour of(std::span<const double> values) const;
  /// Every colour of it is grey.
  bool only_grey() const;
};

/// By name or array, names looked up in the resources' /ColorSpace. Never null.
Space color_space(QPDFObjectHandle object, QPDFObjectHandle resources, int depth = 0);
Space device_space(ColorSpace::Kind kind);

/// The values of a PDF function at `in` (ISO 32000-1 7.10); empty if it is not understood. Types 0, 2 and 3.
std::vector<double> evaluated(QPDFObjectHandle function, std::span<const double> in, int depth = 0);
/// All colours that a function of one input gives, in a space: exact where its pieces are linear.
Colour colors_of(QPDFObjectHandle function, const ColorSpace& space, double from, double to);

}  // namespace printrouter::pdf
