// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a device can do, read from the facts of its model. Absent is unknown, never no.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/device.hpp"
#include "model/media_name.hpp"

namespace printrouter {

std::optional<bool> prints_color(const Device& device);
std::optional<bool> prints_duplex(const Device& device);
/// A3 and larger, by the facts "max-media" and "media".
std::optional<bool> prints_wide(const Device& device);
/// Takes documents of this MIME type. Aliases count ("application/vnd.hp-pcl" is "application/vnd.hp-PCL").
std::optional<bool> takes_format(const Device& device, std::string_view format);
/// Has this size. `media` is a PWG 5101.1 name or a PJL/PPD name ("A4"); nullopt also if it names no size.
std::optional<bool> takes_media(const Device& device, std::string_view media);
/// Finishings keyword (PWG 5100.1).
std::optional<bool> takes_finishing(const Device& device, std::string_view finishing);

/// IPP finishings enum (PWG 5100.1) -> keyword; empty: none (3) or unknown.
std::string_view finishing_keyword(std::int64_t value);

}  // namespace printrouter
