// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the analysis worker and its host must agree on. The worker gets the document as standard input, a
/// file, and answers one line (document/analysis_json.hpp).
namespace printrouter::analysis_protocol {

inline constexpr const char* program = "printrouter-analyse-worker";
inline constexpr const char* plugins = "--plugins";        ///< folder of manifests; may be repeated
inline constexpr const char* declared = "--declared";      ///< MIME type
inline constexpr const char* pages_only = "--pages-only";  ///< the plugins' configuration "depth" = "pages"
inline constexpr const char* memory = "--memory-mb";
inline constexpr const char* cpu = "--cpu-seconds";
/// First: program, offset, size of a part in PostScript. The worker becomes Ghostscript, in a sandbox of its
/// own, which writes a line of inks for each page.
inline constexpr const char* ghostscript = "--ghostscript";

// Exit codes
inline constexpr int good = 0, usage = 2, no_sandbox = 41, out_of_memory = 42;

}  // namespace printrouter::analysis_protocol
