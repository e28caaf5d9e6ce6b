// SPDX-License-Identifier: Apache-2.0
/// Any language plugin: whatever comes, the answer is one that may be given, and the same however the bytes
/// are cut.
#include <printrouter/language.hpp>
#include <printrouter/testing.hpp>

#include "fuzz_input.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace {
using namespace printrouter;

struct Answer {
  pr_analysis numbers{};
  std::string words;
};

Answer ask(pr_plugin* plugin, const pr_language& table, std::string_view document, size_t piece) {
  pr_analyser* analyser = nullptr;
  fuzz::require(table.open(plugin, nullptr, &analyser) == PR_OK);
  for (size_t at = 0; at < document.size(); at += piece)
    if (table.feed(analyser, sdk::bytes(document.substr(at, piece))) != PR_OK) break;
  Answer out;
  out.numbers.struct_size = sizeof out.numbers;
  fuzz::require(table.finish(analyser, &out.numbers) == PR_OK);
  pr_analysis& a = out.numbers;
  for (pr_word* word : {&a.sides, &a.media, &a.color_mode, &a.user, &a.title}) {
    fuzz::require(word->value.size <= 4096);
    out.words += std::string(sdk::view(word->value)) + "|" + std::to_string(word->confidence) + "|";
  }
  out.words += sdk::view(a.why);
  table.close(analyser);
  return out;
}

bool exact(const pr_number& n) {
  return n.confidence == PR_CONFIDENCE_EXACT;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const size_t piece = 1 + input.choice() % 64;
  testing::FakeHost host;
  testing::LoadedPlugin plugin(host, printrouter_plugin_v1);
  const pr_language& table = *plugin.extension<pr_language>(PR_LANGUAGE_ID);
  const Answer whole = ask(plugin.get(), table, input.rest(), input.rest().size() + 1);
  const Answer parts = ask(plugin.get(), table, input.rest(), piece);
  const pr_analysis &a = whole.numbers, &b = parts.numbers;
  fuzz::require(whole.words == parts.words);
  const pr_number *first[] = {&a.pages, &a.color_pages, &a.mono_pages, &a.copies},
                  *second[] = {&b.pages, &b.color_pages, &b.mono_pages, &b.copies};
  for (size_t i = 0; i < std::size(first); ++i)
    fuzz::require(first[i]->value == second[i]->value && first[i]->confidence == second[i]->confidence);
  for (const pr_number* n : first) fuzz::require(n->confidence == PR_CONFIDENCE_UNKNOWN || n->value >= 0);
  if (exact(a.color_pages) && exact(a.mono_pages))
    fuzz::require(exact(a.pages) && a.color_pages.value + a.mono_pages.value == a.pages.value);
  // Who is not sure says why.
  if (!exact(a.pages)) fuzz::require(a.why.size > 0);
  return 0;
}
