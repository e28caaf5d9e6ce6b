// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The search filter of `devices --filter`, `watch` and the agent: one syntax, one function.
///
///     colour duplex wide place:2nd staple lobby
///
/// Words are joined by *and*. `colour`/`color`, `mono`, `duplex`, `wide` (A3 and larger; also `a3`), `name:`,
/// `place:`, `finishing:`; any other word must occur in name, place, maker, model or id. Case does not
/// matter; "…" keeps blanks. German words (`farbe`, `sw`, `beidseitig`, `breit`, `ort:`) do the same.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/device.hpp"

namespace printrouter {

struct DeviceFilter {
  std::vector<std::string> words = {};  ///< lower case
  std::vector<std::string> names = {}, places = {}, finishings = {};
  std::optional<bool> color = {};  ///< false: mono
  bool duplex = false, wide = false;
  bool empty() const;
};

/// Fails on a known key without a value and on an open quotation mark.
Result<DeviceFilter> parse_device_filter(std::string_view text);
/// A capability that is not known does not match a filter that asks for it.
bool matches(const Device& device, const DeviceFilter& filter);

}  // namespace printrouter
