// SPDX-License-Identifier: Apache-2.0
#include "worker/sandbox.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "worker/sanitizer.hpp"

namespace printrouter::worker {
namespace {
using Filter = std::unique_ptr<void, void (*)(void*)>;

class Rules {
 public:
  explicit Rules(std::uint32_t otherwise) : filter_(::seccomp_init(otherwise), ::seccomp_release) {
    failed_ = filter_ ? 0 : -ENOMEM;
  }
  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    if (failed_ != 0) return;
    const scmp_arg_cmp list[] = {conditions..., {0, SCMP_CMP_EQ, 0, 0}};
    failed_ = ::seccomp_rule_add_array(filter_.get(), action, call, sizeof...(conditions), list);
    if (failed_ == -EDOM) failed_ = 0;  // this machine has no such call
  }
  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    add(SCMP_ACT_ALLOW, call, conditions...);
  }
  Status load() {
    if (failed_ == 0) failed_ = ::seccomp_load(filter_.get());
    if (failed_ == 0) return {};
    return fail(ErrorCode::unavailable,
                std::string("the sandbox cannot be set up: ") + std::strerror(-failed_));
  }

 private:
  Filter filter_;
  int failed_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp bits(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}
}  // namespace

Status lock_down(int output) {
  if (under_sanitizer) return {};
  Rules rules(SCMP_ACT_KILL_PROCESS);
  for (const int call : {SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek)}) rules.allow(call, equals(0, 0));
  for (const int descriptor : {output, 2})
    rules.allow(SCMP_SYS(write), equals(0, static_cast<unsigned>(descriptor)));
  rules.allow(SCMP_SYS(fstat));
  rules.allow(SCMP_SYS(newfstatat), bits(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
  // Memory, never executable, never a file.
  rules.allow(SCMP_SYS(mmap), bits(2, PROT_EXEC, 0), bits(3, MAP_ANONYMOUS, MAP_ANONYMOUS));
  rules.allow(SCMP_SYS(mprotect), bits(2, PROT_EXEC, 0));
  for (const int call :
       {SCMP_SYS(brk),          SCMP_SYS(munmap),          SCMP_SYS(mremap),        SCMP_SYS(madvise),
        SCMP_SYS(futex),        SCMP_SYS(close),           SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),     SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
        SCMP_SYS(time),         SCMP_SYS(getrandom),       SCMP_SYS(getpid),        SCMP_SYS(gettid),
        SCMP_SYS(sched_yield),  SCMP_SYS(restart_syscall), SCMP_SYS(exit),          SCMP_SYS(exit_group)})
    rules.allow(call);
  // abort() in a library: a crash with its own name.
  rules.allow(SCMP_SYS(tgkill));
  return rules.load();
}

Status lock_down_for_exec() {
  if (under_sanitizer) return {};
  Rules rules(SCMP_ACT_ALLOW);
  const std::uint32_t denied = SCMP_ACT_ERRNO(EACCES);
  for (const int call : {SCMP_SYS(socket),
                         SCMP_SYS(socketpair),
                         SCMP_SYS(connect),
                         SCMP_SYS(bind),
                         SCMP_SYS(sendto),
                         SCMP_SYS(sendmsg),
                         SCMP_SYS(ptrace),
                         SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev),
                         SCMP_SYS(fork),
                         SCMP_SYS(vfork),
                         SCMP_SYS(kill),
                         SCMP_SYS(tkill),
                         SCMP_SYS(unlink),
                         SCMP_SYS(unlinkat),
                         SCMP_SYS(rename),
                         SCMP_SYS(renameat),
                         SCMP_SYS(renameat2),
                         SCMP_SYS(mkdir),
                         SCMP_SYS(mkdirat),
                         SCMP_SYS(rmdir),
                         SCMP_SYS(link),
                         SCMP_SYS(linkat),
                         SCMP_SYS(symlink),
                         SCMP_SYS(symlinkat),
                         SCMP_SYS(chmod),
                         SCMP_SYS(fchmod),
                         SCMP_SYS(fchmodat),
                         SCMP_SYS(chown),
                         SCMP_SYS(fchown),
                         SCMP_SYS(lchown),
                         SCMP_SYS(fchownat),
                         SCMP_SYS(truncate),
                         SCMP_SYS(mount),
                         SCMP_SYS(unshare),
                         SCMP_SYS(setns),
                         SCMP_SYS(bpf),
                         SCMP_SYS(keyctl),
                         SCMP_SYS(add_key),
                         SCMP_SYS(io_uring_setup),
                         SCMP_SYS(openat2),
                         SCMP_SYS(execveat),
                         SCMP_SYS(creat),
                         SCMP_SYS(memfd_create),
                         SCMP_SYS(userfaultfd)})
    rules.add(denied, call);
  // O_WRONLY and O_RDWR are the two low bits.
  for (const std::uint64_t mode : {1, 2}) {
    rules.add(denied, SCMP_SYS(open), bits(1, 3, mode));
    rules.add(denied, SCMP_SYS(openat), bits(2, 3, mode));
  }
  // A process made without CLONE_THREAD is a child.
  rules.add(denied, SCMP_SYS(clone), bits(0, 0x10000, 0));
  // glibc falls back to clone() where this is not known.
  rules.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  return rules.load();
}

}  // namespace printrouter::worker
