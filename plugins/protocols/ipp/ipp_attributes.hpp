// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Between the flat attributes of the contract (abi/base.h, docs/receiver-attributes.md) and IPP's own.
#include <printrouter/plugin.hpp>

#include "ipp_message.hpp"

#include <deque>
#include <span>

namespace printrouter::ipp {

/// The IPP syntax of an attribute of the contract; text becomes name where RFC 8011 says so.
Value to_value(const pr_attr& attribute);

/// A list of pr_attr that owns what it points to. Pointers stay valid while it lives and is only added to.
class AttrList {
 public:
  void add(std::string_view name, const Value& value, uint32_t group = 0);
  void add_all(const Attribute& attribute, uint32_t group = 0) {
    for (const Value& v : attribute.values) add(attribute.name, v, group);
  }
  void add_text(std::string_view name, std::string_view text, uint32_t kind = PR_ATTR_TEXT,
                uint32_t group = 0);
  void add_integer(std::string_view name, int64_t number, uint32_t kind = PR_ATTR_INTEGER,
                   uint32_t group = 0);
  void clear() { items_.clear(), texts_.clear(); }
  pr_attrs view() const { return {items_.data(), items_.size()}; }
  std::span<const pr_attr> span() const { return items_; }
  bool empty() const { return items_.empty(); }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }
  std::vector<pr_attr> items_;
  std::deque<std::string> texts_;
};

/// A copy of a pr_attrs as IPP attributes (values of one name and group together), for what must outlive a
/// call.
std::vector<Attribute> copy(pr_attrs attributes, uint32_t group = 0);

/// "urn:uuid:" + the uuid, which may carry that prefix already.
std::string uuid_uri(std::string_view uuid);
/// The uuid without its prefix.
std::string_view bare_uuid(std::string_view uuid);

/// Folds media, media-source, media-type and margins into one media-col (PWG 5100.7), empty members if there
/// is nothing to fold; and the other way: the flat attributes that a media-col stands for.
Value media_col(const Group& flat);
void flatten_media_col(const Value& media_col, Group& flat);

/// Size in 1/100 mm of a PWG self-describing name (PWG 5101.1 section 5): "iso_a4_210x297mm" -> 21000 x
/// 29700.
struct MediaSize {
  int32_t x = 0;
  int32_t y = 0;
};
bool media_size(std::string_view name, MediaSize& out);
/// A name for a size: a standard one where there is one, else "custom_WxHmm_WxHmm".
std::string media_name(MediaSize size);

}  // namespace printrouter::ipp
