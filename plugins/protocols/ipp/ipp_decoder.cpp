// SPDX-License-Identifier: Apache-2.0
#include "ipp_decoder.hpp"

#include <algorithm>

namespace printrouter::ipp {

namespace {

/// May `next` follow values of `first` in one attribute? Strings may mix (keyword|name), so may integer and
/// range.
bool compatible(Tag first, Tag next) {
  if (is_string(first)) return is_string(next);
  const auto numeric = [](Tag t) { return t == Tag::integer || t == Tag::range; };
  return first == next || (numeric(first) && numeric(next));
}

/// The length a syntax prescribes, or npos.
size_t fixed_length(Tag tag) {
  switch (tag) {
    case Tag::integer:
    case Tag::enumeration:
      return 4;
    case Tag::boolean:
      return 1;
    case Tag::date_time:
      return 11;
    case Tag::resolution:
      return 9;
    case Tag::range:
      return 8;
    case Tag::begin_collection:
    case Tag::end_collection:
      return 0;
    default:
      return std::string::npos;
  }
}

}  // namespace

const char* to_string(DecodeError error) {
  switch (error) {
    case DecodeError::none:
      return "no error";
    case DecodeError::reserved_group:
      return "reserved group tag";
    case DecodeError::second_operation_group:
      return "operation attributes are not the first group";
    case DecodeError::value_without_name:
      return "additional value without an attribute";
    case DecodeError::value_type_mixed:
      return "values of one attribute have different types";
    case DecodeError::named_member:
      return "named attribute in a collection";
    case DecodeError::member_outside_collection:
      return "member attribute outside of a collection";
    case DecodeError::member_name_empty:
      return "member attribute without a name";
    case DecodeError::group_in_collection:
      return "group tag in a collection";
    case DecodeError::bad_length:
      return "value length does not fit its type";
    case DecodeError::length_negative:
      return "length above 32767";
    case DecodeError::bad_language:
      return "damaged text with language";
    case DecodeError::attribute_outside_group:
      return "attribute outside of a group";
    case DecodeError::end_in_collection:
      return "end of attributes in a collection";
    case DecodeError::end_outside_collection:
      return "end of a collection that never began";
    case DecodeError::member_without_value:
      return "member attribute without a value";
    case DecodeError::out_of_band_value:
      return "out-of-band value that is not empty";
    case DecodeError::out_of_band_mixed:
      return "out-of-band value among others";
    case DecodeError::boolean_value:
      return "boolean that is neither 0 nor 1";
    case DecodeError::language_slack:
      return "bytes after a text with language";
    case DecodeError::name_too_long:
      return "attribute name longer than allowed";
    case DecodeError::too_deep:
      return "collections nested too deeply";
    case DecodeError::too_many:
      return "too many attributes";
    case DecodeError::too_large:
      return "attributes larger than allowed";
  }
  return "?";
}

size_t Decoder::number(size_t at, size_t size) const {
  size_t n = 0;
  for (size_t i = 0; i < size; ++i) n = n << 8 | static_cast<uint8_t>(scratch_[at + i]);
  return n;
}

size_t Decoder::feed(std::string_view bytes) {
  size_t used = 0;
  while (state_ == State::more) {
    const size_t take = std::min(need_ - scratch_.size(), bytes.size() - used);
    scratch_.append(bytes.substr(used, take));
    used += take;
    if (scratch_.size() < need_) break;
    total_ += need_;
    if (total_ > limits_.total_bytes)
      fail(DecodeError::too_large);
    else
      field_complete();
  }
  return used;
}

void Decoder::field_complete() {
  switch (field_) {
    case Field::header:
      message_.major = static_cast<uint8_t>(number(0, 1));
      message_.minor = static_cast<uint8_t>(number(1, 1));
      message_.code = static_cast<uint16_t>(number(2, 2));
      message_.request_id = static_cast<uint32_t>(number(4, 4));
      have_header_ = true;
      return expect(Field::tag, 1);
    case Field::tag:
      return begin_tag();
    case Field::name_length: {
      const size_t length = number(0, 2);
      if (length > 32767) return void(fail(DecodeError::length_negative));
      if (length && tag_ == Tag::end_collection && open_.empty())
        return void(fail(DecodeError::end_outside_collection));
      if (length && !open_.empty()) return void(fail(DecodeError::named_member));
      if (tag_ == Tag::member_name && (length || open_.empty()))
        return void(fail(DecodeError::member_outside_collection));
      if (length > limits_.name_bytes) return void(fail(DecodeError::name_too_long));
      return expect(Field::name, length);
    }
    case Field::name:
      name_ = scratch_;
      return expect(Field::value_length, 2);
    case Field::value_length:
      return begin_value();
    case Field::value:
      if (value_complete()) expect(Field::tag, 1);
      return;
  }
}

void Decoder::begin_tag() {
  tag_ = static_cast<Tag>(scratch_[0]);
  if (!is_group(tag_)) return expect(Field::name_length, 2);
  if (!open_.empty())
    return void(fail(tag_ == Tag::end ? DecodeError::end_in_collection : DecodeError::group_in_collection));
  if (tag_ == Tag::end) {
    state_ = State::done;
    return;
  }
  if (tag_ == Tag{0}) return void(fail(DecodeError::reserved_group));
  if (tag_ == Tag::operation_group && !message_.groups.empty())
    return void(fail(DecodeError::second_operation_group));
  if (++count_ > limits_.attributes) return void(fail(DecodeError::too_many));
  message_.add_group(tag_);
  have_attribute_ = false;
  expect(Field::tag, 1);
}

void Decoder::begin_value() {
  const size_t length = number(0, 2);
  if (length > 32767) return void(fail(DecodeError::length_negative));
  const size_t fixed = fixed_length(tag_);
  if (fixed != std::string::npos && length != fixed) return void(fail(DecodeError::bad_length));
  if (is_out_of_band(tag_) && length) return void(fail(DecodeError::out_of_band_value));
  if (tag_ == Tag::member_name && !length) return void(fail(DecodeError::member_name_empty));
  if (tag_ == Tag::extension) saw_extension_ = true;
  expect(Field::value, length);
}

bool Decoder::decode_language(Value& value) {
  const size_t size = scratch_.size();
  if (size < 4) return fail(DecodeError::bad_language);
  const size_t language = number(0, 2);
  if (language > 63 || 2 + language + 2 > size) return fail(DecodeError::bad_language);
  const size_t text = number(2 + language, 2);
  if (4 + language + text > size) return fail(DecodeError::bad_language);
  if (4 + language + text < size) return fail(DecodeError::language_slack);
  value.language = scratch_.substr(2, language);
  value.text = scratch_.substr(4 + language);
  return true;
}

bool Decoder::value_complete() {
  if (++count_ > limits_.attributes) return fail(DecodeError::too_many);
  if (tag_ == Tag::end_collection) return end_collection();
  if (tag_ == Tag::member_name) {
    Level& level = open_.back();
    auto& members = level.collection.members;
    if (!members.empty() && members.back().values.empty()) return fail(DecodeError::member_without_value);
    if (scratch_.size() > limits_.name_bytes) return fail(DecodeError::name_too_long);
    members.push_back({scratch_, {}});
    level.has_member = true;
    return true;
  }
  Value value;
  value.tag = tag_;
  switch (tag_) {
    case Tag::boolean:
      if (number(0, 1) > 1) return fail(DecodeError::boolean_value);
      value.integer = static_cast<int32_t>(number(0, 1));
      break;
    case Tag::integer:
    case Tag::enumeration:
      value.integer = static_cast<int32_t>(number(0, 4));
      break;
    case Tag::range:
    case Tag::resolution:
      value.integer = static_cast<int32_t>(number(0, 4));
      value.upper = static_cast<int32_t>(number(4, 4));
      if (tag_ == Tag::resolution) value.units = static_cast<uint8_t>(number(8, 1));
      break;
    case Tag::text_language:
    case Tag::name_language:
      if (!decode_language(value)) return false;
      break;
    case Tag::begin_collection:
      break;
    default:
      value.text = scratch_;
  }
  return place(std::move(value));
}

bool Decoder::place(Value value) {
  std::vector<Attribute>* attributes = nullptr;
  if (!open_.empty()) {
    if (!open_.back().has_member) return fail(DecodeError::value_without_name);
    attributes = &open_.back().collection.members;
  } else {
    if (message_.groups.empty()) return fail(DecodeError::attribute_outside_group);
    attributes = &message_.groups.back().attributes;
    if (!name_.empty()) {
      attributes->push_back({std::move(name_), {}});
      name_.clear();
      have_attribute_ = true;
    } else if (!have_attribute_) {
      return fail(DecodeError::value_without_name);
    }
  }
  auto& values = attributes->back().values;
  if (!values.empty() && !compatible(values.front().tag, value.tag))
    return fail(is_out_of_band(value.tag) || is_out_of_band(values.front().tag)
                    ? DecodeError::out_of_band_mixed
                    : DecodeError::value_type_mixed);
  if (value.tag == Tag::begin_collection) {
    if (open_.size() >= limits_.depth) return fail(DecodeError::too_deep);
    open_.push_back({std::move(value), false});
    return true;
  }
  values.push_back(std::move(value));
  return true;
}

bool Decoder::end_collection() {
  if (open_.empty()) return fail(DecodeError::end_outside_collection);
  Value value = std::move(open_.back().collection);
  if (!value.members.empty() && value.members.back().values.empty())
    return fail(DecodeError::member_without_value);
  open_.pop_back();
  auto& attributes = open_.empty() ? message_.groups.back().attributes : open_.back().collection.members;
  attributes.back().values.push_back(std::move(value));
  return true;
}

}  // namespace printrouter::ipp
