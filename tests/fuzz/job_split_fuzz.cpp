// SPDX-License-Identifier: Apache-2.0
/// Parts lie in the job, in order, without overlap; what the worker says survives the way to its host.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "document/analysis_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace printrouter;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto split = split_job(MemoryDocument(bytes));
  if (!split) std::abort();
  std::uint64_t end = 0;
  WorkerAnswer answer;
  for (const JobPart& part : split->parts) {
    if (part.size == 0 || part.offset < end || part.offset + part.size > size) std::abort();
    end = part.offset + part.size;
    answer.parts.push_back({part, {}});
  }
  const auto back = decode_worker_answer(encode(answer));
  if (!back || back->parts.size() != answer.parts.size()) std::abort();
  (void)decode_worker_answer(bytes);
  (void)join_parts(answer.parts, split->complete, {});
  return 0;
}
