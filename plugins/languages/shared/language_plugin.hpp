// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A plugin that offers one language.
#include <printrouter/language.hpp>

#include <string_view>

namespace printrouter::languages {

/// `Analyser` reads the language and says its media type as `Analyser::media_type`.
template <class Analyser>
class LanguagePlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_language table = sdk::stream_language<Analyser>(Analyser::media_type);
    return id == PR_LANGUAGE_ID ? &table : nullptr;
  }
};

}  // namespace printrouter::languages
