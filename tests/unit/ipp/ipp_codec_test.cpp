// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ipp_attributes.hpp"
#include "ipp_codes.hpp"
#include "ipp_decoder.hpp"
#include "ipp_encoder.hpp"

namespace printrouter::ipp {
namespace {

using namespace std::string_literals;

/// A message of every syntax, with collections in collections.
Message everything() {
  Message m;
  m.major = 1;
  m.minor = 1;
  m.code = op_print_job;
  m.request_id = 0x01020304;
  Group& op = m.add_group(Tag::operation_group);
  op.add("attributes-charset", Tag::charset, "utf-8");
  op.add("attributes-natural-language", Tag::language, "de");
  op.add("printer-uri", Tag::uri, "ipp://localhost/ipp/print");
  op.add("job-password", Tag::octets, "\x00\x01\xff"s);
  Value title = Value::of_text(Tag::name_language, "Übersicht");
  title.language = "de";
  op.add("job-name", title);
  Group& job = m.add_group(Tag::job_group);
  job.add_integer("copies", -3);
  job.add_enum("print-quality", 4);
  job.add_boolean("yes", true);
  job.add("page-ranges", {Value::of_range(1, 3), Value::of_range(7, 7)});
  job.add("printer-resolution", Value::of_resolution(600, 1200));
  job.add("media", Tag::keyword, {"iso_a4_210x297mm", "na_letter_8.5x11in"});
  job.add("when", Tag::date_time, date_time(1'700'000'000));
  job.add("nothing", Value::out_of_band(Tag::no_value));
  Group media;
  media.add("media", Tag::keyword, "iso_a4_210x297mm");
  media.add("media-source", Tag::keyword, "tray-1");
  job.add("media-col", {media_col(media), Value::collection({})});
  m.add_group(Tag::job_group).add_integer("job-id", 2);
  return m;
}

std::string header() {
  return "\x01\x01\x00\x0b\x00\x00\x00\x01"s;
}

DecodeError decode_error(const std::string& body, DecoderLimits limits = {}) {
  Decoder d(limits);
  d.feed(header() + body);
  return d.state() == Decoder::State::failed ? d.error() : DecodeError::none;
}

TEST(IppCodec, what_was_encoded_is_decoded_alike) {
  const Message m = everything();
  Decoder d;
  const std::string bytes = encode(m);
  EXPECT_EQ(d.feed(bytes + "document"), bytes.size());
  ASSERT_EQ(d.state(), Decoder::State::done) << to_string(d.error());
  EXPECT_EQ(d.message(), m);
}

TEST(IppCodec, bytes_may_come_one_by_one) {
  const Message m = everything();
  Decoder d;
  for (char c : encode(m)) {
    ASSERT_EQ(d.state(), Decoder::State::more);
    ASSERT_EQ(d.feed({&c, 1}), 1u);
  }
  ASSERT_EQ(d.state(), Decoder::State::done);
  EXPECT_EQ(d.message(), m);
}

TEST(IppCodec, an_early_end_is_never_a_message) {
  const std::string bytes = encode(everything());
  for (size_t size = 0; size < bytes.size(); ++size) {
    Decoder d;
    EXPECT_EQ(d.feed(std::string_view(bytes).substr(0, size)), size);
    EXPECT_EQ(d.state(), Decoder::State::more);
    EXPECT_EQ(d.has_header(), size >= 8);
  }
}

TEST(IppCodec, the_example_of_RFC_8010_section_a_1) {
  const std::string bytes =
      "\x01\x01\x00\x02\x00\x00\x00\x01\x01"
      "\x47\x00\x12"
      "attributes-charset\x00\x05utf-8"
      "\x48\x00\x1b"
      "attributes-natural-language\x00\x05"
      "en-us"
      "\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
      "\x42\x00\x08job-name\x00\x06"
      "foobar"
      "\x22\x00\x16ipp-attribute-fidelity\x00\x01\x01\x02"
      "\x21\x00\x06"
      "copies\x00\x04\x00\x00\x00\x14"
      "\x44\x00\x05sides\x00\x13two-sided-long-edge\x03"s;
  Decoder d;
  EXPECT_EQ(d.feed(bytes), bytes.size());
  ASSERT_EQ(d.state(), Decoder::State::done) << to_string(d.error());
  EXPECT_EQ(d.message().operation().text("job-name"), "foobar");
  EXPECT_EQ(d.message().group(Tag::job_group)->value("copies")->integer, 20);
  EXPECT_EQ(encode(d.message()), bytes);
}

struct Bad {
  const char* what;
  std::string body;
  DecodeError error;
};

TEST(IppCodec, damaged_messages_are_refused_with_their_clause) {
  const std::string charset = "\x01\x47\x00\x01"s + "a\x00\x01u"s;
  const std::string in_collection = "\x02\x34\x00\x01"s + "c\x00\x00"s;
  const Bad cases[] = {
      {"group 0", "\x00"s, DecodeError::reserved_group},
      {"operation group twice", "\x01\x01"s, DecodeError::second_operation_group},
      {"operation group later", "\x02\x01"s, DecodeError::second_operation_group},
      {"value without a name", "\x01\x21\x00\x00\x00\x04\x00\x00\x00\x01"s, DecodeError::value_without_name},
      {"name of the group before", charset + "\x02\x47\x00\x00\x00\x01x"s, DecodeError::value_without_name},
      {"integer after keyword", charset + "\x21\x00\x00\x00\x04\x00\x00\x00\x01"s,
       DecodeError::value_type_mixed},
      {"named member", in_collection + "\x21\x00\x01x\x00\x04\x00\x00\x00\x01"s, DecodeError::named_member},
      {"member outside", "\x01\x4a\x00\x00\x00\x01x"s, DecodeError::member_outside_collection},
      {"member without a name", in_collection + "\x4a\x00\x00\x00\x00"s, DecodeError::member_name_empty},
      {"member without a value", in_collection + "\x4a\x00\x00\x00\x01x\x37\x00\x00\x00\x00"s,
       DecodeError::member_without_value},
      {"two names, no value", in_collection + "\x4a\x00\x00\x00\x01x\x4a\x00\x00\x00\x01y"s,
       DecodeError::member_without_value},
      {"value before a member name", in_collection + "\x21\x00\x00\x00\x04\x00\x00\x00\x01"s,
       DecodeError::value_without_name},
      {"group in a collection", in_collection + "\x02"s, DecodeError::group_in_collection},
      {"end in a collection", in_collection + "\x03"s, DecodeError::end_in_collection},
      {"end of no collection", "\x01\x37\x00\x00\x00\x00"s, DecodeError::end_outside_collection},
      {"integer of 3 octets", "\x01\x21\x00\x01x\x00\x03\x00\x00\x00"s, DecodeError::bad_length},
      {"boolean of 2 octets", "\x01\x22\x00\x01x\x00\x02\x00\x00"s, DecodeError::bad_length},
      {"boolean 2", "\x01\x22\x00\x01x\x00\x01\x02"s, DecodeError::boolean_value},
      {"resolution of 8 octets", "\x01\x32\x00\x01x\x00\x08\x00\x00"s, DecodeError::bad_length},
      {"dateTime of 8 octets", "\x01\x31\x00\x01x\x00\x08\x00\x00"s, DecodeError::bad_length},
      {"begCollection with a value", "\x01\x34\x00\x01x\x00\x01y"s, DecodeError::bad_length},
      {"name longer than 32767", "\x01\x21\x80\x00"s, DecodeError::length_negative},
      {"value longer than 32767", "\x01\x44\x00\x01x\xff\xff"s, DecodeError::length_negative},
      {"name longer than 255", "\x01\x44\x01\x00"s, DecodeError::name_too_long},
      {"no-value with a value", "\x01\x13\x00\x01x\x00\x01y"s, DecodeError::out_of_band_value},
      {"no-value beside a value", charset + "\x13\x00\x00\x00\x00"s, DecodeError::out_of_band_mixed},
      {"attribute before any group", "\x21\x00\x01x\x00\x04\x00\x00\x00\x01"s,
       DecodeError::attribute_outside_group},
      {"language beyond the value", "\x01\x35\x00\x01x\x00\x05\x00\x09\x00\x00\x00"s,
       DecodeError::bad_language},
      {"text beyond the value", "\x01\x35\x00\x01x\x00\x05\x00\x00\x00\x09x"s, DecodeError::bad_language},
      {"slack after the text", "\x01\x35\x00\x01x\x00\x05\x00\x00\x00\x00x"s, DecodeError::language_slack},
      {"text with language of 3 octets", "\x01\x36\x00\x01x\x00\x03\x00\x00\x00"s,
       DecodeError::bad_language}};
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.what);
    EXPECT_STREQ(to_string(decode_error(bad.body)), to_string(bad.error));
  }
}

TEST(IppCodec, limits_hold) {
  std::string deep = "\x01"s;
  for (int i = 0; i < 9; ++i)
    deep += i ? "\x4a\x00\x00\x00\x01m\x34\x00\x00\x00\x00"s : "\x34\x00\x01"s + "c\x00\x00"s;
  EXPECT_EQ(decode_error(deep), DecodeError::too_deep);
  std::string many = "\x01"s;
  for (int i = 0; i < 5; ++i) many += "\x22\x00\x01x\x00\x01\x00"s;
  DecoderLimits few;
  few.attributes = 4;
  EXPECT_EQ(decode_error(many, few), DecodeError::too_many);
  DecoderLimits small;
  small.total_bytes = 20;
  EXPECT_EQ(decode_error("\x01\x44\x00\x01x\x00\x40"s + std::string(64, 'k'), small), DecodeError::too_large);
}

TEST(IppCodec, values_are_cut_where_RFC_8011_says_at_a_character) {
  Message m;
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  m.add_group(Tag::operation_group).add("job-name", Tag::name, umlauts);
  Decoder d;
  d.feed(encode(m));
  ASSERT_EQ(d.state(), Decoder::State::done);
  EXPECT_EQ(d.message().operation().text("job-name"), std::string_view(umlauts).substr(0, 254));
}

TEST(IppCodec, date_time_goes_both_ways) {
  EXPECT_EQ(unix_seconds(date_time(1'700'000'000)), 1'700'000'000);
  EXPECT_EQ(unix_seconds(date_time(0)), 0);
  EXPECT_EQ(unix_seconds("\x07\xe7\x0b\x0e\x17\x0d\x14\x00+\x01\x00"s), 1'700'000'000);  // 23:13:20 +01:00
  EXPECT_EQ(unix_seconds("\x07\xe7\x0d\x0e\x17\x0d\x14\x00+\x01\x00"s), -1);             // month 13
  EXPECT_EQ(unix_seconds("short"), -1);
}

TEST(IppMedia, names_and_sizes) {
  const struct {
    const char* name;
    int x, y;
  } cases[] = {{"iso_a4_210x297mm", 21000, 29700},
               {"na_letter_8.5x11in", 21590, 27940},
               {"na_number-10_4.125x9.5in", 10478, 24130},
               {"custom_100.5x200mm_100.5x200mm", 10050, 20000}};
  for (const auto& c : cases) {
    MediaSize size;
    ASSERT_TRUE(media_size(c.name, size)) << c.name;
    EXPECT_EQ(size.x, c.x);
    EXPECT_EQ(size.y, c.y);
    EXPECT_EQ(media_name(size), c.name);
  }
  MediaSize size;
  for (const char* bad : {"", "a4", "iso_a4", "iso_a4_210x297", "iso_a4_x297mm", "iso_a4_210xmm",
                          "iso_a4_0x297mm", "iso_a4_210x297mmm", "_210x297mm", "iso_a4_9999999x1mm"})
    EXPECT_FALSE(media_size(bad, size)) << bad;
}

TEST(IppMedia, media_col_folds_and_unfolds) {
  Group flat;
  flat.add("media", Tag::keyword, "iso_a4_210x297mm");
  flat.add("media-source", Tag::keyword, "tray-2");
  flat.add_integer("media-top-margin", 423);
  Group back;
  flatten_media_col(media_col(flat), back);
  EXPECT_EQ(back.text("media"), "iso_a4_210x297mm");
  EXPECT_EQ(back.text("media-source"), "tray-2");
  EXPECT_EQ(back.value("media-top-margin")->integer, 423);
}

TEST(IppAttributes, every_kind_crosses_the_border_and_back) {
  AttrList list;
  const Message m = everything();
  std::vector<Attribute> sent;
  for (const Attribute& a : m.groups[1].attributes) {
    if (a.name == "media-col") continue;  // folded and unfolded elsewhere
    list.add_all(a);
    sent.push_back(a);
  }
  EXPECT_EQ(copy(list.view()), sent);
  AttrList uuid;
  uuid.add_text("job-uuid", "0d8a1cf1-83c7-4f63-9a4c-3f5a3c5c2a01");
  EXPECT_EQ(copy(uuid.view())[0].values[0],
            Value::of_text(Tag::uri, "urn:uuid:0d8a1cf1-83c7-4f63-9a4c-3f5a3c5c2a01"));
}

TEST(IppCodes, names) {
  EXPECT_EQ(status_name(0x0406), "client-error-not-found");
  EXPECT_EQ(status_name(0x050c), "server-error-too-many-documents");
  EXPECT_EQ(status_name(0x04ff), "client-error-0x04ff");
  EXPECT_EQ(status_name(0x041c), "client-error-account-info-needed");
  EXPECT_EQ(operation_name(0x4001), "operation-0x4001");
}

}  // namespace
}  // namespace printrouter::ipp
