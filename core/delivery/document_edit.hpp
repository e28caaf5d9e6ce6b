// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The vendor rule's edit list (model/preparation.hpp) over a document, as parts: the document itself is
/// never copied.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/preparation.hpp"

namespace printrouter {

/// A piece of the edited document: a literal, or a range of the file.
struct DocumentPart {
  std::string literal = {};  ///< if `length` is 0
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const DocumentPart&) const = default;
};

/// Where things are in a document. Found in its first and last 64 KiB.
struct DocumentAnchors {
  bool has_pjl_header = false;
  std::uint64_t header_begin = 0;  ///< first byte after the UEL
  std::uint64_t header_end = 0;    ///< before @PJL ENTER LANGUAGE, or what follows the header
  std::vector<std::pair<std::uint64_t, std::uint64_t>> lines =
      {};  ///< of the header: begin, end (line end included)
  bool has_last_uel = false;
  std::uint64_t last_uel = 0;  ///< its first byte; never the UEL before the header
};

/// `head`: the document's first bytes; `tail`: its last ones (may overlap head); `size`: of the whole.
DocumentAnchors find_anchors(std::string_view head, std::string_view tail, std::uint64_t size);

struct EditPlan {
  std::vector<DocumentPart> parts = {};
  std::vector<std::string> left_out = {};  ///< edits that have no place here ("after-pjl-header")
};

/// No edits and one copy: the document as it is.
/// `format`: MIME media type, for @PJL ENTER LANGUAGE when a document is wrapped; empty: none is written.
EditPlan plan_edits(const Preparation& preparation, const DocumentAnchors& anchors, std::string_view head,
                    std::uint64_t size, std::string_view format);

/// True if some edit needs the document's end, so that it cannot begin to leave before it has arrived.
bool needs_whole_document(const Preparation& preparation);

}  // namespace printrouter
