// SPDX-License-Identifier: Apache-2.0
#include "model/attribute.hpp"

#include <algorithm>

namespace printrouter {

Attribute Attribute::number(std::string name, std::int64_t value, AttributeKind kind) {
  return {std::move(name), kind, value};
}
Attribute Attribute::flag(std::string name, bool value) {
  return {std::move(name), AttributeKind::boolean, value ? 1 : 0};
}
Attribute Attribute::word(std::string name, std::string value, AttributeKind kind) {
  return {std::move(name), kind, 0, 0, std::move(value)};
}

const Attribute* find(const Attributes& attributes, std::string_view name) {
  const auto it = std::ranges::find(attributes, name, &Attribute::name);
  return it == attributes.end() ? nullptr : &*it;
}

std::string_view text_of(const Attributes& attributes, std::string_view name) {
  const Attribute* a = find(attributes, name);
  return a ? std::string_view(a->text) : std::string_view();
}

std::optional<std::int64_t> integer_of(const Attributes& attributes, std::string_view name) {
  const Attribute* a = find(attributes, name);
  if (!a || (a->kind != AttributeKind::integer && a->kind != AttributeKind::enumeration)) return std::nullopt;
  return a->integer;
}

std::optional<bool> flag_of(const Attributes& attributes, std::string_view name) {
  const Attribute* a = find(attributes, name);
  if (!a || a->kind != AttributeKind::boolean) return std::nullopt;
  return a->integer != 0;
}

std::vector<std::string> texts_of(const Attributes& attributes, std::string_view name) {
  std::vector<std::string> out;
  for (const Attribute& a : attributes)
    if (a.name == name) out.push_back(a.text);
  return out;
}

void set(Attributes& attributes, Attribute value) {
  const auto it = std::ranges::find(attributes, value.name, &Attribute::name);
  if (it == attributes.end()) {
    attributes.push_back(std::move(value));
    return;
  }
  const std::string name = value.name;
  *it = std::move(value);
  attributes.erase(
      std::remove_if(it + 1, attributes.end(), [&](const Attribute& a) { return a.name == name; }),
      attributes.end());
}

void remove(Attributes& attributes, std::string_view name) {
  std::erase_if(attributes, [&](const Attribute& a) { return a.name == name; });
}

}  // namespace printrouter
