// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Job and its parts as JSON text: what the journal stores. Unknown members are ignored on reading, so that
/// an older program opens what a newer one wrote; absent members take the struct's defaults.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/job.hpp"

namespace printrouter {

std::string encode(const Job& job);
Result<Job> decode_job(std::string_view json);

}  // namespace printrouter
