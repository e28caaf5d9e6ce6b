// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

namespace printrouter::worker {

/// From here on this process computes, reads standard input and writes to `output` and standard error, and
/// nothing else: no file is opened, no socket, no process, no memory made executable. Any other system call
/// ends the process (SIGSYS). Not undone. Without effect under a sanitizer, whose runtime needs more.
/// Error: the kernel does not do it; then nothing hostile must be looked at.
Status lock_down(int output);

/// For a program started by exec in this process' place (Ghostscript): it may read files and make threads,
/// but opens none for writing, no socket and no other program after that. Stays across exec.
Status lock_down_for_exec();

}  // namespace printrouter::worker
