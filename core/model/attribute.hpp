// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter {

/// Kinds of value; numerically the PR_ATTR_* of the plugin contract (sdk abi/base.h), which a test holds
/// together.
enum class AttributeKind : std::uint32_t {
  integer = 1,
  boolean,
  enumeration,
  text,
  keyword,
  uri,
  mime,
  range,
  resolution,
  datetime,
  bytes,
  no_value
};

/// One value of a named attribute, with IPP's names and syntaxes (RFC 8011 section 5.1). An attribute of
/// several values is several consecutive entries. `group` tells the objects of a list apart.
struct Attribute {
  std::string name;
  AttributeKind kind = AttributeKind::no_value;
  std::int64_t integer = 0;
  std::int64_t upper = 0;
  std::string text = {};
  std::uint32_t group = 0;
  bool operator==(const Attribute&) const = default;

  static Attribute number(std::string name, std::int64_t value, AttributeKind kind = AttributeKind::integer);
  static Attribute flag(std::string name, bool value);
  static Attribute word(std::string name, std::string value, AttributeKind kind = AttributeKind::keyword);
};

using Attributes = std::vector<Attribute>;

const Attribute* find(const Attributes& attributes, std::string_view name);
/// The first value of `name` as text; empty if there is none.
std::string_view text_of(const Attributes& attributes, std::string_view name);
std::optional<std::int64_t> integer_of(const Attributes& attributes, std::string_view name);
std::optional<bool> flag_of(const Attributes& attributes, std::string_view name);
std::vector<std::string> texts_of(const Attributes& attributes, std::string_view name);
/// Replaces all values of `value.name` by this one.
void set(Attributes& attributes, Attribute value);
void remove(Attributes& attributes, std::string_view name);

}  // namespace printrouter
