// SPDX-License-Identifier: Apache-2.0
#include "ipp_encoder.hpp"

namespace printrouter::ipp {

namespace {

void put(std::string& out, uint32_t number, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(number >> shift & 0xff));
}

size_t limit(Tag tag) {
  switch (tag) {
    case Tag::text:
    case Tag::text_language:
    case Tag::uri:
    case Tag::octets:
      return 1023;
    case Tag::name:
    case Tag::name_language:
    case Tag::keyword:
    case Tag::mime:
      return 255;
    case Tag::uri_scheme:
    case Tag::charset:
    case Tag::language:
      return 63;
    default:
      return 32767;
  }
}

std::string_view cut(std::string_view text, Tag tag) {
  size_t size = limit(tag);
  if (text.size() <= size) return text;
  if (tag != Tag::octets)
    while (size && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<uint32_t>(text.size()), 2);
  out.append(text);
}

void put_members(std::string& out, const std::vector<Attribute>& members);

void put_value(std::string& out, const Value& value) {
  switch (value.tag) {
    case Tag::integer:
    case Tag::enumeration:
      put(out, 4, 2);
      return put(out, static_cast<uint32_t>(value.integer), 4);
    case Tag::boolean:
      put(out, 1, 2);
      return put(out, value.integer ? 1 : 0, 1);
    case Tag::range:
    case Tag::resolution:
      put(out, value.tag == Tag::range ? 8 : 9, 2);
      put(out, static_cast<uint32_t>(value.integer), 4);
      put(out, static_cast<uint32_t>(value.upper), 4);
      if (value.tag == Tag::resolution) put(out, value.units, 1);
      return;
    case Tag::text_language:
    case Tag::name_language: {
      const std::string_view language = cut(value.language, Tag::language);
      const std::string_view text = cut(value.text, value.tag);
      put(out, static_cast<uint32_t>(4 + language.size() + text.size()), 2);
      put_string(out, language);
      return put_string(out, text);
    }
    case Tag::begin_collection:
      put(out, 0, 2);
      return put_members(out, value.members);
    default:
      return put_string(out, is_out_of_band(value.tag) ? std::string_view() : cut(value.text, value.tag));
  }
}

void put_members(std::string& out, const std::vector<Attribute>& members) {
  for (const Attribute& member : members) {
    if (member.values.empty()) continue;
    put(out, static_cast<uint32_t>(Tag::member_name), 1);
    put(out, 0, 2);
    put_string(out, cut(member.name, Tag::keyword));
    for (const Value& value : member.values) {
      put(out, static_cast<uint32_t>(value.tag), 1);
      put(out, 0, 2);
      put_value(out, value);
    }
  }
  put(out, static_cast<uint32_t>(Tag::end_collection), 1);
  put(out, 0, 4);
}

}  // namespace

std::string encode(const Message& message) {
  std::string out;
  put(out, message.major, 1);
  put(out, message.minor, 1);
  put(out, message.code, 2);
  put(out, message.request_id, 4);
  for (const Group& group : message.groups) {
    put(out, static_cast<uint32_t>(group.tag), 1);
    for (const Attribute& attribute : group.attributes) {
      bool first = true;
      for (const Value& value : attribute.values) {
        put(out, static_cast<uint32_t>(value.tag), 1);
        put_string(out, first ? cut(attribute.name, Tag::keyword) : std::string_view());
        put_value(out, value);
        first = false;
      }
    }
  }
  put(out, static_cast<uint32_t>(Tag::end), 1);
  return out;
}

}  // namespace printrouter::ipp
