// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/attribute.hpp"
#include "model/reason.hpp"

namespace printrouter {

/// Where an edit goes; numerically PR_ANCHOR_* (sdk abi/vendor.h), which says what each means.
enum class Anchor : std::uint32_t { start = 1, after_pjl_header = 2, before_last_uel = 3 };

/// One edit of the document on its way out; the spooled file itself is never changed.
struct DocumentEdit {
  Anchor anchor = Anchor::start;
  std::string match = {};  ///< not empty: replace the first PJL header line that begins so, line end included
  std::string bytes = {};
  bool operator==(const DocumentEdit&) const = default;
};

struct LprLine {
  char letter = 0;
  std::string value = {};
  bool operator==(const LprLine&) const = default;
};

/// What a vendor's rules add to a job for one port, so that ticket and identity reach the paper.
struct Preparation {
  std::vector<DocumentEdit> edits = {};
  bool pjl_wrap = false;  ///< a document without PJL may be wrapped (model fact "pjl-wrap")
  std::vector<LprLine> lpr_lines = {};
  Attributes ipp_attributes = {};
  unsigned host_copies = 1;  ///< the host sends the document this often (Carry::host_copies)
  Reasons reasons = {};
};

}  // namespace printrouter
