// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>

#include "accounting/books.hpp"
#include "devices/directory.hpp"
#include "policy/balance.hpp"

namespace printrouter::server {

/// What pages cost on a device: by the list it names, of the paper it printed on. Pages of which only the sum
/// is known are priced as colour on a device that prints colour. nullopt: no list, or pages nobody knows.
std::optional<accounting::Price> price_of(const accounting::Pages& pages, std::string_view media,
                                          const Device& device, const PriceBook& book);

/// The engine's rules with these prices; both are kept. [any thread]
accounting::Rules booking_rules(std::shared_ptr<const PriceBook> prices,
                                std::shared_ptr<const Directory> directory);

}  // namespace printrouter::server
