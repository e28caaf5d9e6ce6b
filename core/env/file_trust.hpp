// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace printrouter::env {

enum class Distrust { missing, owner, writable };

struct TrustProblem {
  Distrust kind;
  std::filesystem::path path;  ///< the file, or the folder above it that is to blame
  std::string text;            ///< what it is and what was expected
};

/// Can somebody else than root and the user of this process put code into this file? Looks at the file itself
/// and at every folder above it (who may write a folder may exchange what lies in it; folders with the sticky
/// bit are fine when what lies in them is). Symbolic links are followed first. nullopt: trusted.
std::optional<TrustProblem> distrust(const std::filesystem::path& file);

}  // namespace printrouter::env
