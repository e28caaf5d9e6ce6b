// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/language.hpp>

#include <map>
#include <qpdf/QPDF.hh>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::pdf {

/// Tells pages from other nodes of the page tree by their bytes, without making objects of them: counting is
/// then many times as fast. Says yes only where it is sure.
class QuickLook {
 public:
  QuickLook(QPDF& pdf, sdk::Reader reader) : pdf_(pdf), reader_(reader), table_(pdf.getXRefTable()) {}
  bool is_page(QPDFObjGen id);

 private:
  struct Pack {  ///< an object stream
    std::string bytes;
    std::vector<std::size_t> begins;
  };
  std::string_view object(QPDFObjGen id);
  std::string_view plain(std::uint64_t offset);
  const Pack& pack(int number);

  QPDF& pdf_;
  sdk::Reader reader_;
  std::map<QPDFObjGen, QPDFXRefEntry> table_;
  std::map<int, Pack> packs_ = {};
  std::string window_ = {};
  std::uint64_t window_begin_ = 0;
};

}  // namespace printrouter::pdf
