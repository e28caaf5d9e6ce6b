// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/testing_receiver.hpp>

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::lpr {

inline std::string operator""_bytes(const char* text, size_t size) {
  return {text, size};
}

class LprTest : public ::testing::Test {
 protected:
  LprTest() { host.now_ms = 1'700'000'000'042; }  // the first job's number is taken from the clock
  testing::FakeHost host;
  std::unique_ptr<testing::LoadedPlugin> plugin_;
  testing::LoadedPlugin& plugin() {
    if (!plugin_) plugin_ = std::make_unique<testing::LoadedPlugin>(host, printrouter_plugin_v1);
    return *plugin_;
  }
};

}  // namespace printrouter::lpr
