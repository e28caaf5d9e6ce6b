// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A language that is known by name and not read: says so, and counts nothing.
#include "language_plugin.hpp"

namespace printrouter::languages {

template <class Named>
class Recognised : public sdk::StreamAnalyser {
 public:
  bool feed(std::string_view) final { return false; }
  void finish(sdk::Analysis& out) final { out.why = Named::why; }
  static constexpr const char* media_type = Named::media_type;
};

}  // namespace printrouter::languages
