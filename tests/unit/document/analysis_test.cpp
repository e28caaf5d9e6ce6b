// SPDX-License-Identifier: Apache-2.0
#include "document/analysis.hpp"

#include <gtest/gtest.h>

#include "document/analysis_json.hpp"

namespace printrouter {
namespace {
constexpr std::string_view uel = "\x1b%-12345X";

std::vector<JobPart> parts_of(const std::string& job) {
  const auto split = split_job(MemoryDocument(job));
  EXPECT_TRUE(split);
  return split->parts;
}

/// "pjl", "!pjl" where it resets, or the language, and the bytes.
std::vector<std::string> shown(const std::string& job) {
  std::vector<std::string> out;
  for (const JobPart& p : parts_of(job))
    out.push_back((p.pjl ? std::string(p.resets ? "!pjl" : "pjl") : std::string(to_string(p.language))) +
                  ":" + job.substr(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.size)));
  return out;
}

AnalysedPart pjl(Analysis settings, bool resets = false) {
  JobPart part;
  part.pjl = true;
  part.resets = resets;
  return {part, std::move(settings)};
}
Known<std::int64_t> exactly(std::int64_t n) {
  return {n, Confidence::exact};
}
AnalysedPart document(std::int64_t pages, std::int64_t color = 0, const char* language = "application/pdf") {
  Analysis a;
  a.language = language;
  a.pages = exactly(pages);
  a.color_pages = exactly(color);
  a.mono_pages = exactly(pages - color);
  return {{}, a};
}
Analysis copies(std::int64_t n) {
  Analysis a;
  a.copies = exactly(n);
  return a;
}
Analysis sides(const char* word) {
  Analysis a;
  a.sides = {word, Confidence::exact};
  return a;
}
Attributes ticket(std::initializer_list<Attribute> attributes) {
  return attributes;
}

TEST(JobSplit, ADocumentAlone) {
  EXPECT_EQ(shown("%PDF-1.4\nx"), (std::vector<std::string>{"pdf:%PDF-1.4\nx"}));
  EXPECT_TRUE(parts_of("").empty());
  EXPECT_TRUE(parts_of(std::string(uel) + "\r\n" + std::string(uel) + "\x04").empty());
}

TEST(JobSplit, PjlAroundDocuments) {
  const std::string first = std::string(uel) + "@PJL JOB\n@PJL SET COPIES=2\n@PJL ENTER LANGUAGE=PDF\n";
  const std::string job = first + "%PDF-1.4\nx" + std::string(uel) + "@PJL EOJ\n" + std::string(uel);
  const auto parts = shown(job);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0], "!pjl:@PJL JOB\n@PJL SET COPIES=2\n@PJL ENTER LANGUAGE=PDF\n");
  EXPECT_EQ(parts[1], "pdf:%PDF-1.4\nx");
  EXPECT_TRUE(parts[2].starts_with("!pjl:@PJL EOJ"));
}

TEST(JobSplit, EmptyLinesBelongToTheText) {
  EXPECT_EQ(shown("\n\n\nhello\n"), (std::vector<std::string>{"text:\n\n\nhello\n"}));
}

TEST(JobSplit, AMarkInBinaryDataEndsNothing) {
  const std::string pdf = "%PDF-1.4\n" + std::string(uel) + "\x01\x02 data";
  EXPECT_EQ(shown(pdf), std::vector<std::string>{"pdf:" + pdf});
  EXPECT_EQ(parts_of(pdf + std::string(uel)).size(), 1u);
  EXPECT_EQ(parts_of("\x1b"
                     "E1" +
                     std::string(uel) +
                     "\x1b"
                     "E2")
                .size(),
            2u);
}

TEST(JobSplit, EnterLanguageCountsWhereTheBytesSayNothing) {
  const auto parts = parts_of("@PJL ENTER LANGUAGE=PCL\nplain words\n");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].language, Language::pcl5);
  EXPECT_TRUE(parts[1].uncertain);
}

TEST(JobSplit, IsBounded) {
  std::string job;
  for (int i = 0; i < 700; ++i)
    job +=
        "\x1b"
        "Ex" +
        std::string(uel);
  const auto split = split_job(MemoryDocument(job));
  ASSERT_TRUE(split);
  EXPECT_FALSE(split->complete);
  EXPECT_EQ(split->parts.size(), most_parts);
}

TEST(Join, PagesAddUp) {
  const Analysis a = join_parts({document(3, 1), document(4)}, true, {});
  EXPECT_EQ(a.pages, exactly(7));
  EXPECT_EQ(a.color_pages, exactly(1));
  EXPECT_EQ(a.mono_pages, exactly(6));
  EXPECT_EQ(a.copies, exactly(1));
}

TEST(Join, AsSureAsTheWeakest) {
  AnalysedPart guessed = document(4);
  guessed.analysis.pages.confidence = Confidence::estimate;
  EXPECT_EQ(join_parts({document(3), guessed}, true, {}).pages,
            (Known<std::int64_t>{7, Confidence::estimate}));
  guessed.analysis.pages = {};
  guessed.analysis.why = "computed";
  const Analysis unknown = join_parts({document(3), guessed}, true, {});
  EXPECT_FALSE(unknown.pages.known());
  EXPECT_FALSE(unknown.sheets.known());
  EXPECT_EQ(unknown.why, "computed");
  EXPECT_FALSE(join_parts({document(3)}, false, {}).pages.known());
}

