// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace printrouter::env {

/// The accounts of people on this machine: those who are logged in (a folder in /run/user), then those of the
/// local account database with a person's uid (1000 to 59999, as login.defs has it). At most `most`. May ask
/// a directory service for the names of those logged in.
std::vector<std::string> people_here(std::size_t most);

}  // namespace printrouter::env
