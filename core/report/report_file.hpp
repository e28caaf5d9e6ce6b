// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The ledger as lines of JSON in a file, for sites whose server has no interface for it.
#include <string>

#include "env/file_system.hpp"
#include "report/outbox.hpp"

namespace printrouter::report {

/// Appends the batch's lines, each with its "ledger", and returns when they are durable. Lines that the file
/// has already are left out, so a repeated batch changes nothing; half a line, left by a power cut, is cut
/// off. A file that was moved away begins anew. Blocks on the disk. Errors: io, disk_full, not_permitted,
/// corrupt (the last line is none of ours).
Status append_to_file(env::FileSystem& files, const std::string& path, const Batch& batch);

}  // namespace printrouter::report
