// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Between the model's values and those of the plugin contract (sdk abi/base.h). Header only; any thread.
#include <printrouter/abi/base.h>

#include <string>
#include <string_view>
#include <vector>

#include "model/attribute.hpp"

namespace printrouter {

inline pr_str abi_str(std::string_view text) {
  return {text.data(), text.size()};
}
inline pr_bytes abi_bytes(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
inline std::string_view text_view(pr_str text) {
  return text.data ? std::string_view(text.data, text.size) : std::string_view();
}
inline std::string_view bytes_view(pr_bytes bytes) {
  return bytes.data ? std::string_view(reinterpret_cast<const char*>(bytes.data), bytes.size)
                    : std::string_view();
}

/// Borrows from `attribute`.
inline pr_attr abi_attribute(const Attribute& attribute) {
  return {abi_str(attribute.name), static_cast<std::uint32_t>(attribute.kind),
          attribute.group,         attribute.integer,
          attribute.upper,         abi_str(attribute.text)};
}

/// Copies. A kind that this host does not know becomes no_value.
inline Attribute from_abi(const pr_attr& attribute) {
  const bool known = attribute.kind >= PR_ATTR_INTEGER && attribute.kind <= PR_ATTR_NO_VALUE;
  return {std::string(text_view(attribute.name)),
          known ? static_cast<AttributeKind>(attribute.kind) : AttributeKind::no_value,
          attribute.integer,
          attribute.upper,
          std::string(text_view(attribute.text)),
          attribute.group};
}

inline Attributes from_abi(pr_attrs list) {
  Attributes out;
  if (!list.items) return out;
  out.reserve(list.count);
  for (std::size_t i = 0; i < list.count; ++i) out.push_back(from_abi(list.items[i]));
  return out;
}

/// `attributes` as the contract's list. Borrows: `attributes` must stay as it is while the list is used.
class AbiAttributes {
 public:
  AbiAttributes() = default;
  explicit AbiAttributes(const Attributes& attributes) { assign(attributes); }
  void assign(const Attributes& attributes) {
    items_.clear();
    items_.reserve(attributes.size());
    for (const Attribute& a : attributes) items_.push_back(abi_attribute(a));
  }
  pr_attrs list() const { return {items_.data(), items_.size()}; }

 private:
  std::vector<pr_attr> items_;
};

}  // namespace printrouter
