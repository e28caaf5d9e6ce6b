// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A spooled document with its edits, as the sender's session sees it. [main thread only]
#include <memory>
#include <string>
#include <vector>

#include "delivery/document_edit.hpp"
#include "net/payload.hpp"
#include "spool/spool_reader.hpp"

namespace printrouter {

class EditedDocument final : public net::PayloadSource {
 public:
  explicit EditedDocument(std::shared_ptr<spool::SpoolReader> reader);
  /// Without a plan the document is shown as it is, also while it grows.
  void set_plan(std::vector<DocumentPart> parts);

  Piece piece(std::uint64_t offset) override;
  void wait_for_more(std::uint64_t beyond, net::Callback more) override;
  void cancel_wait() override;
  std::uint64_t size() const override;

 private:
  Piece file_piece(std::uint64_t offset, std::uint64_t limit);

  std::shared_ptr<spool::SpoolReader> reader_;
  std::vector<DocumentPart> parts_ = {};
  std::vector<std::uint64_t> starts_ = {};  ///< of each part, in the edited document
  std::uint64_t total_ = 0;
  bool planned_ = false;
  std::uint64_t waits_at_ = 0;  ///< in the file
  std::string buffer_ = {};
};

}  // namespace printrouter
