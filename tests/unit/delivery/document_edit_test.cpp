// SPDX-License-Identifier: Apache-2.0
#include "delivery/document_edit.hpp"

#include <gmock/gmock.h>

namespace printrouter {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kUel = "\x1b%-12345X";

/// The edited document as one text.
std::string edited(const std::string& document, const Preparation& preparation, std::string_view format = {},
                   std::vector<std::string>* left_out = nullptr) {
  const EditPlan plan = plan_edits(preparation, find_anchors(document, document, document.size()), document,
                                   document.size(), format);
  if (left_out) *left_out = plan.left_out;
  std::string out;
  for (const DocumentPart& part : plan.parts)
    out += part.length ? document.substr(part.offset, part.length) : part.literal;
  return out;
}

struct Case {
  const char* name;
  std::string document;
  std::vector<DocumentEdit> edits;
  std::string expected;
};
class DocumentEditTest : public ::testing::TestWithParam<Case> {};

TEST_P(DocumentEditTest, PutsEachEditInItsPlace) {
  Preparation preparation;
  preparation.edits = GetParam().edits;
  EXPECT_EQ(edited(GetParam().document, preparation), GetParam().expected);
}

const std::string kHeader = kUel + "@PJL JOB NAME=\"x\"\r\n@PJL SET COPIES=3\r\n";
const std::string kBody =
    "@PJL ENTER LANGUAGE=PCL\r\n\x1b"
    "Etext\x1b"
    "E";

INSTANTIATE_TEST_SUITE_P(
    All, DocumentEditTest,
    ::testing::Values(Case{"start", "abc", {{Anchor::start, "", "1"}, {Anchor::start, "", "2"}}, "12abc"},
                      Case{"header",
                           kHeader + kBody + kUel,
                           {{Anchor::after_pjl_header, "", "@PJL SET X=1\r\n"}},
                           kHeader + "@PJL SET X=1\r\n" + kBody + kUel},
                      Case{"header_without_enter",
                           kHeader +
                               "\x1b"
                               "E" +
                               kUel,
                           {{Anchor::after_pjl_header, "", "@PJL A\n"}},
                           kHeader +
                               "@PJL A\n\x1b"
                               "E" +
                               kUel},
                      Case{"enter_with_blanks",
                           kUel + "@PJL\n@pjl  enter\tLANGUAGE = PCL\nx",
                           {{Anchor::after_pjl_header, "", "+\n"}},
                           kUel + "@PJL\n+\n@pjl  enter\tLANGUAGE = PCL\nx"},
                      Case{"replace",
                           kHeader + kBody,
                           {{Anchor::after_pjl_header, "@pjl set copies", "@PJL SET COPIES=1\r\n"}},
                           kUel + "@PJL JOB NAME=\"x\"\r\n@PJL SET COPIES=1\r\n" + kBody},
                      Case{"replace_first_line",
                           kHeader + kBody,
                           {{Anchor::after_pjl_header, "@PJL JOB", "@PJL JOB NAME=\"y\"\r\n"}},
                           kUel + "@PJL JOB NAME=\"y\"\r\n@PJL SET COPIES=3\r\n" + kBody},
                      Case{"replace_absent",
                           kHeader + kBody,
                           {{Anchor::after_pjl_header, "@PJL SET DUPLEX", "@PJL SET DUPLEX=ON\r\n"}},
                           kHeader + "@PJL SET DUPLEX=ON\r\n" + kBody},
                      Case{"last_uel",
                           kHeader + kBody + kUel + "@PJL EOJ\r\n" + kUel,
                           {{Anchor::before_last_uel, "", "!"}},
                           kHeader + kBody + kUel + "@PJL EOJ\r\n!" + kUel},
                      Case{"all_three",
                           kHeader + kBody + kUel,
                           {{Anchor::before_last_uel, "", "3"},
                            {Anchor::start, "", "1"},
                            {Anchor::after_pjl_header, "", "2"}},
                           "1" + kHeader + "2" + kBody + "3" + kUel},
                      Case{"ctrl_d_first",
                           "\x04" + kHeader + kBody,
                           {{Anchor::after_pjl_header, "", "2"}},
                           "\x04" + kHeader + "2" + kBody}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(DocumentEdits, WhatHasNoPlaceIsNamedAndTheDocumentUntouched) {
  Preparation preparation;
  preparation.edits = {{Anchor::after_pjl_header, "", "a"}, {Anchor::before_last_uel, "", "b"}};
  std::vector<std::string> left_out;
  EXPECT_EQ(edited("%PDF-1.4", preparation, "application/pdf", &left_out), "%PDF-1.4");
  EXPECT_THAT(left_out, ElementsAre("after-pjl-header", "before-last-uel"));
  // The UEL of the header is not the last one.
  EXPECT_EQ(edited(kHeader + kBody, preparation, "", &left_out), kHeader + "a" + kBody);
  EXPECT_THAT(left_out, ElementsAre("before-last-uel"));
}

TEST(DocumentEdits, WrapsWhereTheModelAllowsIt) {
  Preparation preparation;
  preparation.pjl_wrap = true;
  preparation.edits = {{Anchor::after_pjl_header, "", "@PJL SET COPIES=2\r\n"},
                       {Anchor::before_last_uel, "", "!"}};
  std::vector<std::string> left_out;
  EXPECT_EQ(edited("%PDF-1.4 ...", preparation, "application/pdf", &left_out),
            kUel + "@PJL\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4 ...!" + kUel);
  EXPECT_THAT(left_out, IsEmpty());
  EXPECT_EQ(edited("mystery", preparation), kUel + "@PJL\r\n@PJL SET COPIES=2\r\nmystery!" + kUel);
  preparation.edits = {{Anchor::start, "", "@"}};
  EXPECT_EQ(edited("%PDF", preparation), "@%PDF") << "no wrapping without need";
}

TEST(DocumentEdits, HostCopiesRepeatTheEditedDocument) {
  Preparation preparation;
  preparation.host_copies = 3;
  preparation.edits = {{Anchor::start, "", "<"}};
  EXPECT_EQ(edited("ab", preparation), "<ab<ab<ab");
  EXPECT_TRUE(needs_whole_document(preparation));
  preparation.edits.clear();
  preparation.host_copies = 1;
  EXPECT_FALSE(needs_whole_document(preparation));
  EXPECT_EQ(edited("", preparation), "");
}

TEST(DocumentEdits, FindsTheTailOfABigDocumentByItsOffset) {
  const std::string head = kHeader + kBody, tail = "the end" + kUel;
  const DocumentAnchors anchors = find_anchors(head, tail, 1'000'000);
  ASSERT_TRUE(anchors.has_last_uel);
  EXPECT_EQ(anchors.last_uel, 1'000'000 - kUel.size());
  EXPECT_EQ(anchors.header_end, kHeader.size());
}

}  // namespace
}  // namespace printrouter
