// SPDX-License-Identifier: Apache-2.0
#include "server/pricing.hpp"

#include "model/attribute.hpp"

namespace printrouter::server {

std::optional<accounting::Price> price_of(const accounting::Pages& pages, std::string_view media,
                                          const Device& device, const PriceBook& book) {
  const PriceList* list = book.list(device);
  const auto sum = pages.sum();
  if (!list || !sum) return std::nullopt;
  if (const auto special = list->media.find(media); special != list->media.end()) list = &special->second;
  std::int64_t color = 0;
  if (pages.color)
    color = *pages.color;
  else if (pages.mono)
    color = *sum - *pages.mono;
  else if (flag_of(device.facts, "color").value_or(true))
    color = *sum;
  Money amount = list->mono.times(*sum - color) + list->color.times(color);
  amount = amount + list->sheet.times(pages.sheets.value_or(*sum));
  return accounting::Price{amount, book.currency_};
}

accounting::Rules booking_rules(std::shared_ptr<const PriceBook> prices,
                                std::shared_ptr<const Directory> directory) {
  accounting::Rules rules;
  if (prices && directory)
    rules.price = [prices,
                   directory](const accounting::Booking& booking) -> std::optional<accounting::Price> {
      const Device* device = directory->find(booking.device);
      if (!device) return std::nullopt;
      return price_of(booking.pages, booking.claim ? booking.claim->media : std::string(), *device, *prices);
    };
  return rules;
}

}  // namespace printrouter::server
