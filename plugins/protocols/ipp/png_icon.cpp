// SPDX-License-Identifier: Apache-2.0
// Drawn in code: three grey boxes make a printer, and no image file has to be found at run time.
#include "png_icon.hpp"

#include <algorithm>
#include <cstdint>

namespace printrouter::ipp {

namespace {

void put(std::string& out, uint32_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(n >> shift & 0xff));
}

uint32_t crc(const std::string& data) {  // PNG annex D
  uint32_t c = 0xffffffffu;
  for (char byte : data) {
    c ^= static_cast<uint8_t>(byte);
    for (int k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
  }
  return ~c;
}

void put_chunk(std::string& out, const char* type, const std::string& data) {
  put(out, static_cast<uint32_t>(data.size()));
  const std::string body = type + data;
  out += body;
  put(out, crc(body));
}

/// 0 nothing, 1 paper, 2 body, 3 slot. x and y in 1/16 of the edge.
uint8_t pixel(unsigned x, unsigned y) {
  if (y >= 8 && y < 9 && x >= 4 && x < 12) return 3;
  if (x >= 5 && x < 11 && ((y >= 2 && y < 6) || (y >= 9 && y < 14))) return 1;
  if (x >= 2 && x < 14 && y >= 6 && y < 12) return 2;
  return 0;
}

}  // namespace

std::string png_icon(unsigned size) {
  // Two bits a pixel with a palette whose first colour is transparent; rows in stored deflate blocks.
  std::string rows;
  for (unsigned y = 0; y < size; ++y) {
    rows.push_back(0);
    for (unsigned x = 0; x < size; x += 4) {
      unsigned byte = 0;
      for (unsigned i = 0; i < 4; ++i)
        byte = byte << 2 | (x + i < size ? pixel((x + i) * 16 / size, y * 16 / size) : 0u);
      rows.push_back(static_cast<char>(byte));
    }
  }
  std::string stream = "\x78\x01";
  uint32_t a = 1;
  uint32_t b = 0;
  for (char byte : rows) {
    a = (a + static_cast<uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  for (size_t at = 0; at < rows.size(); at += 65535) {
    const size_t n = std::min<size_t>(65535, rows.size() - at);
    stream.push_back(at + n == rows.size() ? 1 : 0);
    for (size_t length : {n, ~n}) {
      stream.push_back(static_cast<char>(length & 0xff));
      stream.push_back(static_cast<char>(length >> 8 & 0xff));
    }
    stream.append(rows, at, n);
  }
  put(stream, b << 16 | a);

  std::string header;
  put(header, size);
  put(header, size);
  header += {2, 3, 0, 0, 0};
  std::string out = "\x89PNG\r\n\x1a\n";
  put_chunk(out, "IHDR", header);
  put_chunk(out, "PLTE", std::string("\xff\xff\xff\xf4\xf4\xf0\x45\x52\x60\x1c\x24\x2c", 12));
  put_chunk(out, "tRNS", std::string(1, '\0'));
  put_chunk(out, "IDAT", stream);
  put_chunk(out, "IEND", "");
  return out;
}

}  // namespace printrouter::ipp
