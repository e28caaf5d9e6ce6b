// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

namespace printrouter::env {

/// Hands a function to the main thread, to be run there soon and in order. Callable from any thread, never
/// blocks. In the daemon it wraps boost::asio::post; in tests it fills a queue (env/post_queue.hpp).
using Post = std::function<void(std::function<void()>)>;

}  // namespace printrouter::env
