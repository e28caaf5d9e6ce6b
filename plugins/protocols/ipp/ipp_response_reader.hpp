// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reads what a printer answers to one IPP request over HTTP.
#include "http_head.hpp"
#include "ipp_decoder.hpp"

namespace printrouter::ipp {

class ResponseReader final : public http::ResponseReader {
 public:
  /// The body is an IPP message and was read whole.
  bool has_message() const { return decoder_.state() == Decoder::State::done; }
  const Message& message() const { return decoder_.message(); }

 private:
  void on_head() override;
  std::string on_body(std::string_view data) override;
  std::string on_end() override;
  void on_reset() override;
  Decoder decoder_;
  bool is_ipp_ = false;
  size_t bytes_ = 0;
};

}  // namespace printrouter::ipp
