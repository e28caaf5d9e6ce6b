// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/plugin.hpp>

namespace printrouter::lpr {

/// The number, 0..999, of the next job that this plugin sends. `plugin` is the instance of this library.
/// [main]
unsigned next_job_number(const sdk::Plugin& plugin);

}  // namespace printrouter::lpr
