// SPDX-License-Identifier: Apache-2.0
#include "ipp_response_reader.hpp"

namespace printrouter::ipp {

namespace {
constexpr size_t max_body = 1 << 20;  // an HTML error page is skipped, but not for ever
}

void ResponseReader::on_head() {
  std::string_view type = head().fields.get("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  is_ipp_ = http::equal_no_case(type, "application/ipp");
}

std::string ResponseReader::on_body(std::string_view data) {
  if (is_ipp_) decoder_.feed(data);
  if (decoder_.state() == Decoder::State::failed) return to_string(decoder_.error());
  bytes_ += data.size();
  return bytes_ > max_body ? "answer larger than 1 MiB" : "";
}

std::string ResponseReader::on_end() {
  return is_ipp_ && decoder_.state() != Decoder::State::done ? "IPP message ends too early" : "";
}

void ResponseReader::on_reset() {
  decoder_ = Decoder();
  is_ipp_ = false;
  bytes_ = 0;
}

}  // namespace printrouter::ipp
