// SPDX-License-Identifier: Apache-2.0
#include "env/local_users.hpp"

#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace printrouter::env {
namespace {

bool is_person(long uid) {
  return uid >= 1000 && uid < 60'000;
}

std::string name_of(uid_t uid) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return error == 0 && found ? std::string(found->pw_name) : std::string();
}

}  // namespace

std::vector<std::string> people_here(std::size_t most) {
  std::vector<std::string> out;
  const auto add = [&](std::string name) {
    if (!name.empty() && out.size() < most && std::ranges::find(out, name) == out.end())
      out.push_back(std::move(name));
  };
  std::error_code ec;
  for (const auto& folder : std::filesystem::directory_iterator("/run/user", ec)) {
    const std::string name = folder.path().filename();
    long uid = -1;
    std::from_chars(name.data(), name.data() + name.size(), uid);
    if (is_person(uid)) add(name_of(static_cast<uid_t>(uid)));
  }
  // The file itself: enumerating a directory service could list a whole company.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"), std::fclose);
  if (!file) return out;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  while (::fgetpwent_r(file.get(), &entry, buffer.data(), buffer.size(), &found) == 0)
    if (is_person(static_cast<long>(found->pw_uid))) add(found->pw_name);
  return out;
}

}  // namespace printrouter::env
