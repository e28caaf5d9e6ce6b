// SPDX-License-Identifier: Apache-2.0
#pragma once
/// For spool/*.cpp only.
#include "spool/document_state.hpp"

namespace printrouter::spool {

class DocumentReader final : public SpoolReader, public std::enable_shared_from_this<DocumentReader> {
 public:
  explicit DocumentReader(std::shared_ptr<DocumentState> state) : state_(std::move(state)) {}
  Read read(std::uint64_t offset, std::span<char> into) override;
  void when_ready(std::uint64_t offset, std::function<void()> ready) override;
  std::uint64_t available() const override { return state_->size; }
  std::uint64_t in_file() const override { return state_->file ? state_->written : 0; }
  std::optional<std::uint64_t> size() const override;
  int descriptor() const override;
  /// The document grew, ended or broke.
  void changed();

 private:
  Read read_file(std::uint64_t offset, std::span<char> into);
  bool would_wait(std::uint64_t offset);
  void load(std::uint64_t offset);
  void loaded(std::uint64_t offset, Result<std::string> bytes);

  std::shared_ptr<DocumentState> state_;
  std::function<void()> ready_;
  std::uint64_t ready_at_ = 0;
  bool loading_ = false;
  std::string loaded_;  ///< from the disk, because it was not in memory
  std::uint64_t loaded_at_ = 0;
};

}  // namespace printrouter::spool
