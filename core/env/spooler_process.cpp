// SPDX-License-Identifier: Apache-2.0
#include "env/spooler_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace printrouter::env {
namespace {

std::vector<std::string> command_line(const std::string& process) {
  std::vector<std::string> words;
  const int fd = ::open(("/proc/" + process + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return words;
  std::array<char, 8192> buffer{};
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  std::string word;
  for (ssize_t i = 0; i < n; ++i) {
    if (buffer[static_cast<std::size_t>(i)] != '\0') {
      word += buffer[static_cast<std::size_t>(i)];
      continue;
    }
    words.push_back(std::move(word));
    word.clear();
  }
  return words;
}

/// "socket://127.0.0.1:9100/?waiteof=false" points at loopback port 9100.
bool points_at(std::string_view uri, std::uint16_t port) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view authority = uri.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?"));
  authority = authority.substr(authority.rfind('@') + 1);
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = authority.substr(0, colon);
  if (host != "localhost" && host != "127.0.0.1" && host != "[::1]") return false;
  return authority.substr(colon + 1) == std::to_string(port);
}

bool holds_socket(const std::string& process, std::uint64_t inode) {
  const std::string folder = "/proc/" + process + "/fd", wanted = "socket:[" + std::to_string(inode) + "]";
  const std::unique_ptr<DIR, int (*)(DIR*)> files(::opendir(folder.c_str()), ::closedir);
  if (!files) return false;
  std::array<char, 64> target{};
  while (const dirent* entry = ::readdir(files.get())) {
    const ssize_t n = ::readlink((folder + "/" + entry->d_name).c_str(), target.data(), target.size());
    if (n > 0 && std::string_view(target.data(), static_cast<std::size_t>(n)) == wanted) return true;
  }
  return false;
}

}  // namespace

std::optional<SpoolerJob> spooler_job_of(std::int64_t uid, std::uint16_t port, std::uint64_t socket_inode) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  if (!processes) return std::nullopt;
  std::vector<std::pair<std::string, SpoolerJob>> found;  // by process
  while (const dirent* entry = ::readdir(processes.get())) {
    if (!std::isdigit(static_cast<unsigned char>(entry->d_name[0]))) continue;
    const std::string process = entry->d_name;
    struct stat info {};
    if (::stat(("/proc/" + process).c_str(), &info) != 0 || info.st_uid != uid) continue;
    const auto words = command_line(process);
    if (words.size() < 6 || !points_at(words[0], port)) continue;
    found.push_back({process, {words[2], words[3], std::max(1, std::atoi(words[4].c_str()))}});
  }
  if (found.empty()) return std::nullopt;
  if (socket_inode != 0)
    for (const auto& [process, job] : found)
      if (holds_socket(process, socket_inode)) return job;
  const bool one_user =
      std::ranges::all_of(found, [&](const auto& f) { return f.second.user == found.front().second.user; });
  if (!one_user) return std::nullopt;
  if (found.size() > 1) return SpoolerJob{found.front().second.user, {}, 1};  // whose it is, not which
  return found.front().second;
}

}  // namespace printrouter::env
