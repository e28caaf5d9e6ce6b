// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace printrouter {

/// Stable ids of what can be wrong with a plugin. docs: tests/badplugins/README.md shows one culprit for
/// each.
namespace finding {
inline constexpr std::string_view manifest_invalid =
    "manifest-invalid";                                             ///< not JSON, a field missing or wrong
inline constexpr std::string_view file_missing = "file-missing";    ///< the library is not there
inline constexpr std::string_view file_writable = "file-writable";  ///< others may write file or folder
inline constexpr std::string_view file_owner = "file-owner";        ///< neither root's nor the daemon's
inline constexpr std::string_view hash_mismatch =
    "hash-mismatch";                                            ///< library is not what the manifest names
inline constexpr std::string_view abi_version = "abi-version";  ///< built for another draft of the contract
inline constexpr std::string_view load_failed = "load-failed";  ///< the dynamic linker refused it
inline constexpr std::string_view symbol_missing =
    "symbol-missing";                                           ///< printrouter_plugin_v1 is not exported
inline constexpr std::string_view struct_size = "struct-size";  ///< a table is smaller than the contract's
inline constexpr std::string_view id_mismatch = "id-mismatch";  ///< id or version differ from the manifest's
inline constexpr std::string_view id_taken = "id-taken";        ///< a second plugin of this id or name
inline constexpr std::string_view extension_missing =
    "extension-missing";  ///< declared in `provides`, not answered
inline constexpr std::string_view function_missing = "function-missing";  ///< a null entry in a table
inline constexpr std::string_view init_failed = "init-failed";            ///< create answered an error
inline constexpr std::string_view crash_in_init = "crash-in-init";        ///< died while loading or in create
inline constexpr std::string_view crash_at_work = "crash-at-work";        ///< died in any later call
inline constexpr std::string_view call_timeout = "call-timeout";          ///< did not return in time
inline constexpr std::string_view exception_escaped = "exception-escaped";  ///< threw across the border
inline constexpr std::string_view memory_limit = "memory-limit";            ///< allocates without end
inline constexpr std::string_view step_loop = "step-loop";  ///< thousands of actions without I/O
inline constexpr std::string_view action_invalid =
    "action-invalid";  ///< an action the contract does not know
inline constexpr std::string_view action_after_done = "action-after-done";  ///< goes on after DONE
inline constexpr std::string_view cancel_ignored = "cancel-ignored";        ///< no DONE after PR_EVENT_CANCEL
inline constexpr std::string_view lied_not_sent =
    "lied-not-sent";  ///< "not-sent" although document bytes left
inline constexpr std::string_view outcome_invalid = "outcome-invalid";  ///< DONE without a known outcome
inline constexpr std::string_view refusal_without_reason =
    "refusal-without-reason";                                   ///< vendor: "no" and no reason
inline constexpr std::string_view not_pure = "not-pure";        ///< vendor: same facts, other answer
inline constexpr std::string_view scan_failed = "scan-failed";  ///< the scan itself could not run
}  // namespace finding

/// One thing that is wrong with one plugin, in words its author or an administrator can act on.
struct PluginFinding {
  std::string id;            ///< one of finding::*
  std::string plugin = {};   ///< its id as far as known
  std::string sha256 = {};   ///< of the library, lower-case hex; empty if it was not read
  std::string place = {};    ///< manifest or library path
  std::string text = {};     ///< what was found and what was expected
  bool quarantined = false;  ///< a library of this hash is not loaded (again)
  bool operator==(const PluginFinding&) const = default;
};

using PluginFindings = std::vector<PluginFinding>;

}  // namespace printrouter
