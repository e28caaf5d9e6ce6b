// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reads an IPP message from bytes as they come in (RFC 8010 section 3). No I/O, bounded memory.
///
///     Decoder decoder;
///     size_t used = decoder.feed(bytes);  // never reads beyond the end-of-attributes tag
///     if (decoder.state() == Decoder::State::done) use(decoder.message());
///
/// It is strict. Where libcups is more lenient, the error is one of those that `stricter_than_libcups` names.
#include "ipp_message.hpp"

namespace printrouter::ipp {

struct DecoderLimits {
  size_t total_bytes = 1u << 20;  ///< the whole message up to end-of-attributes
  size_t attributes = 4000;       ///< names and values, members of collections included
  size_t depth = 8;               ///< collections within collections
  size_t name_bytes = 255;        ///< RFC 8011 5.1.4: a keyword has 255 octets at most
};

enum class DecodeError {
  none,
  // what libcups refuses too
  reserved_group,             ///< RFC 8010 3.5.1: tag 0x00 is reserved
  second_operation_group,     ///< RFC 8010 3.1: operation attributes come first and once
  value_without_name,         ///< RFC 8010 3.1.4.1: an additional value needs an attribute before it
  value_type_mixed,           ///< RFC 8011 5.1.16: values of a 1setOf have one syntax
  named_member,               ///< RFC 8010 3.1.7: names within a collection are memberAttrName values
  member_outside_collection,  ///< RFC 8010 3.1.6
  member_name_empty,          ///< RFC 8010 3.1.7
  group_in_collection,        ///< RFC 8010 3.1.6: a collection ends with endCollection
  bad_length,                 ///< RFC 8010 3.9: value-length does not fit the syntax
  length_negative,            ///< RFC 8010 3.1.4: lengths are SIGNED-SHORT
  bad_language,               ///< RFC 8010 3.9: textWithLanguage
  // where we are stricter
  attribute_outside_group,  ///< RFC 8010 3.1.2: an attribute belongs to a group
  end_in_collection,        ///< RFC 8010 3.1.6
  end_outside_collection,   ///< RFC 8010 3.1.6
  member_without_value,     ///< RFC 8010 3.1.7
  out_of_band_value,        ///< RFC 8010 3.8: an out-of-band value is empty
  out_of_band_mixed,        ///< RFC 8011 5.1.1: an out-of-band value stands alone
  boolean_value,            ///< RFC 8010 3.9: 0 or 1
  language_slack,           ///< RFC 8010 3.9: bytes after textWithLanguage's text
  name_too_long,
  too_deep,
  too_many,
  too_large
};

const char* to_string(DecodeError error);
constexpr bool stricter_than_libcups(DecodeError e) {
  return e >= DecodeError::attribute_outside_group;
}

class Decoder {
 public:
  enum class State { more, done, failed };

  explicit Decoder(DecoderLimits limits = {}) : limits_(limits) {}
  /// Takes as much of `bytes` as belongs to the message; answers how many. After `done` or `failed`: 0.
  size_t feed(std::string_view bytes);
  State state() const { return state_; }
  DecodeError error() const { return error_; }
  /// Version, code and request-id are known (also after a failure later on).
  bool has_header() const { return have_header_; }
  /// A value used the extension tag 0x7f, which libcups reads in a way of its own.
  bool saw_extension() const { return saw_extension_; }
  const Message& message() const { return message_; }
  Message take() { return std::move(message_); }

 private:
  enum class Field { header, tag, name_length, name, value_length, value };
  void field_complete();
  void begin_tag();
  void begin_value();
  bool value_complete();
  bool place(Value value);
  bool end_collection();
  bool decode_language(Value& value);
  void expect(Field field, size_t size) { field_ = field, need_ = size, scratch_.clear(); }
  bool fail(DecodeError error) { return state_ = State::failed, error_ = error, false; }
  size_t number(size_t at, size_t size) const;

  struct Level {  // a collection under construction
    Value collection;
    bool has_member = false;  // a memberAttrName came and waits for its first value, or has some
  };
  DecoderLimits limits_;
  Message message_;
  std::vector<Level> open_;
  State state_ = State::more;
  DecodeError error_ = DecodeError::none;
  Field field_ = Field::header;
  size_t need_ = 8;
  std::string scratch_;
  Tag tag_ = Tag::end;
  std::string name_;
  size_t total_ = 0;
  size_t count_ = 0;
  bool have_header_ = false;
  bool saw_extension_ = false;
  bool have_attribute_ = false;  // in this group, for additional values
};

}  // namespace printrouter::ipp
