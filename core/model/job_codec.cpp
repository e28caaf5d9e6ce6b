// SPDX-License-Identifier: Apache-2.0
#include "model/job_codec.hpp"

#include "model/json_values_detail.hpp"

namespace printrouter {

std::string encode(const Job& job) {
  // A title from the wire may be no valid UTF-8; the job must not be lost over it.
  return nlohmann::json(job).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Job> decode_job(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Job>();
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, e.what(), "journal row");
  }
}

}  // namespace printrouter
