// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "document/facts.hpp"
#include "document/pjl_header.hpp"
#include "document/sniff.hpp"

namespace printrouter {
namespace {
using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string uel = "\x1b%-12345X";

struct SniffCase {
  const char* name;
  std::string head;
  Language language;
  bool pjl = false;
};
void PrintTo(const SniffCase& c, std::ostream* out) {
  *out << c.name;
}
class Sniff : public testing::TestWithParam<SniffCase> {};
TEST_P(Sniff, TellsTheLanguage) {
  const Sniffed s = sniff(GetParam().head);
  EXPECT_EQ(to_string(s.language), to_string(GetParam().language));
  EXPECT_EQ(s.has_pjl, GetParam().pjl);
}
INSTANTIATE_TEST_SUITE_P(
    Document, Sniff,
    testing::Values(
        SniffCase{"nothing", "", Language::empty}, SniffCase{"pdf", "%PDF-1.7\n", Language::pdf},
        SniffCase{"pdf after rubbish", std::string(900, 'x') + "%PDF-1.4", Language::pdf},
        SniffCase{"pdf too late", std::string(2000, 'x') + "%PDF-1.4", Language::text},
        SniffCase{"postscript", "%!PS-Adobe-3.0\n", Language::postscript},
        SniffCase{"postscript after ^D", "\x04%!PS", Language::postscript},
        SniffCase{"pcl5 reset",
                  "\x1b"
                  "E\x1b&l1O",
                  Language::pcl5},
        SniffCase{"pcl5 after a bare UEL",
                  uel + "\x1b"
                        "E",
                  Language::pcl5},
        SniffCase{"pclxl", ") HP-PCL XL;2;0;Comment\n", Language::pclxl},
        SniffCase{"pwg raster", "RaS2PwgRaster\0"s, Language::pwg_raster},
        SniffCase{"cups raster is not pwg", "RaS2"s + std::string(64, '\0'), Language::unknown},
        SniffCase{"urf", "UNIRAST\0\0\0\0\1"s, Language::urf},
        SniffCase{"jpeg", "\xff\xd8\xff\xe0", Language::jpeg},
        SniffCase{"png", "\x89PNG\r\n\x1a\n", Language::png},
        SniffCase{"prescribe", "!R! FPAT 1;EXIT;", Language::prescribe},
        SniffCase{"escp", "\x1b@\x1bP", Language::escp},
        SniffCase{"escp after its job language", "\0\0\0\x1b\x01@EJL 1284.4\n"s, Language::escp},
        SniffCase{"tiff", "II*\0\x08\0\0\0"s, Language::tiff},
        SniffCase{"tiff, high byte first", "MM\0*\0\0\0\x08"s, Language::tiff},
        SniffCase{"xps", "PK\x03\x04"s + std::string(26, '\0') + "FixedDocSeq.fdseq", Language::xps},
        SniffCase{"a zip that is no xps", "PK\x03\x04"s + std::string(26, '\0') + "word/document.xml",
                  Language::unknown},
        SniffCase{"kpdl by its name", uel + "@PJL ENTER LANGUAGE=KPDL\r\n", Language::postscript, true},
        SniffCase{"pclxl, high byte first", "( HP-PCL XL;2;0;Comment\n", Language::pclxl},
        SniffCase{"pclxl in ascii", "' HP-PCL XL;2;0;Comment\n", Language::pclxl},
        SniffCase{"text", "Dear Sir,\r\n\f", Language::text},
        SniffCase{"latin-1 text",
                  "Gr\xfc\xdf"
                  "e\n",
                  Language::text},
        SniffCase{"binary", "\x01\x02\x03\x04", Language::unknown},
        SniffCase{"http", "POST / HTTP/1.1\r\n", Language::http},
        SniffCase{"http2", "PRI * HTTP/2.0\r\n", Language::http},
        SniffCase{"tls", "\x16\x03\x01\x02\x00\x01\x00"s, Language::tls},
        SniffCase{"pjl and pdf", uel + "@PJL\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4", Language::pdf, true},
        SniffCase{"pjl without UEL", "@PJL SET COPIES=2\r\n%!PS", Language::postscript, true},
        SniffCase{"pjl that promises what follows later", uel + "@PJL ENTER LANGUAGE = PCLXL\n",
                  Language::pclxl, true},
        SniffCase{"pjl that promises something else", uel + "@PJL ENTER LANGUAGE=PCL\n%PDF-1.4",
                  Language::pdf, true}),
    [](const testing::TestParamInfo<SniffCase>& param) {
      std::string name = param.param.name;
      std::ranges::replace_if(
          name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
      return name;
    });

const std::string header = uel +
                           "@PJL\r\n"
                           "@PJL COMMENT \"made by a driver\"\r\n"
                           "@PJL JOB NAME=\"Report 0a1b2c3d-1111-2222-3333-444455556666\" DISPLAY=\"x\"\r\n"
                           "@PJL SET USERNAME=\"anna\"\r\n"
                           "@PJL SET COPIES=3\r\n"
                           "@PJL SET DUPLEX = ON\r\n"
                           "@PJL SET BINDING=SHORTEDGE\r\n"
                           "@PJL SET PAPER=A3\r\n"
                           "@PJL SET RENDERMODE=GRAYSCALE\r\n"
                           "@PJL SET HOLD=ON\r\n"
                           "@PJL SET HOLDKEY=\"1234\"\r\n"
                           "@PJL ENTER LANGUAGE=POSTSCRIPT\r\n";

void expect_all(const PjlHeader& h) {
  EXPECT_TRUE(h.present);
  EXPECT_TRUE(h.complete);
  EXPECT_TRUE(h.job_line);
  EXPECT_EQ(h.user, "anna");
  EXPECT_EQ(h.job_name, "Report 0a1b2c3d-1111-2222-3333-444455556666");
  EXPECT_EQ(h.uuid, "0a1b2c3d-1111-2222-3333-444455556666");
  EXPECT_EQ(h.copies, 3);
  EXPECT_EQ(h.sides(), "two-sided-short-edge");
  EXPECT_EQ(h.paper, "A3");
  EXPECT_EQ(h.color_mode, "GRAYSCALE");
  EXPECT_TRUE(h.holds());
  EXPECT_TRUE(h.password);
  EXPECT_EQ(h.language, "POSTSCRIPT");
  EXPECT_EQ(h.length, header.size());
  EXPECT_THAT(h.sets(), ElementsAre("copies", "sides", "media", "print-color-mode"));
}
TEST(PjlHeader, IsRead) {
  expect_all(parse_pjl_header(header + "%!PS @PJL SET COPIES=9\n"));
}
TEST(PjlHeader, ComesInAnyPieces) {
  for (const std::size_t step : {1u, 2u, 7u, 100u}) {
    PjlHeaderParser parser;
    const std::string all = header + "%!PS";
    for (std::size_t at = 0; at < all.size() && !parser.done(); at += step)
      parser.feed(std::string_view(all).substr(at, step));
    parser.finish();
    expect_all(parser.header());
  }
}
TEST(PjlHeader, EndsWhereSomethingElseBegins) {
  const PjlHeader h = parse_pjl_header("@PJL SET COPIES=2\n!R! EXIT;\n@PJL SET COPIES=5\n");
  EXPECT_EQ(h.copies, 2);
  EXPECT_EQ(h.length, 18u);
  EXPECT_FALSE(parse_pjl_header("%!PS\n@PJL SET COPIES=2\n").present);
  EXPECT_FALSE(parse_pjl_header("\n@PJL SET COPIES=2\n").present);
}
TEST(PjlHeader, AUelAloneIsNoHeader) {
  const PjlHeader h = parse_pjl_header(uel +
                                       "\x1b"
                                       "E");
  EXPECT_FALSE(h.present);
  EXPECT_EQ(h.length, 0u);
}
TEST(PjlHeader, OddValues) {
  EXPECT_FALSE(parse_pjl_header("@PJL SET COPIES=0\n").copies);
  EXPECT_FALSE(parse_pjl_header("@PJL SET COPIES=many\n").copies);
  EXPECT_FALSE(parse_pjl_header("@PJL SET COPIES=99999\n").copies);
  EXPECT_EQ(parse_pjl_header("@PJL SET LPARM : PCL COPIES=4\n").copies, 4);
  EXPECT_EQ(parse_pjl_header("@PJL SET COPIES=2\n@PJL SET QTY=3\n").copies, 3) << "not multiplied";
  EXPECT_FALSE(parse_pjl_header("@PJL DEFAULT COPIES=4\n").copies)
      << "the device's default is no wish of this job";
  EXPECT_FALSE(parse_pjl_header("@PJL SET HOLD=OFF\n").holds());
  EXPECT_EQ(parse_pjl_header("@PJL SET JOBATTR=\"JobAcct1=ben\"\n").user, "ben");
  EXPECT_EQ(parse_pjl_header("@PJL SET USERNAME=\"a\xff\x01"
                             "b\"\n")
                .user,
            "a??b");
  EXPECT_EQ(parse_pjl_header("@PJL SET USERNAME=\"Jörg\"\n").user, "Jörg");
  EXPECT_EQ(parse_pjl_header("@PJL SET USERNAME=\"open").user, "open");
  EXPECT_EQ(parse_pjl_header("@pjl set copies=2\n").copies, 2);
}
TEST(PjlHeader, IsBounded) {
  PjlHeaderParser parser(1'000);
  for (int i = 0; i < 100'000 && !parser.done(); ++i) parser.feed("@PJL COMMENT and so on\n");
  EXPECT_TRUE(parser.done());
  EXPECT_LE(parser.header().length, 1'000u);
  const PjlHeader h =
      parse_pjl_header("@PJL SET USERNAME=\"" + std::string(100'000, 'x') + "\"\n@PJL SET COPIES=2\n");
  EXPECT_LE(h.user.size(), 1'024u);
  EXPECT_EQ(h.copies, 2) << "what follows an overlong line still counts";
}

std::string big(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}
std::string pwg_page(bool duplex, std::uint32_t space, std::uint32_t pages, const std::string& size) {
  std::string page(1796, '\0');
  page.replace(0, 9, "PwgRaster");
  page.replace(272, 4, big(duplex));
  page.replace(400, 4, big(space));
  page.replace(452, 4, big(pages));
  page.replace(1732, size.size(), size);
  return "RaS2" + page;
}
TEST(Facts, PwgRasterSaysSidesMediaPagesAndGrey) {
  const DocumentFacts f = document_facts(pwg_page(true, 18, 7, "iso_a4_210x297mm"), 5'000, "", {});
  EXPECT_EQ(f.format, "image/pwg-raster");
  EXPECT_EQ(f.sides, "two-sided-long-edge");
  EXPECT_EQ(f.media, "iso_a4_210x297mm");
  EXPECT_EQ(f.pages, 7);
  EXPECT_EQ(f.color, false);
  EXPECT_EQ(f.size, 5'000u);
}
TEST(Facts, ColourSamplesMayStillBeGrey) {
  EXPECT_EQ(document_facts(pwg_page(false, 19, 0, ""), 0, "", {}).color, std::nullopt);
  EXPECT_EQ(document_facts(pwg_page(false, 19, 0, ""), 0, "", {}).pages, std::nullopt);
}
TEST(Facts, PjlHeaderAndDocumentAreJoined) {
  const DocumentFacts f = document_facts(header + "%!PS", 1'000, "application/octet-stream", {});
  EXPECT_EQ(f.format, "application/postscript");
  EXPECT_TRUE(f.has_pjl);
  EXPECT_TRUE(f.pjl_job_line);
  EXPECT_EQ(f.user, "anna");
  EXPECT_EQ(f.media, "iso_a3_297x420mm");
  EXPECT_EQ(f.color, false);
  EXPECT_TRUE(f.hold);
  EXPECT_THAT(f.in_document_ticket, ElementsAre("copies", "sides", "media", "print-color-mode"));
}
TEST(Facts, TheDeclaredFormatCountsWhereTheBytesSayNothingSure) {
  EXPECT_EQ(document_facts("\x01\x02", 2, "application/x-own; charset=x", {}).format, "application/x-own");
  EXPECT_EQ(document_facts("some text", 9, "text/html", {}).format, "text/html");
  EXPECT_EQ(document_facts("%PDF-1.4", 8, "application/postscript", {}).format, "application/pdf");
  EXPECT_EQ(document_facts("\x01\x02", 2, "application/octet-stream", {}).format, "");
  EXPECT_EQ(document_facts("\x01", 1, "application/vnd.hp-pcl", {}).format, "application/vnd.hp-PCL");
}
TEST(Facts, AttributesOfTheJob) {
  const Attributes attributes = {Attribute::number("job-impressions", 12),
                                 Attribute::word("job-password", "x", AttributeKind::bytes)};
  const DocumentFacts f = document_facts("%PDF-1.4", 8, "", attributes);
  EXPECT_EQ(f.pages, 12);
  EXPECT_TRUE(f.hold);
}
TEST(Facts, AReaderThatFailsFails) {
  struct Broken : DocumentReader {
    std::uint64_t size() const override { return 10; }
    Result<std::size_t> read_at(std::uint64_t, char*, std::size_t) const override {
      return fail(ErrorCode::io, "disk");
    }
  };
  EXPECT_FALSE(document_facts(Broken(), "", {}));
  const auto facts = document_facts(MemoryDocument("%PDF-1.4"), "", {});
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->size, 8u);
}

TEST(Ticket, TheJobsWishIsYoungerThanTheDocuments) {
  const DocumentFacts facts = document_facts(header + "%!PS", 0, "", {});
  const Attributes silent = effective_ticket({}, facts);
  EXPECT_EQ(integer_of(silent, "copies"), 3);
  EXPECT_EQ(text_of(silent, "sides"), "two-sided-short-edge");
  EXPECT_EQ(text_of(silent, "media"), "iso_a3_297x420mm");
  EXPECT_EQ(text_of(silent, "print-color-mode"), "monochrome");
  EXPECT_EQ(document_sets({}, facts).size(), 4u);

  const Attributes asked = {Attribute::number("copies", 2), Attribute::word("sides", "two-sided-short-edge")};
  EXPECT_EQ(integer_of(effective_ticket(asked, facts), "copies"), 2);
  EXPECT_THAT(document_sets(asked, facts), ElementsAre("sides", "media", "print-color-mode"))
      << "copies still have to be carried";
}
TEST(Ticket, ThePageSizeOfAPdfStandsInIt) {
  const DocumentFacts facts = document_facts("%PDF-1.4", 0, "", {});
  EXPECT_THAT(effective_ticket({}, facts), IsEmpty());
  EXPECT_THAT(document_sets({Attribute::word("media", "iso_a4_210x297mm")}, facts), ElementsAre("media"));
}

RC_GTEST_PROP(Facts, NothingThatBytesSayIsBelievedWithoutBounds, (const std::string& bytes)) {
  for (const std::string& head : {bytes, header.substr(0, header.size() / 2) + bytes, "UNIRAST\0"s + bytes,
                                  "RaS2PwgRaster" + bytes, uel + bytes}) {
    const DocumentFacts f = document_facts(head, head.size(), "", {});
    RC_ASSERT(f.user.size() <= 1'024u);
    RC_ASSERT(f.title.size() <= 1'024u);
    RC_ASSERT(f.pages.value_or(1) > 0);
    RC_ASSERT(f.pages.value_or(1) < 10'000'000);
    RC_ASSERT(f.copies.value_or(1) >= 1);
    RC_ASSERT(f.copies.value_or(1) <= 9'999);
  }
}
RC_GTEST_PROP(PjlHeader, PiecesDoNotMatter, (const std::string& tail, std::uint8_t cut)) {
  const std::string all = header.substr(0, header.size() - 30) + tail;
  PjlHeaderParser parser;
  parser.feed(std::string_view(all).substr(0, cut));
  parser.feed(std::string_view(all).substr(std::min<std::size_t>(cut, all.size())));
  parser.finish();
  RC_ASSERT(parser.header().length == parse_pjl_header(all).length);
  RC_ASSERT(parser.header().user == parse_pjl_header(all).user);
}
}  // namespace
}  // namespace printrouter
