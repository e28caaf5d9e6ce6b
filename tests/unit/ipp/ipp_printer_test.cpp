// SPDX-License-Identifier: Apache-2.0
#include "ipp_printer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ipp_attributes.hpp"
#include "png_icon.hpp"

namespace printrouter::ipp {
namespace {

constexpr int64_t now = 1'800'000'000;

Printer printer(const AttrList& facts = {}) {
  return Printer(facts.view(), {"localhost:631", "/ipp/print", false}, now, now - 60);
}

std::vector<std::string> names(const Group& group) {
  std::vector<std::string> out;
  for (const Attribute& a : group.attributes) out.push_back(a.name);
  return out;
}

TEST(IppPrinter, what_the_host_does_not_say_does_not_narrow_the_queue) {
  Printer p = printer();
  EXPECT_EQ(p.facts().value("color-supported")->integer, 1);
  EXPECT_EQ(p.facts().value("copies-supported")->upper, 999);
  EXPECT_TRUE(p.accepts_jobs());
  EXPECT_TRUE(p.supports_format("application/octet-stream"));
  EXPECT_FALSE(p.supports_format("application/pdf"));
  EXPECT_EQ(p.describe(nullptr).text("printer-uri-supported"), "ipp://localhost:631/ipp/print");
}

TEST(IppPrinter, only_operations_with_an_effect_are_offered) {
  std::vector<int> operations;
  const Group all = printer().describe(nullptr);
  for (const Value& v : all.find("operations-supported")->values) operations.push_back(v.integer);
  EXPECT_THAT(operations, ::testing::ElementsAre(2, 4, 5, 6, 8, 9, 10, 11, 0x39, 0x3b, 0x3c));
}

TEST(IppPrinter, ipp_everywhere_is_claimed_only_with_its_formats) {
  EXPECT_EQ(printer().describe(nullptr).find("ipp-features-supported"), nullptr);
  AttrList facts;
  for (const char* mime : {"application/pdf", "image/pwg-raster", "image/jpeg"})
    facts.add_text("document-format-supported", mime, PR_ATTR_MIME);
  const Group all = printer(facts).describe(nullptr);
  EXPECT_EQ(all.text("ipp-features-supported"), "ipp-everywhere");
  EXPECT_EQ(all.text("document-format-default"), "application/pdf");
  EXPECT_THAT(all.text("printer-device-id"), ::testing::HasSubstr("CMD:PDF,PWGRaster,JPEG;"));
  EXPECT_NE(all.find("pwg-raster-document-type-supported"), nullptr);
  EXPECT_EQ(all.find("urf-supported"), nullptr);
}

TEST(IppPrinter, requested_attributes) {
  const auto ask = [](std::initializer_list<const char*> words) {
    Attribute requested{"requested-attributes", {}};
    for (const char* w : words) requested.values.push_back(Value::of_text(Tag::keyword, w));
    return names(printer().describe(&requested));
  };
  using ::testing::Contains;
  using ::testing::Not;
  EXPECT_THAT(ask({"printer-name", "sides-supported"}),
              ::testing::UnorderedElementsAre("printer-name", "sides-supported"));
  EXPECT_THAT(ask({"job-template"}), Contains("media-ready"));
  EXPECT_THAT(ask({"job-template"}), Not(Contains("printer-name")));
  EXPECT_THAT(ask({"printer-description"}), Contains("printer-name"));
  EXPECT_THAT(ask({"printer-description"}), Not(Contains("sides-supported")));
  EXPECT_THAT(ask({"all"}), Not(Contains("media-col-database")));  // PWG 5100.7 6.3.27: only by name
  EXPECT_THAT(ask({"all", "media-col-database"}), Contains("media-col-database"));
  EXPECT_THAT(names(printer().describe(nullptr)), Not(Contains("media-margins")));
  const auto all = names(printer().describe(nullptr));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size()) << "an attribute stands twice";
}

struct TicketCase {
  const char* what;
  Attribute wanted;
  bool taken;
};

TEST(IppPrinter, a_ticket_is_taken_as_far_as_the_queue_can) {
  AttrList facts;
  facts.add_text("sides-supported", "one-sided", PR_ATTR_KEYWORD);
  facts.add_text("sides-supported", "two-sided-long-edge", PR_ATTR_KEYWORD);
  facts.add_text("document-format-supported", "application/pdf", PR_ATTR_MIME);
  facts.add_integer("job-password-supported", 4);
  const Printer p = printer(facts);
  const auto keyword = [](const char* text) { return Value::of_text(Tag::keyword, text); };
  const auto size = [](int x, int y) {
    Group g;
    g.add_integer("x-dimension", x);
    g.add_integer("y-dimension", y);
    return Value::collection({{"media-size", {Value::collection(g.attributes)}}});
  };
  const TicketCase cases[] = {
      {"copies in range", {"copies", {Value::of_integer(999)}}, true},
      {"copies out of range", {"copies", {Value::of_integer(1000)}}, false},
      {"copies of another type", {"copies", {keyword("2")}}, false},
      {"copies twice", {"copies", {Value::of_integer(1), Value::of_integer(2)}}, false},
      {"sides", {"sides", {keyword("two-sided-long-edge")}}, true},
      {"sides it has not", {"sides", {keyword("two-sided-short-edge")}}, false},
      {"a page range", {"page-ranges", {Value::of_range(1, 3), Value::of_range(5, 5)}}, true},
      {"a page range backwards", {"page-ranges", {Value::of_range(3, 1)}}, false},
      {"several finishings it has not",
       {"finishings", {Value::of_integer(3, Tag::enumeration), Value::of_integer(4, Tag::enumeration)}},
       false},
      {"resolution", {"printer-resolution", {Value::of_resolution(600, 600)}}, true},
      {"resolution in dpcm", {"printer-resolution", {Value::of_resolution(600, 600, 4)}}, false},
      {"quality", {"print-quality", {Value::of_integer(4, Tag::enumeration)}}, true},
      {"media", {"media", {keyword("iso_a4_210x297mm")}}, true},
      {"media it has not", {"media", {keyword("iso_a0_841x1189mm")}}, false},
      {"media-col within half a millimetre", {"media-col", {size(21000, 29704)}}, true},
      {"media-col it has not", {"media-col", {size(84100, 118900)}}, false},
      {"password", {"job-password", {Value::of_text(Tag::octets, "1234")}}, true},
      {"password too long", {"job-password", {Value::of_text(Tag::octets, "12345")}}, false},
      {"holding", {"job-hold-until", {keyword("indefinite")}}, false},
      {"an unknown attribute", {"x-colour-of-the-sky", {keyword("blue")}}, false}};
  for (const TicketCase& c : cases) {
    Group accepted;
    Group unsupported;
    p.sort_ticket({Tag::job_group, {c.wanted}}, accepted, unsupported);
    EXPECT_EQ(accepted.attributes.size(), c.taken ? 1u : 0u) << c.what;
    EXPECT_EQ(unsupported.attributes.size(), c.taken ? 0u : 1u) << c.what;
  }
}

TEST(IppPrinter, times_count_from_2020_so_that_they_survive_restarts) {
  EXPECT_EQ(up_time(1577836800 + 5), 5);
  EXPECT_EQ(up_time(0), 1);
  EXPECT_GT(up_time(now), 0);
}

TEST(IppPrinter, icons_are_pngs_of_their_size) {
  for (unsigned edge : {48u, 128u, 512u}) {
    const std::string png = png_icon(edge);
    EXPECT_EQ(png.substr(0, 8), std::string("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(static_cast<uint8_t>(png[18]) << 8 | static_cast<uint8_t>(png[19]), static_cast<int>(edge));
    EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");
  }
}

}  // namespace
}  // namespace printrouter::ipp
