// SPDX-License-Identifier: Apache-2.0
#include "devices/capabilities.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace printrouter {
namespace {
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

/// Names of one language; the first is the one that the model files use.
constexpr std::array<std::array<std::string_view, 3>, 4> format_aliases = {{
    {"application/vnd.hp-PCL", "application/x-pcl", "application/x-hp-pcl"},
    {"application/vnd.hp-PCLXL", "application/x-pclxl", ""},
    {"application/postscript", "application/x-postscript", ""},
    {"image/urf", "image/x-urf", ""},
}};
std::string_view canonical(std::string_view format) {
  format = format.substr(0, format.find(';'));
  for (const auto& names : format_aliases)
    for (const std::string_view name : names)
      if (!name.empty() && same(name, format)) return names.front();
  return format;
}

bool is_wide(MediaSize size) {
  return size.width >= 29'700 && size.height >= 42'000;
}

/// The sizes of a ticket and a model agree if they differ by less than a millimetre: A4 has many spellings.
bool same_size(MediaSize a, MediaSize b) {
  return std::abs(a.width - b.width) < 100 && std::abs(a.height - b.height) < 100;
}
}  // namespace

std::optional<bool> prints_color(const Device& device) {
  if (const auto stated = flag_of(device.settings, "color")) return stated;
  return flag_of(device.facts, "color");
}

std::optional<bool> prints_duplex(const Device& device) {
  if (const auto stated = flag_of(device.settings, "duplex")) return stated;
  return flag_of(device.facts, "duplex");
}

std::optional<bool> prints_wide(const Device& device) {
  bool known = false;
  for (const Attribute& fact : device.facts) {
    if (fact.name != "max-media" && fact.name != "media") continue;
    const auto size = media_size(fact.text);
    if (!size) continue;
    if (is_wide(*size)) return true;
    known = true;
  }
  return known ? std::optional(false) : std::nullopt;
}

std::optional<bool> takes_format(const Device& device, std::string_view format) {
  if (format.empty() || format == "application/octet-stream") return std::nullopt;
  bool known = false;
  const std::string_view wanted = canonical(format);
  for (const Attribute& fact : device.facts) {
    if (fact.name != "languages") continue;
    if (same(canonical(fact.text), wanted)) return true;
    known = true;
  }
  // Every engine with an interpreter prints plain text, but few models list it.
  if (wanted == "text/plain") return std::nullopt;
  return known ? std::optional(false) : std::nullopt;
}

std::optional<bool> takes_media(const Device& device, std::string_view media) {
  const auto size = media_size(pwg_media_name(media));
  if (!size) return std::nullopt;
  bool known = false;
  for (const Attribute& fact : device.facts) {
    if (fact.name != "media") continue;
    if (fact.text == media) return true;
    if (const auto has = media_size(fact.text)) {
      if (same_size(*has, *size)) return true;
      known = true;
    }
  }
  return known ? std::optional(false) : std::nullopt;
}

std::optional<bool> takes_finishing(const Device& device, std::string_view finishing) {
  if (finishing.empty() || finishing == "none") return true;
  bool known = false;
  for (const Attribute& fact : device.facts) {
    if (fact.name != "finishings") continue;
    // "staple" asks for any staple, wherever it goes.
    if (fact.text == finishing || fact.text.starts_with(std::string(finishing) + "-")) return true;
    known = true;
  }
  return known ? std::optional(false) : std::nullopt;
}

std::string_view finishing_keyword(std::int64_t value) {
  switch (value) {
    case 4:
      return "staple";
    case 5:
      return "punch";
    case 6:
      return "cover";
    case 7:
      return "bind";
    case 8:
      return "saddle-stitch";
    case 9:
      return "edge-stitch";
    case 10:
      return "fold";
    case 11:
      return "trim";
    case 13:
      return "booklet-maker";
    case 20:
      return "staple-top-left";
    case 21:
      return "staple-bottom-left";
    case 22:
      return "staple-top-right";
    case 23:
      return "staple-bottom-right";
    case 28:
      return "staple-dual-left";
    case 29:
      return "staple-dual-top";
    case 30:
      return "staple-dual-right";
    case 31:
      return "staple-dual-bottom";
    default:
      return {};
  }
}

}  // namespace printrouter
