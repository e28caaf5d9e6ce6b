// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "document/facts.hpp"
#include "document/sniff.hpp"

namespace printrouter {

/// The language that PJL lines are given to.
inline constexpr std::string_view pjl_mime = "application/vnd.hp-PJL";

/// A stretch of a job as a device would take it: PJL lines, or one document in one language.
struct JobPart {
  bool pjl = false;
  /// PJL: begins with JOB, EOJ, RESET or INITIALIZE, after which earlier settings no longer count.
  bool resets = false;
  Language language = Language::unknown;  ///< of a document
  bool uncertain = false;                 ///< the language is what ENTER LANGUAGE or mere text suggests
  std::uint64_t offset = 0, size = 0;
  bool operator==(const JobPart&) const = default;
};

struct JobParts {
  std::vector<JobPart> parts = {};
  bool complete = true;  ///< false: more than `most_parts`; the rest was not looked at
};
inline constexpr std::size_t most_parts = 500;

/// Takes a job apart at its UEL marks (HP PJL Technical Reference Manual, chapter 2). A mark inside binary
/// data (PDF, raster, PCL XL) ends it only where the end, PJL or another document follows; bytes that are
/// nothing (UEL, blanks, NUL, Ctrl-D) are no part. Parts come in order and do not overlap. Reads the whole
/// job once, in pieces. `declared`: MIME type as the job was announced, for a job without PJL whose bytes say
/// nothing sure.
Result<JobParts> split_job(const DocumentReader& job, std::string_view declared = {});

}  // namespace printrouter
