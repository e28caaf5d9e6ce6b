// SPDX-License-Identifier: Apache-2.0
#include "ipp_attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace printrouter::ipp {

namespace {

using sdk::view;

/// Attributes whose text is name(...) and not text(...): RFC 8011 5.2, 5.3 and 5.4, PWG 5100.7, 5100.13.
constexpr std::array name_attributes{std::string_view("job-name"),
                                     std::string_view("document-name"),
                                     std::string_view("requesting-user-name"),
                                     std::string_view("job-originating-user-name"),
                                     std::string_view("printer-name"),
                                     std::string_view("output-device-assigned"),
                                     std::string_view("job-account-id"),
                                     std::string_view("job-accounting-user-id"),
                                     std::string_view("job-sheets-message"),
                                     std::string_view("job-account-id-default"),
                                     std::string_view("job-accounting-user-id-default")};

bool is_uuid_attribute(std::string_view name) {
  return name == "job-uuid" || name == "printer-uuid";
}

int32_t clamp(int64_t n) {
  return static_cast<int32_t>(std::clamp<int64_t>(n, INT32_MIN, INT32_MAX));
}

}  // namespace

Value to_value(const pr_attr& a) {
  const std::string_view name = view(a.name);
  if (is_uuid_attribute(name)) return Value::of_text(Tag::uri, uuid_uri(view(a.text)));
  switch (a.kind) {
    case PR_ATTR_INTEGER:
      return Value::of_integer(clamp(a.integer));
    case PR_ATTR_BOOLEAN:
      return Value::of_boolean(a.integer != 0);
    case PR_ATTR_ENUM:
      return Value::of_integer(clamp(a.integer), Tag::enumeration);
    case PR_ATTR_KEYWORD:
      return Value::of_text(Tag::keyword, view(a.text));
    case PR_ATTR_URI:
      return Value::of_text(Tag::uri, view(a.text));
    case PR_ATTR_MIME:
      return Value::of_text(Tag::mime, view(a.text));
    case PR_ATTR_RANGE:
      return Value::of_range(clamp(a.integer), clamp(a.upper));
    case PR_ATTR_RESOLUTION:
      return Value::of_resolution(clamp(a.integer), clamp(a.upper));
    case PR_ATTR_DATETIME:
      return Value::of_text(Tag::date_time, date_time(a.integer));
    case PR_ATTR_BYTES:
      return Value::of_text(Tag::octets, view(a.text));
    case PR_ATTR_TEXT: {
      const bool is_name =
          std::find(name_attributes.begin(), name_attributes.end(), name) != name_attributes.end();
      return Value::of_text(is_name ? Tag::name : Tag::text, view(a.text));
    }
    default:
      return Value::out_of_band(Tag::no_value);
  }
}

void AttrList::add_text(std::string_view name, std::string_view text, uint32_t kind, uint32_t group) {
  items_.push_back({sdk::str(keep(name)), kind, group, 0, 0, sdk::str(keep(text))});
}

void AttrList::add_integer(std::string_view name, int64_t number, uint32_t kind, uint32_t group) {
  items_.push_back({sdk::str(keep(name)), kind, group, number, 0, {nullptr, 0}});
}

void AttrList::add(std::string_view name, const Value& v, uint32_t group) {
  switch (v.tag) {
    case Tag::integer:
      return add_integer(name, v.integer, PR_ATTR_INTEGER, group);
    case Tag::boolean:
      return add_integer(name, v.integer, PR_ATTR_BOOLEAN, group);
    case Tag::enumeration:
      return add_integer(name, v.integer, PR_ATTR_ENUM, group);
    case Tag::date_time:
      return add_integer(name, unix_seconds(v.text), PR_ATTR_DATETIME, group);
    case Tag::range:
    case Tag::resolution: {
      const bool per_cm = v.tag == Tag::resolution && v.units == 4;
      add_integer(name, per_cm ? v.integer * int64_t{254} / 100 : v.integer,
                  v.tag == Tag::range ? PR_ATTR_RANGE : PR_ATTR_RESOLUTION, group);
      items_.back().upper = per_cm ? v.upper * int64_t{254} / 100 : v.upper;
      return;
    }
    case Tag::keyword:
    case Tag::charset:
    case Tag::language:
    case Tag::uri_scheme:
      return add_text(name, v.text, PR_ATTR_KEYWORD, group);
    case Tag::uri:
      return add_text(name, v.text, PR_ATTR_URI, group);
    case Tag::mime:
      return add_text(name, v.text, PR_ATTR_MIME, group);
    case Tag::text:
    case Tag::name:
    case Tag::text_language:
    case Tag::name_language:
      return add_text(name, v.text, PR_ATTR_TEXT, group);
    case Tag::begin_collection:
      return;  // collections do not cross the border
    default:
      if (is_out_of_band(v.tag)) return add_integer(name, 0, PR_ATTR_NO_VALUE, group);
      return add_text(name, v.text, PR_ATTR_BYTES, group);
  }
}

std::vector<Attribute> copy(pr_attrs attributes, uint32_t group) {
  std::vector<Attribute> out;
  for (const pr_attr& a : sdk::Attributes(attributes)) {
    if (a.group != group) continue;
    if (out.empty() || out.back().name != view(a.name)) out.push_back({std::string(view(a.name)), {}});
    out.back().values.push_back(to_value(a));
  }
  return out;
}

std::string_view bare_uuid(std::string_view uuid) {
  return uuid.starts_with("urn:uuid:") ? uuid.substr(9) : uuid;
}

std::string uuid_uri(std::string_view uuid) {
  return "urn:uuid:" + std::string(bare_uuid(uuid));
}

}  // namespace printrouter::ipp
