// SPDX-License-Identifier: Apache-2.0
#include "devices/device_filter.hpp"

#include <algorithm>

#include "devices/capabilities.hpp"

namespace printrouter {
namespace {
/// Lower case for ASCII and the German letters in UTF-8: enough for names of people's printers.
std::string lower(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] - 'A' + 'a');
    // U+00C0..U+00DE: C3 80..9E -> C3 A0..BE
    if (out[i] == '\xc3' && i + 1 < out.size()) {
      const auto next = static_cast<unsigned char>(out[i + 1]);
      if (next >= 0x80 && next <= 0x9e && next != 0x97) out[i + 1] = static_cast<char>(next + 0x20);
      ++i;
    }
  }
  return out;
}

bool contains(std::string_view text, const std::string& lower_word) {
  return lower(text).find(lower_word) != std::string::npos;
}

Result<std::vector<std::string>> split(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == ',')) {
      if (any) words.push_back(std::move(word));
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (quoted)
    return fail(
        Error{ErrorCode::invalid, "a quotation mark is not closed", "filter", {}, "an even number of \""});
  if (any && !word.empty()) words.push_back(std::move(word));
  return words;
}
}  // namespace

bool DeviceFilter::empty() const {
  return words.empty() && names.empty() && places.empty() && finishings.empty() && !color && !duplex && !wide;
}

Result<DeviceFilter> parse_device_filter(std::string_view text) {
  auto words = split(text);
  if (!words) return fail(words.error());
  DeviceFilter filter;
  for (const std::string& raw : *words) {
    const std::string word = lower(raw);
    if (const auto colon = word.find(':'); colon != std::string::npos) {
      const std::string key = word.substr(0, colon), value = word.substr(colon + 1);
      std::vector<std::string>* list = nullptr;
      if (key == "name") list = &filter.names;
      if (key == "place" || key == "ort") list = &filter.places;
      if (key == "finishing" || key == "finishings") list = &filter.finishings;
      if (list) {
        if (value.empty())
          return fail(Error{ErrorCode::invalid, "\"" + raw + "\" has no value", "filter", {}, key + ":word"});
        list->push_back(value);
        continue;
      }
    }
    if (word == "colour" || word == "color" || word == "farbe")
      filter.color = true;
    else if (word == "mono" || word == "sw" || word == "b/w")
      filter.color = false;
    else if (word == "duplex" || word == "beidseitig")
      filter.duplex = true;
    else if (word == "wide" || word == "a3" || word == "breit")
      filter.wide = true;
    else if (word == "staple" || word == "punch" || word == "fold" || word == "saddle-stitch")
      filter.finishings.push_back(word);
    else
      filter.words.push_back(word);
  }
  return filter;
}

bool matches(const Device& device, const DeviceFilter& filter) {
  if (filter.color && prints_color(device) != filter.color) return false;
  if (filter.duplex && prints_duplex(device) != true) return false;
  if (filter.wide && prints_wide(device) != true) return false;
  const auto all = [](const std::vector<std::string>& words, auto&& test) {
    return std::ranges::all_of(words, test);
  };
  if (!all(filter.names, [&](const std::string& w) { return contains(device.name, w); })) return false;
  if (!all(filter.places, [&](const std::string& w) { return contains(device.place, w); })) return false;
  if (!all(filter.finishings, [&](const std::string& w) {
        return std::ranges::any_of(
            device.facts, [&](const Attribute& f) { return f.name == "finishings" && contains(f.text, w); });
      }))
    return false;
  return all(filter.words, [&](const std::string& w) {
    return contains(device.name, w) || contains(device.place, w) || contains(device.maker, w) ||
           contains(device.model, w) || contains(device.id, w);
  });
}

}  // namespace printrouter
