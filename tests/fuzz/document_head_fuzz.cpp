// SPDX-License-Identifier: Apache-2.0
/// Sniffing, the PJL header and the facts made of them: bounded, and the same in any pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "document/facts.hpp"
#include "document/pjl_header.hpp"
#include "document/sniff.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace printrouter;
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  (void)sniff(head);
  const PjlHeader whole = parse_pjl_header(head);
  if (whole.length > head.size()) std::abort();
  PjlHeaderParser parser(std::max<std::size_t>(size, 1));
  for (std::size_t at = 0; at < size; at += 3) parser.feed(head.substr(at, 3));
  parser.finish();
  const PjlHeader& pieces = parser.header();
  if (pieces.length != whole.length || pieces.user != whole.user || pieces.job_name != whole.job_name ||
      pieces.copies != whole.copies)
    std::abort();
  const DocumentFacts facts = document_facts(head, size, "application/octet-stream", {});
  const Attributes ticket = effective_ticket({Attribute::number("copies", 2)}, facts);
  (void)document_sets(ticket, facts);
  if (facts.user.size() > 1024 || facts.title.size() > 1024) std::abort();
  return 0;
}
