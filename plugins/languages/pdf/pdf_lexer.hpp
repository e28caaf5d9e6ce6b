// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Content streams as operands and operators (ISO 32000-1 7.2, 7.8.2). Keeps no tree: arrays and dictionaries
/// of operands are passed over except for what painting needs.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::pdf {

struct Operand {
  enum Kind : std::uint8_t { number, name, text, other } kind = other;
  double value = 0;
  std::string_view bytes =
      {};  ///< a name without its slash (as written); a string as written, "(" or "<" included
};

class ContentLexer {
 public:
  explicit ContentLexer(std::string_view content) : rest_(content) {}
  /// The next operator with its operands; false at the end. Operands beyond 64 are dropped from the front.
  bool next(std::string_view& op, std::vector<Operand>& operands);
  /// Behind "ID": the bytes from here on, and how many of them are taken.
  std::string_view rest() const { return rest_; }
  void skip(std::size_t bytes) { rest_.remove_prefix(bytes < rest_.size() ? bytes : rest_.size()); }

 private:
  std::string_view string();
  std::string_view hex();
  std::string_view rest_;
};

/// The bytes of a string operand.
std::string unquoted(std::string_view written);
/// A name with its #xx decoded.
std::string decoded_name(std::string_view written);

}  // namespace printrouter::pdf
