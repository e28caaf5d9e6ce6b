// SPDX-License-Identifier: Apache-2.0
#include "env/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace printrouter::env {
namespace {

Error failure(const char* what, const std::filesystem::path& path) {
  const auto code = errno == ENOSPC ? ErrorCode::disk_full : ErrorCode::io;
  return Error{code, std::string(what) + ": " + std::generic_category().message(errno), {}, path, {}};
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path, std::size_t size) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(failure("cannot open", path));
  // Allocated, not only sized: a store into a hole of a full disk would be a SIGBUS.
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) {
    auto error = failure("cannot size", path);
    ::close(fd);
    return fail(std::move(error));
  }
  if (const int failed = ::posix_fallocate(fd, 0, static_cast<off_t>(size)); failed != 0) {
    errno = failed;
    auto error = failure("cannot allocate", path);
    ::close(fd);
    return fail(std::move(error));
  }
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  auto error = memory == MAP_FAILED ? failure("cannot map", path) : Error{};
  ::close(fd);
  if (memory == MAP_FAILED) return fail(std::move(error));
  return MappedFile(static_cast<std::byte*>(memory), size);
}

Result<MappedFile> MappedFile::anonymous(std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail(failure("cannot map", "memory"));
  return MappedFile(static_cast<std::byte*>(memory), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

}  // namespace printrouter::env
