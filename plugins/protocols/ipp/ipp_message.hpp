// SPDX-License-Identifier: Apache-2.0
#pragma once
/// An IPP message as plain data (RFC 8010 section 3). Owns all it holds; no thread rule of its own.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace printrouter::ipp {

/// Delimiter and value tags (RFC 8010 sections 3.5.1 and 3.5.2). A value of a tag not named here is kept as
/// octets.
enum class Tag : uint8_t {
  operation_group = 0x01,
  job_group = 0x02,
  end = 0x03,
  printer_group = 0x04,
  unsupported_group = 0x05,
  subscription_group = 0x06,
  event_group = 0x07,
  document_group = 0x09,
  unsupported_value = 0x10,
  unknown = 0x12,
  no_value = 0x13,
  not_settable = 0x15,
  delete_attribute = 0x16,
  admin_define = 0x17,
  integer = 0x21,
  boolean = 0x22,
  enumeration = 0x23,
  octets = 0x30,
  date_time = 0x31,
  resolution = 0x32,
  range = 0x33,
  begin_collection = 0x34,
  text_language = 0x35,
  name_language = 0x36,
  end_collection = 0x37,
  text = 0x41,
  name = 0x42,
  keyword = 0x44,
  uri = 0x45,
  uri_scheme = 0x46,
  charset = 0x47,
  language = 0x48,
  mime = 0x49,
  member_name = 0x4a,
  extension = 0x7f
};

constexpr bool is_group(Tag tag) {
  return static_cast<uint8_t>(tag) < 0x10;
}
constexpr bool is_out_of_band(Tag tag) {
  return static_cast<uint8_t>(tag) >= 0x10 && static_cast<uint8_t>(tag) < 0x20;
}
constexpr bool is_string(Tag tag) {
  return tag == Tag::text_language || tag == Tag::name_language ||
         (static_cast<uint8_t>(tag) >= 0x41 && static_cast<uint8_t>(tag) <= 0x49);
}

struct Attribute;

/// One value. Which members count depends on the tag.
struct Value {
  Tag tag = Tag::no_value;
  int32_t integer = 0;   ///< integer, enum; boolean 0 or 1; range lower bound; resolution x
  int32_t upper = 0;     ///< range upper bound; resolution y
  uint8_t units = 0;     ///< resolution: 3 dots per inch, 4 dots per centimetre
  std::string text;      ///< strings without their language; octets; dateTime as its 11 octets (RFC 2579)
  std::string language;  ///< textWithLanguage, nameWithLanguage
  std::vector<Attribute> members;  ///< collection

  static Value of_integer(int32_t number, Tag tag = Tag::integer);
  static Value of_boolean(bool yes);
  static Value of_range(int32_t lower, int32_t upper);
  static Value of_resolution(int32_t x, int32_t y, uint8_t units = 3);
  static Value of_text(Tag tag, std::string_view text);
  static Value out_of_band(Tag tag);
  static Value collection(std::vector<Attribute> members);

  bool operator==(const Value&) const;
};

struct Attribute {
  std::string name;
  std::vector<Value> values;
  bool operator==(const Attribute&) const = default;
};

// Not in the class: there Attribute, which Value holds, is not complete yet.
inline Value Value::of_integer(int32_t number, Tag tag) {
  Value v;
  v.tag = tag;
  v.integer = number;
  return v;
}
inline Value Value::of_boolean(bool yes) {
  return of_integer(yes ? 1 : 0, Tag::boolean);
}
inline Value Value::of_range(int32_t lower, int32_t upper) {
  Value v = of_integer(lower, Tag::range);
  v.upper = upper;
  return v;
}
inline Value Value::of_resolution(int32_t x, int32_t y, uint8_t units) {
  Value v = of_integer(x, Tag::resolution);
  v.upper = y;
  v.units = units;
  return v;
}
inline Value Value::of_text(Tag tag, std::string_view text) {
  Value v;
  v.tag = tag;
  v.text = text;
  return v;
}
inline Value Value::out_of_band(Tag tag) {
  Value v;
  v.tag = tag;
  return v;
}

inline Value Value::collection(std::vector<Attribute> members) {
  Value v;
  v.tag = Tag::begin_collection;
  v.members = std::move(members);
  return v;
}

struct Group {
  Tag tag = Tag::operation_group;
  std::vector<Attribute> attributes;

  const Attribute* find(std::string_view name) const;
  /// The first value of `name`, nullptr if there is none.
  const Value* value(std::string_view name) const;
  /// Text of the first value if it is a string, else empty.
  std::string_view text(std::string_view name) const;

  void add(std::string_view name, Value value) {
    attributes.push_back({std::string(name), {}});
    attributes.back().values.push_back(std::move(value));
  }
  void add(std::string_view name, std::vector<Value> values) {
    if (!values.empty()) attributes.push_back({std::string(name), std::move(values)});
  }
  void add(std::string_view name, Tag syntax, std::string_view text) {
    add(name, Value::of_text(syntax, text));
  }
  void add(std::string_view name, Tag syntax, std::initializer_list<std::string_view> texts);
  void add_integer(std::string_view name, int32_t number) { add(name, Value::of_integer(number)); }
  void add_enum(std::string_view name, int32_t number) {
    add(name, Value::of_integer(number, Tag::enumeration));
  }
  void add_boolean(std::string_view name, bool yes) { add(name, Value::of_boolean(yes)); }
  bool operator==(const Group&) const = default;
};

struct Message {
  uint8_t major = 2;
  uint8_t minor = 0;
  uint16_t code = 0;  ///< operation-id of a request, status-code of a response
  uint32_t request_id = 1;
  std::vector<Group> groups;

  Group& add_group(Tag tag) {
    groups.push_back({tag, {}});
    return groups.back();
  }
  const Group* group(Tag tag) const;
  /// The operation attributes; an empty group if there are none.
  const Group& operation() const;
  bool operator==(const Message&) const = default;
};

/// dateTime (RFC 2579, UTC) from and to unix seconds; -1 if it is none.
std::string date_time(int64_t unix_seconds);
int64_t unix_seconds(std::string_view date_time);

}  // namespace printrouter::ipp
