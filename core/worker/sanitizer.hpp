// SPDX-License-Identifier: Apache-2.0
#pragma once
#if defined(__has_feature)
#define PR_WORKER_HAS_FEATURE(x) __has_feature(x)
#else
#define PR_WORKER_HAS_FEATURE(x) 0
#endif

namespace printrouter::worker {
/// A sanitizer reserves terabytes of address space and reads files: no limit and no sandbox fits it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    PR_WORKER_HAS_FEATURE(address_sanitizer) || PR_WORKER_HAS_FEATURE(thread_sanitizer)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif
}  // namespace printrouter::worker
