// SPDX-License-Identifier: Apache-2.0
#include "env/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

extern char** environ;

namespace printrouter::env {
namespace {

constexpr std::size_t longest_line = 1 << 20;
int own_output_fd = STDOUT_FILENO;

Error system_failure(std::string what, int number, std::string place) {
  return Error{ErrorCode::io,
               std::move(what) + ": " + std::generic_category().message(number),
               {},
               std::move(place),
               {}};
}

}  // namespace

std::string ChildExit::describe() const {
  if (!signalled) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(code) + " (" + strsignal(code) + ")";
}

Result<ChildProcess> ChildProcess::start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments,
                                         const std::filesystem::path& input) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_failure("cannot make a pipe", errno, program));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // The daemon ignores or blocks signals for its own reasons; the child starts with none of that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::string path = program;
  std::vector<std::string> words = arguments;
  std::vector<char*> argv{path.data()};
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, path.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return fail(system_failure("cannot start the program or open its input", failed, path));
  }
  return ChildProcess(pid, ends[0]);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      buffer_(std::move(other.buffer_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    release();
    pid_ = std::exchange(other.pid_, -1);
    output_ = std::exchange(other.output_, -1);
    buffer_ = std::move(other.buffer_);
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  release();
}

void ChildProcess::release() {
  if (pid_ > 0) {
    kill();
    wait();
  }
}

ChildProcess::Read ChildProcess::read_line(std::string& line, Milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return Read::line;
    }
    if (buffer_.size() > longest_line) return Read::end;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd ready{output_, POLLIN, 0};
    const int n = ::poll(&ready, 1, left > 0 ? static_cast<int>(left) : 0);
    if (n == 0) return Read::timeout;
    if (n < 0 && errno != EINTR) return Read::end;
    if (n < 0) continue;
    char part[4096];
    const auto got = ::read(output_, part, sizeof part);
    if (got == 0 || (got < 0 && errno != EINTR)) return Read::end;
    if (got > 0) buffer_.append(part, static_cast<std::size_t>(got));
  }
}

void ChildProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

ChildExit ChildProcess::wait() {
  ChildExit exit;
  if (output_ >= 0) ::close(std::exchange(output_, -1));
  int status = 0;
  if (pid_ > 0) {
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    exit.signalled = WIFSIGNALED(status);
    exit.code = exit.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
  }
  return exit;
}

namespace child_side {

void limit_self(std::uint64_t memory, std::uint64_t cpu_seconds) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (memory > 0) {
    const rlimit space{memory, memory};
    ::setrlimit(RLIMIT_AS, &space);
  }
  if (cpu_seconds > 0) {
    const rlimit time{cpu_seconds, cpu_seconds + 1};
    ::setrlimit(RLIMIT_CPU, &time);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int output() {
  return own_output_fd;
}

Result<std::uint64_t> input_size() {
  struct stat info {};
  if (::fstat(STDIN_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
    return fail(ErrorCode::invalid, "it is not a regular file");
  return static_cast<std::uint64_t>(info.st_size);
}

std::int64_t read_input(std::uint64_t offset, char* out, std::size_t capacity) {
  for (;;) {
    const auto got = ::pread(STDIN_FILENO, out, capacity, static_cast<off_t>(offset));
    if (got >= 0 || errno != EINTR) return got;
  }
}

bool narrow_input(std::uint64_t offset, std::uint64_t size) {
  const int copy = ::memfd_create("part", MFD_CLOEXEC);
  if (copy < 0) return false;
  std::vector<char> piece(256 * 1024);
  for (std::uint64_t done = 0; done < size;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - done));
    const auto got = read_input(offset + done, piece.data(), want);
    if (got <= 0 || ::write(copy, piece.data(), static_cast<std::size_t>(got)) != got) return false;
    done += static_cast<std::uint64_t>(got);
  }
  return ::lseek(copy, 0, SEEK_SET) == 0 && ::dup2(copy, STDIN_FILENO) == STDIN_FILENO;
}

void become(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char* const nothing[] = {nullptr};
  ::execve(words.front().c_str(), argv.data(), nothing);
}

bool own_output() {
  const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 64);
  if (kept < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return false;
  own_output_fd = kept;
  return true;
}

bool write_line(const std::string& line) {
  std::string text = line + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::write(own_output_fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace child_side
}  // namespace printrouter::env
