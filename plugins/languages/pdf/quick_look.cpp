// SPDX-License-Identifier: Apache-2.0
#include "quick_look.hpp"

#include <algorithm>

#include "pdf_stream.hpp"

namespace printrouter::pdf {
namespace {
constexpr std::size_t window_bytes = 64 * 1024;
constexpr std::size_t most_object = 2'048;
constexpr std::size_t most_packs = 4'096;
constexpr std::size_t most_pack = 4u << 20;

bool blank(char c) {
  return c == ' ' || c == '\r' || c == '\n' || c == '\t' || c == '\f' || c == '\0';
}
bool letter(char c) {
  return !blank(c) && c != '/' && c != '<' && c != '>' && c != '[' && c != ']' && c != '(' && c != ')' &&
         c != '%';
}

/// "/Type /Page" in a dictionary that has no /Kids, and nothing in it that could hide or forge these words.
bool says_page(std::string_view dict) {
  if (std::ranges::any_of(dict, [](char c) { return c == '(' || c == '%' || c == '#'; }) ||
      dict.find("/Kids") != std::string_view::npos)
    return false;
  for (auto at = dict.find("/Type"); at != std::string_view::npos; at = dict.find("/Type", at + 5)) {
    std::string_view rest = dict.substr(at + 5);
    while (!rest.empty() && blank(rest.front())) rest.remove_prefix(1);
    if (!rest.starts_with("/Page")) continue;
    return rest.size() == 5 || !letter(rest[5]);
  }
  return false;
}

/// Past "12 0 obj"; empty if that does not stand there.
std::string_view after_head(std::string_view text, int number) {
  const std::string head = std::to_string(number);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  if (!text.starts_with(head)) return {};
  text.remove_prefix(head.size());
  const auto obj = text.find("obj");
  return obj == std::string_view::npos || obj > 16 ? std::string_view() : text.substr(obj + 3);
}
}  // namespace

std::string_view QuickLook::plain(std::uint64_t offset) {
  const std::uint64_t end = std::min<std::uint64_t>(reader_.size(), offset + most_object);
  if (offset < window_begin_ || end > window_begin_ + window_.size()) {
    window_.resize(window_bytes);
    const auto got = reader_.read_at(offset, window_.data(), window_.size());
    window_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    window_begin_ = offset;
  }
  const auto from = static_cast<std::size_t>(offset - window_begin_);
  return from >= window_.size() ? std::string_view() : std::string_view(window_).substr(from, most_object);
}

const QuickLook::Pack& QuickLook::pack(int number) {
  if (const auto known = packs_.find(number); known != packs_.end()) return known->second;
  if (packs_.size() >= most_packs) packs_.clear();
  Pack& out = packs_[number];
  QPDFObjectHandle stream = pdf_.getObjectByID(number, 0);
  if (!stream_bytes(stream, most_pack, out.bytes)) return out;
  QPDFObjectHandle first = stream.getDict().getKey("/First");
  const long long base = first.isInteger() ? first.getIntValue() : -1;
  if (base < 0 || static_cast<std::size_t>(base) > out.bytes.size()) return out;
  // Pairs of number and offset.
  std::string_view head = std::string_view(out.bytes).substr(0, static_cast<std::size_t>(base));
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < head.size();) {
    if (head[i] < '0' || head[i] > '9') {
      ++i;
      continue;
    }
    std::size_t value = 0;
    for (; i < head.size() && head[i] >= '0' && head[i] <= '9' && value < most_pack; ++i)
      value = value * 10 + static_cast<std::size_t>(head[i] - '0');
    numbers.push_back(value);
  }
  for (std::size_t i = 1; i < numbers.size(); i += 2)
    out.begins.push_back(std::min(out.bytes.size(), static_cast<std::size_t>(base) + numbers[i]));
  return out;
}

std::string_view QuickLook::object(QPDFObjGen id) {
  const auto entry = table_.find(id);
  if (entry == table_.end()) return {};
  if (entry->second.getType() == 1) {
    const std::string_view text =
        after_head(plain(static_cast<std::uint64_t>(entry->second.getOffset())), id.getObj());
    return text.substr(0, text.find("endobj"));
  }
  if (entry->second.getType() != 2) return {};
  const Pack& from = pack(entry->second.getObjStreamNumber());
  const auto index = static_cast<std::size_t>(std::max(0, entry->second.getObjStreamIndex()));
  if (index >= from.begins.size()) return {};
  const std::size_t begin = from.begins[index];
  const std::size_t end = index + 1 < from.begins.size() ? from.begins[index + 1] : from.bytes.size();
  return end > begin ? std::string_view(from.bytes).substr(begin, end - begin) : std::string_view();
}

bool QuickLook::is_page(QPDFObjGen id) {
  const std::string_view text = object(id);
  return text.size() < most_object && says_page(text);
}

}  // namespace printrouter::pdf
