// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace printrouter::env {

/// Calls `hook` when this process is about to die of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, then lets it
/// die as it would have (sanitizers still print their report). Runs on a stack of its own, so that a stack
/// overflow of the calling thread is seen too. The hook may only store into memory. `own_thread`: the signal
/// was raised by the thread that called this function. One hook a process; nullptr takes it away.
void on_fatal_signal(void (*hook)(int signal, bool own_thread) noexcept);

}  // namespace printrouter::env
