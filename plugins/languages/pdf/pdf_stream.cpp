// SPDX-License-Identifier: Apache-2.0
#include "pdf_stream.hpp"

#include <qpdf/Pipeline.hh>
#include <stdexcept>

namespace printrouter::pdf {
namespace {
/// A bomb ends here: what is longer than anybody asked for is not decoded to its end.
class Bounded : public Pipeline {
 public:
  Bounded(std::string& out, std::size_t limit) : Pipeline("bounded", nullptr), out_(out), limit_(limit) {}
  void write(unsigned char const* data, size_t size) override {
    if (out_.size() + size > limit_) throw std::length_error("longer than is looked at");
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}

 private:
  std::string& out_;
  std::size_t limit_;
};
}  // namespace

bool stream_bytes(QPDFObjectHandle stream, std::size_t limit, std::string& out, bool pictures) {
  out.clear();
  if (!stream.isStream()) return false;
  try {
    Bounded sink(out, limit);
    return stream.pipeStreamData(&sink, 0, pictures ? qpdf_dl_all : qpdf_dl_specialized, true, false);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace printrouter::pdf
