// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/attribute.hpp"
#include "model/job.hpp"

namespace printrouter {

/// Random access to a document; spool's files and buffers in tests give one.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads up to `capacity` bytes at `offset`; 0 at the end.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t capacity) const = 0;
};

class MemoryDocument : public DocumentReader {
 public:
  explicit MemoryDocument(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t capacity) const override;

 private:
  std::string_view bytes_;
};

/// What is known of a document without analysing it: sniffed from its first 64 KiB, its PJL header, else as
/// declared. `declared_format` counts where sniffing says nothing sure ("application/octet-stream" declares
/// nothing). `attributes` are those the job came with: job-impressions, job-password and the like. Fails only
/// if reading does.
Result<DocumentFacts> document_facts(const DocumentReader& document, std::string_view declared_format,
                                     const Attributes& attributes);
/// The same from the first bytes alone, for a document that still arrives. `size` as far as known, else 0.
DocumentFacts document_facts(std::string_view head, std::uint64_t size, std::string_view declared_format,
                             const Attributes& attributes);

/// The ticket as asked for: the job's own attributes, and what the document says where the job is silent.
/// Copies that stand in both are not multiplied: the job's attribute wins, as it is the younger word.
Attributes effective_ticket(const Attributes& ticket, const DocumentFacts& facts);
/// The ticket attributes that the document itself sets, except those where the job asks for something else. A
/// port need not carry them, and nobody may set them again.
std::vector<std::string> document_sets(const Attributes& ticket, const DocumentFacts& facts);

}  // namespace printrouter