TEST(Join, CopiesAreNeverSquared) {
  const Attributes three = ticket({Attribute::number("copies", 3)});
  EXPECT_EQ(join_parts({pjl(copies(3)), document(2)}, true, three).copies, exactly(3));
  EXPECT_EQ(join_parts({pjl(copies(2)), document(2)}, true, three).copies, exactly(3));
  EXPECT_EQ(join_parts({pjl(copies(2)), document(2)}, true, {}).copies, exactly(2));
  AnalysedPart pcl = document(2, 0, "application/vnd.hp-PCL");
  pcl.analysis.copies = exactly(5);
  EXPECT_EQ(join_parts({pjl(copies(2)), pcl}, true, {}).copies, exactly(5));
  EXPECT_EQ(join_parts({pcl}, true, three).copies, (Known<std::int64_t>{5, Confidence::estimate}));
  AnalysedPart ps = document(2, 0, "application/postscript");
  ps.analysis.copies = exactly(5);
  EXPECT_EQ(join_parts({pjl(copies(2)), ps}, true, {}).copies.confidence, Confidence::estimate);
}

TEST(Join, DifferentCopiesAreCountedIntoThePages) {
  const Analysis a = join_parts({pjl(copies(3), true), document(2, 1), pjl({}, true), document(4)}, true, {});
  EXPECT_EQ(a.pages, exactly(10));
  EXPECT_EQ(a.color_pages, exactly(3));
  EXPECT_EQ(a.copies, exactly(1));
}

TEST(Join, SheetsOfPagesSidesAndCopies) {
  const auto two = sides("two-sided-long-edge");
  EXPECT_EQ(join_parts({pjl(two), document(3)}, true, ticket({Attribute::number("copies", 2)})).sheets,
            exactly(4));
  EXPECT_EQ(join_parts({pjl(two), document(3), document(1)}, true, {}).sheets, exactly(3));
  EXPECT_EQ(join_parts({document(3)}, true, {}).sheets, (Known<std::int64_t>{3, Confidence::estimate}));
  EXPECT_EQ(join_parts({document(1)}, true, {}).sheets, exactly(1));
}

TEST(Join, BlackAsThePjlOrTheTicketSays) {
  Analysis grey;
  grey.color_mode = {"monochrome", Confidence::exact};
  EXPECT_EQ(join_parts({pjl(grey), document(3, 3)}, true, {}).color_pages, exactly(0));
  EXPECT_EQ(join_parts({pjl(grey), document(3, 3)}, true, {}).mono_pages, exactly(3));
  const Attributes color = ticket({Attribute::word("print-color-mode", "color")});
  EXPECT_EQ(join_parts({pjl(grey), document(3, 3)}, true, color).color_pages, exactly(3));
}

TEST(Join, SeveralPagesOnASideAndPageRanges) {
  const Attributes up = ticket({Attribute::number("number-up", 4)});
  const Analysis a = join_parts({document(9)}, true, up);
  EXPECT_EQ(a.pages, exactly(3));
  EXPECT_EQ(a.mono_pages, exactly(3));
  EXPECT_FALSE(join_parts({document(9, 2)}, true, up).color_pages.known());
  Attribute range{"page-ranges", AttributeKind::range, 2, 4, {}, 0};
  EXPECT_EQ(join_parts({document(3)}, true, {range}).pages, exactly(2));
}

TEST(Join, AnEmptyJob) {
  const Analysis a = join_parts({pjl(copies(3))}, true, {});
  EXPECT_EQ(a.pages, exactly(0));
  EXPECT_EQ(a.sheets, exactly(0));
}

TEST(WorkerAnswer, SurvivesTheWay) {
  WorkerAnswer answer;
  answer.parts = {document(3, 1), pjl(copies(2), true)};
  answer.parts[0].analysis.title = {"Größe \"1\"", Confidence::exact};
  const auto back = decode_worker_answer(encode(answer));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->parts.size(), 2u);
  EXPECT_EQ(back->parts[0].analysis.pages, exactly(3));
  EXPECT_EQ(back->parts[0].analysis.title.value, "Größe \"1\"");
  EXPECT_TRUE(back->parts[1].part.pjl && back->parts[1].part.resets);
}

TEST(WorkerAnswer, IsJudgedLikeHostileBytes) {
  for (const char* line : {"", "[]", "{}", "{\"complete\":true}", "{\"complete\":1,\"parts\":[]}",
                           "{\"complete\":true,\"parts\":[{\"pjl\":false}]}"})
    EXPECT_FALSE(decode_worker_answer(line)) << line;
  const auto odd = decode_worker_answer(
      R"({"complete":true,"parts":[{"pjl":false,"offset":0,"size":1,"pages":[-3,"exact"],"copies":[99999,"exact"],)"
      R"("media":[7,"exact"],"mono_pages":[2,"sure"],"title":["a\u0000b","estimate"]}]})");
  ASSERT_TRUE(odd);
  const Analysis& a = odd->parts.at(0).analysis;
  EXPECT_FALSE(a.pages.known() || a.copies.known() || a.media.known() || a.mono_pages.known());
  EXPECT_EQ(a.title.value, "a b");
}

}  // namespace
}  // namespace printrouter
