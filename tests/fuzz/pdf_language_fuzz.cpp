// SPDX-License-Identifier: Apache-2.0
/// PDF: any bytes end in an answer that agrees with itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "pdf_analyser.hpp"

namespace {
using namespace printrouter;

class NoPlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return nullptr; }
};

const void* no_service(const pr_host*, const char*) {
  return nullptr;
}

std::int64_t read_at(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size) {
  const auto& bytes = *static_cast<const std::string_view*>(context);
  if (offset >= bytes.size()) return 0;
  const std::string_view part = bytes.substr(static_cast<std::size_t>(offset), size);
  std::memcpy(out, part.data(), part.size());
  return static_cast<std::int64_t>(part.size());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  pr_host host{};
  host.struct_size = sizeof host;
  host.get_service = no_service;
  const NoPlugin plugin(&host);
  const pr_document_reader reader{sizeof(pr_document_reader), 0, &bytes, size, read_at};
  pdf::PdfAnalyser analyser(plugin, sdk::Reader(&reader));
  sdk::Analysis out;
  analyser.finish(out);
  const bool counted = out.pages.confidence != PR_CONFIDENCE_UNKNOWN;
  if (counted && out.pages.value < 1) std::abort();
  if (!counted && out.why.empty()) std::abort();
  if (out.color_pages.confidence != PR_CONFIDENCE_UNKNOWN &&
      out.color_pages.value + out.mono_pages.value != out.pages.value)
    std::abort();
  return 0;
}
