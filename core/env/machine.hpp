// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

namespace printrouter::env {

/// Differs after every boot of this machine; empty if it cannot be told.
std::string boot_id();
/// The file of the running program; empty if it cannot be told.
std::filesystem::path program_path();
/// The name of this machine as the kernel has it, "localhost" if it has none. Servers of the LPD kind keep files
/// by it, so two desktops must not have the same.
std::string host_name();
/// Gives freed memory that the allocator still holds back to the system. Takes about a millisecond for 10 MB.
void give_back_memory();

}  // namespace printrouter::env
