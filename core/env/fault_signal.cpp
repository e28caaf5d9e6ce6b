// SPDX-License-Identifier: Apache-2.0
#include "env/fault_signal.hpp"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace printrouter::env {
namespace {

constexpr std::array<int, 5> fatal{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
using Hook = void (*)(int, bool) noexcept;
std::atomic<Hook> current_hook{nullptr};
std::array<struct sigaction, fatal.size()> before;
pthread_t owner;
bool installed = false;
alignas(16) std::array<std::byte, 64 * 1024> stack;

void handle(int signal, siginfo_t* info, void*) {
  if (const Hook hook = current_hook.load()) hook(signal, pthread_equal(owner, pthread_self()) != 0);
  // The former handler (or death) takes over: a fault repeats on return, a signal that was sent is sent
  // again.
  for (std::size_t i = 0; i < fatal.size(); ++i)
    if (fatal[i] == signal) ::sigaction(signal, &before[i], nullptr);
  if (info->si_code <= 0) ::raise(signal);
}

}  // namespace

void on_fatal_signal(Hook hook) {
  current_hook.store(hook);
  owner = pthread_self();
  if (!hook) {
    if (installed)
      for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &before[i], nullptr);
    installed = false;
    return;
  }
  if (installed) return;
  stack_t present{};
  if (::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE)) {
    stack_t ours{};
    ours.ss_sp = stack.data();
    ours.ss_size = stack.size();
    ::sigaltstack(&ours, nullptr);
  }
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &action, &before[i]);
  installed = true;
}

}  // namespace printrouter::env
