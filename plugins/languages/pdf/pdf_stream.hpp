// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <qpdf/QPDFObjectHandle.hh>
#include <string>

namespace printrouter::pdf {

/// The decoded bytes of a stream, at most `limit`; false: longer, damaged, or a filter that is not decoded.
/// Images in DCT are decoded too where `pictures` says so.
bool stream_bytes(QPDFObjectHandle stream, std::size_t limit, std::string& out, bool pictures = false);

}  // namespace printrouter::pdf
