// SPDX-License-Identifier: Apache-2.0
/// PJL lines: the same answer in any pieces, nothing unbounded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "pjl_language.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace printrouter;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  sdk::Analysis whole, pieces;
  pjl::PjlAnalyser one, many;
  one.feed(bytes);
  one.finish(whole);
  for (std::size_t at = 0; at < size; at += 5) many.feed(bytes.substr(at, 5));
  many.finish(pieces);
  if (whole.copies.value != pieces.copies.value || whole.user.value != pieces.user.value ||
      whole.media.value != pieces.media.value)
    std::abort();
  if (whole.user.value.size() > 1024 || whole.title.value.size() > 1024) std::abort();
  if (whole.copies.confidence != PR_CONFIDENCE_UNKNOWN && whole.copies.value < 1) std::abort();
  return 0;
}
