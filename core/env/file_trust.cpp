// SPDX-License-Identifier: Apache-2.0
#include "env/file_trust.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace printrouter::env {
namespace {

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

std::optional<TrustProblem> look(const std::filesystem::path& path, bool folder) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return TrustProblem{Distrust::missing, path, std::generic_category().message(errno)};
  if (!folder && !S_ISREG(info.st_mode))
    return TrustProblem{Distrust::missing, path, "is not a regular file"};
  const uid_t self = ::geteuid();
  if (info.st_uid != 0 && info.st_uid != self)
    return TrustProblem{Distrust::owner, path,
                        "is owned by uid " + std::to_string(info.st_uid) + ", expected root or uid " +
                            std::to_string(self) + ", which runs this program"};
  const bool writable = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  // In a sticky folder others may add files but not exchange ours.
  if (writable && !(folder && (info.st_mode & S_ISVTX)))
    return TrustProblem{Distrust::writable, path,
                        std::string(folder ? "the folder is" : "is") + " writable by others (mode " +
                            octal(info.st_mode) + "), expected no write permission for group and others"};
  return std::nullopt;
}

}  // namespace

std::optional<TrustProblem> distrust(const std::filesystem::path& file) {
  std::error_code error;
  auto path = std::filesystem::canonical(file, error);
  if (error) return TrustProblem{Distrust::missing, file, error.message()};
  if (auto problem = look(path, false)) return problem;
  while (path.has_relative_path()) {
    path = path.parent_path();
    if (auto problem = look(path, true)) return problem;
  }
  return std::nullopt;
}

}  // namespace printrouter::env
