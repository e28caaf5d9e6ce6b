// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace printrouter::env {

/// How a child process ended.
struct ChildExit {
  bool signalled = false;        ///< killed by a signal; `code` is its number
  int code = 0;                  ///< else its exit code
  std::string describe() const;  ///< "exit code 3", "signal 11 (Segmentation fault)"
};

/// A helper program whose standard output is read line by line. Its input is empty or a file to read, its
/// standard error discarded. No shell is involved. One thread at a time. The end of the object kills and
/// reaps what still runs.
class ChildProcess {
 public:
  enum class Read { line, end, timeout };

  static Result<ChildProcess> start(const std::filesystem::path& program,
                                    const std::vector<std::string>& arguments,
                                    const std::filesystem::path& input = "/dev/null");
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  /// The next line without its end; `end` once the child closed its output. Lines over 1 MiB count as `end`.
  Read read_line(std::string& line, Milliseconds timeout);
  /// SIGKILL.
  void kill();
  /// Waits for the end and reaps. Afterwards the object is spent.
  ChildExit wait();

 private:
  ChildProcess(int pid, int output) : pid_(pid), output_(output) {}
  void release();
  int pid_ = -1;
  int output_ = -1;
  std::string buffer_;
};

/// For the helper's own side, first thing in its main.
namespace child_side {
/// Bounds this process: address space (bytes; 0 leaves it), CPU time (seconds; 0 leaves it), no core file,
/// death with its parent.
void limit_self(std::uint64_t memory, std::uint64_t cpu_seconds = 0);
/// Takes standard output for write_line alone; whatever else prints there goes to standard error.
bool own_output();
/// The descriptor that write_line writes to.
int output();
/// One line, whole, at once. false: the parent has gone.
bool write_line(const std::string& line);
/// Size of the file that standard input is; error if it is none.
Result<std::uint64_t> input_size();
/// Reads from that file; 0 at its end, negative on error.
std::int64_t read_input(std::uint64_t offset, char* out, std::size_t capacity);
/// Standard input becomes a copy, in memory, of this part of the file that it is. false: too little memory,
/// or the file is shorter.
bool narrow_input(std::uint64_t offset, std::uint64_t size);
/// Becomes another program, with an empty environment. Comes back only if that fails.
void become(const std::vector<std::string>& command);
}  // namespace child_side

}  // namespace printrouter::env
