// SPDX-License-Identifier: Apache-2.0
#include "env/state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace printrouter::env {
namespace {

Error failure(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  const auto code = number == ENOSPC ? ErrorCode::disk_full : ErrorCode::io;
  return Error{code, std::string(what) + ": " + std::generic_category().message(number), {}, path, {}};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Status replace_file(const std::filesystem::path& path, std::string_view text) {
  auto fresh = path;
  fresh += ".new";
  {
    Descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd < 0) return fail(failure("cannot create", fresh));
    for (std::size_t done = 0; done < text.size();) {
      const auto n = ::write(fd, text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) return fail(failure("cannot write", fresh));
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (::fsync(fd) != 0) return fail(failure("cannot flush", fresh));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(failure("cannot rename", fresh));
  Descriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder < 0 || ::fsync(folder) != 0) return fail(failure("cannot flush the folder", path.parent_path()));
  return {};
}

Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path, std::size_t limit) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return fail(failure("cannot open", path));
  }
  std::string text;
  char part[16384];
  for (;;) {
    const auto n = ::read(fd, part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(failure("cannot read", path));
    if (n == 0) return std::optional<std::string>(std::move(text));
    text.append(part, static_cast<std::size_t>(n));
    if (text.size() > limit)
      return fail(Error{ErrorCode::limit,
                        "the file is too large",
                        {},
                        path,
                        "at most " + std::to_string(limit) + " bytes"});
  }
}

}  // namespace printrouter::env
