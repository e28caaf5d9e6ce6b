// SPDX-License-Identifier: Apache-2.0
#include "jpeg_analyser.hpp"

namespace printrouter::languages {
namespace {
unsigned byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}
}  // namespace

std::size_t JpegAnalyser::parse(std::string_view bytes) {
  std::size_t used = 0;
  while (!ended() && used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    if (at_ == At::start) {
      if (rest.size() < 2) break;
      at_ = rest.substr(0, 2) == "\xff\xd8" ? At::marker : At::damaged;
      used += 2;
    } else if (at_ == At::coded) {
      const std::size_t at = rest.find('\xff');
      if (at == std::string_view::npos) return bytes.size();
      if (at + 1 >= rest.size()) return used + at;
      const unsigned next = byte(rest, at + 1);
      // Stuffed bytes, restarts and fill bytes belong to the coded data.
      const bool inside = next == 0 || (next >= 0xd0 && next <= 0xd7);
      if (!inside && next != 0xff) at_ = At::marker;
      used += at + (inside ? 2 : next == 0xff ? 1 : 0);
    } else if (at_ == At::marker) {
      const std::size_t n = marker(rest);
      if (n == 0) break;
      used += n;
      if (skipping()) return used;
    } else {
      end();
    }
  }
  if (at_ == At::damaged || at_ == At::done) end();
  return used;
}

std::size_t JpegAnalyser::marker(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const unsigned code = byte(bytes, 1);
  if (byte(bytes, 0) != 0xff) {
    at_ = At::damaged;
    return 1;
  }
  if (code == 0xff) return 1;  // fill
  if (code == 0xd9) {
    at_ = components_ ? At::done : At::damaged;
    return 2;
  }
  if (code == 0x01 || (code >= 0xd0 && code <= 0xd8)) return 2;
  if (bytes.size() < 4) return 0;
  const std::size_t length = byte(bytes, 2) << 8 | byte(bytes, 3);
  if (length < 2) {
    at_ = At::damaged;
    return 4;
  }
  // Start of frame: length, precision, height, width, components.
  const bool frame = code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
  if (frame) {
    if (bytes.size() < 10) return 0;
    components_ = byte(bytes, 9);
    if (length < 8 || components_ == 0) {
      at_ = At::damaged;
      return 4;
    }
    skip(length + 2 - 10);
    return 10;
  }
  if (code == 0xda) at_ = At::coded;
  skip(length - 2);
  return 4;
}

void JpegAnalyser::finish(sdk::Analysis& out) {
  if (at_ != At::done) {
    out.why = at_ == At::damaged ? "damaged JPEG" : "JPEG that breaks off";
    return;
  }
  out.pages = sdk::exact(1);
  if (components_ == 1) {
    out.color_pages = sdk::exact(0);
    out.mono_pages = sdk::exact(1);
  } else {
    out.color_pages = sdk::estimate(1);
    out.mono_pages = sdk::estimate(0);
  }
}

}  // namespace printrouter::languages
