// SPDX-License-Identifier: Apache-2.0
/// Language plugins that pass for "text/plain" and misbehave when they are given a document.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <printrouter/language.hpp>
#include <vector>

namespace {
using namespace printrouter::sdk;

volatile int keeps = 0;

class Broken : public StreamAnalyser {
 public:
  bool feed(std::string_view) override {
    const std::string_view fault = FAULT;
    if (fault == "crash") *static_cast<volatile int*>(nullptr) = 1;
    if (fault == "loop")
      for (;;) keeps = keeps + 1;
    if (fault == "memory")
      for (;;) keep_.emplace_back(1 << 20, 'x');
    if (fault == "open") keeps = ::open("/etc/passwd", O_RDONLY);
    if (fault == "socket") keeps = ::socket(AF_INET, SOCK_STREAM, 0);
    if (fault == "fork") keeps = ::fork();
    if (fault == "exec") keeps = ::execl("/bin/true", "true", nullptr);
    if (fault == "exit") std::_Exit(0);
    if (fault == "throw") throw std::string("thrown");
    return true;
  }
  void finish(Analysis& out) override {
    const std::string_view fault = FAULT;
    out.pages = exact(fault == "negative" ? -5 : 3);
    if (fault == "colour") out.color_pages = exact(7);
    if (fault == "text") out.title = exact(std::string(100'000, '\x01'));
    if (fault == "confidence") out.pages.confidence = 77;
  }

 private:
  std::vector<std::string> keep_;
};

class BrokenPlugin : public Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_language table = stream_language<Broken>("text/plain");
    return id == PR_LANGUAGE_ID ? &table : nullptr;
  }
};
}  // namespace

PRINTROUTER_PLUGIN(BrokenPlugin, BROKEN_ID, "1.0.0")
