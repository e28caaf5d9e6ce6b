// SPDX-License-Identifier: Apache-2.0
// The IPP decoder against libcups: what one accepts the other does, save where the decoder names itself
// stricter (stricter_than_libcups) and for the extension tag 0x7f, which libcups reads against RFC 8010
// section 3.5.2.
#include <cups/ipp.h>

#include <cstring>

#include "fuzz_input.hpp"
#include "ipp_decoder.hpp"
#include "ipp_encoder.hpp"

namespace {

struct Source {
  std::string_view rest;
};

ssize_t read_from(void* context, ipp_uchar_t* out, size_t size) {
  auto& source = *static_cast<Source*>(context);
  const size_t n = std::min(size, source.rest.size());
  if (n) std::memcpy(out, source.rest.data(), n);
  source.rest.remove_prefix(n);
  return static_cast<ssize_t>(n);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  using namespace printrouter::ipp;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Decoder whole;
  const size_t used = whole.feed(bytes);
  Decoder parts;
  for (size_t at = 0; at < size && parts.state() == Decoder::State::more;)
    at += parts.feed(bytes.substr(at, 1 + at % 3));
  fuzz::require(parts.state() == whole.state() && parts.error() == whole.error());
  fuzz::require(parts.message() == whole.message());

  Source source{bytes};
  ipp_t* theirs = ippNew();
  const bool accepted = ippReadIO(&source, read_from, 1, nullptr, theirs) == IPP_STATE_DATA;
  const bool comparable = !whole.saw_extension() && !stricter_than_libcups(whole.error());
  if (comparable) fuzz::require(accepted == (whole.state() == Decoder::State::done));
  if (whole.state() == Decoder::State::done) {
    fuzz::require(used <= size);
    Decoder again;
    again.feed(encode(whole.message()));
    fuzz::require(again.state() == Decoder::State::done);
    if (comparable) {
      fuzz::require(size - used == source.rest.size());
      size_t ours = 0;
      for (const Group& g : whole.message().groups) ours += g.attributes.size();
      size_t named = 0;
      for (ipp_attribute_t* a = ippFirstAttribute(theirs); a; a = ippNextAttribute(theirs))
        named += ippGetName(a) != nullptr;
      fuzz::require(ours == named);
    }
  }
  ippDelete(theirs);
  return 0;
}
