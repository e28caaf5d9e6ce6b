// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the scan and its child must agree on.
namespace printrouter::scan_protocol {

inline constexpr const char* program = "printrouter-plugin-scan";
inline constexpr const char* child_flag = "--child";
inline constexpr const char* stage_load = "load";
inline constexpr const char* stage_create = "create";
inline constexpr int out_of_memory = 42;  ///< exit code

}  // namespace printrouter::scan_protocol
