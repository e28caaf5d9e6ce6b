// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/testing_receiver.hpp>

#include "http_head.hpp"
#include "ipp_codes.hpp"
#include "ipp_decoder.hpp"
#include "ipp_encoder.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::ipp {

constexpr const char* uuid = "01234567-89ab-cdef-0123-456789abcdef";

inline Message request_of(uint16_t operation, uint32_t id = 1,
                          const char* uri = "ipp://localhost/ipp/print") {
  Message m;
  m.code = operation;
  m.request_id = id;
  Group& g = m.add_group(Tag::operation_group);
  g.add("attributes-charset", Tag::charset, "utf-8");
  g.add("attributes-natural-language", Tag::language, "en");
  g.add("printer-uri", Tag::uri, uri);
  return m;
}

inline Message response_of(uint16_t status, uint32_t id) {
  Message m;
  m.code = status;
  m.request_id = id;
  Group& g = m.add_group(Tag::operation_group);
  g.add("attributes-charset", Tag::charset, "utf-8");
  g.add("attributes-natural-language", Tag::language, "en");
  return m;
}

/// A POST of a message and a document, with Content-Length.
inline std::string post(const Message& m, const std::string& document = {}, const std::string& fields = {}) {
  const std::string body = encode(m) + document;
  return "POST /ipp/print HTTP/1.1\r\nHost: localhost:631\r\nContent-Type: application/ipp\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string answer(const Message& m, const std::string& fields = {}) {
  const std::string body = encode(m);
  return "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// The IPP message within HTTP, of a request or a response.
inline Message message_in(std::string_view bytes) {
  Decoder d;
  d.feed(bytes.substr(bytes.find("\r\n\r\n") + 4));
  EXPECT_EQ(d.state(), Decoder::State::done) << bytes;
  return d.message();
}

}  // namespace printrouter::ipp
