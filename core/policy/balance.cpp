// SPDX-License-Identifier: Apache-2.0
#include "policy/balance.hpp"

#include <algorithm>

#include "devices/directory.hpp"

namespace printrouter {
namespace {
std::string age_text(Milliseconds age, bool german) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(age).count();
  if (hours >= 48) return std::to_string(hours / 24) + (german ? " Tage" : " days");
  if (hours >= 2) return std::to_string(hours) + (german ? " Stunden" : " hours");
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(age).count();
  return std::to_string(minutes) + (german ? " Minuten" : " minutes");
}

std::string ask_en(const Profile& profile, std::string first) {
  return profile.contact.empty() ? first : first + " Ask: " + profile.contact + ".";
}
std::string ask_de(const Profile& profile, std::string first) {
  return profile.contact.empty() ? first : first + " Ansprechpartner: " + profile.contact + ".";
}

bool prints_mono_only(const Device& device) {
  const auto stated = flag_of(device.settings, "color");
  return (stated ? stated : flag_of(device.facts, "color")) == false;
}

struct Words {
  std::string en, de;
};
Words money_words(Money amount) {
  return {amount.text(), amount.text("de")};
}
Words page_words(std::int64_t pages) {
  return {std::to_string(pages) + " pages", std::to_string(pages) + " Seiten"};
}
struct LimitWords {
  const char *en, *de, *remedy_en, *remedy_de;
};
constexpr LimitWords quota_words = {" of this period's quota are left.",
                                    " vom Kontingent dieses Zeitraums übrig.",
                                    "Print fewer pages, or have the quota raised.",
                                    "Weniger Seiten drucken oder das Kontingent erhöhen lassen."};
constexpr LimitWords allowance_words = {
    " of what this desktop may spend without the server are left.",
    " von dem übrig, was dieser Rechner ohne den Server ausgeben darf.",
    "Wait for the server, print fewer pages, or print from another desktop.",
    "Auf den Server warten, weniger Seiten drucken oder von einem anderen Rechner drucken."};

struct Judge {
  const Profile& profile;
  Release& out;
  void refuse(std::string id, std::string en, std::string de, std::string remedy_en, std::string remedy_de) {
    out.met = false;
    out.reasons.push_back({Severity::refusal, std::move(id), std::move(en), std::move(de),
                           ask_en(profile, std::move(remedy_en)), ask_de(profile, std::move(remedy_de))});
  }
  void credit(Money price, Money credit, Money reserved) {
    const Money available = credit - reserved;
    if (price <= available) return;
    const bool some = reserved > Money{};
    refuse("policy.too-dear",
           "It costs " + price.text() + ", but only " + available.text() + " are available" +
               (some ? " (" + reserved.text() + " are reserved)." : "."),
           "Der Druck kostet " + price.text("de") + ", verfügbar sind aber nur " + available.text("de") +
               (some ? " (" + reserved.text("de") + " sind reserviert)." : "."),
           "Choose a cheaper printer, print fewer pages, or top up the credit.",
           "Einen günstigeren Drucker wählen, weniger Seiten drucken oder das Guthaben aufladen.");
  }
  void quota(std::int64_t pages, std::int64_t left) {
    if (pages <= left) return;
    refuse("policy.quota",
           "It needs " + std::to_string(pages) + " pages, but only " + std::to_string(left) +
               " of the quota are left.",
           "Der Druck braucht " + std::to_string(pages) + " Seiten, vom Kontingent sind aber nur " +
               std::to_string(left) + " übrig.",
           "Print fewer pages, or have the quota raised.",
           "Weniger Seiten drucken oder das Kontingent erhöhen lassen.");
  }
  /// A limit that a price or a page count is above: `wanted` of `left`.
  void share(std::string id, const Words& wanted, const Words& left, bool above, const LimitWords& words) {
    if (above)
      refuse(std::move(id), "It takes " + wanted.en + ", but only " + left.en + words.en,
             "Der Druck verbraucht " + wanted.de + ", es sind aber nur noch " + left.de + words.de,
             words.remedy_en, words.remedy_de);
  }
  void unknown_pages() {
    out.for_all = true;
    refuse("policy.unknown-pages",
           "How many pages the document has is not known, so its price is not either.",
           "Wie viele Seiten das Dokument hat, ist nicht bekannt, also auch nicht sein Preis.",
           "Wait for the server, or print it from a program that says the page count.",
           "Auf den Server warten oder aus einem Programm drucken, das die Seitenzahl mitteilt.");
  }
};
}  // namespace

bool Balance::renew(Timestamp now) {
  if (!renews_at.set() || now < renews_at) return false;
  if (period_pages) quota_pages = period_pages;
  if (period_money) quota_money = period_money;
  return true;
}

std::optional<Balance> BalanceBook::of(std::string_view user) const {
  const auto it = balances_.find(user);
  if (it == balances_.end()) return std::nullopt;
  return it->second;
}

const PriceList* PriceBook::list(const Device& device) const {
  std::string_view name = device.price_list;
  if (const auto grouped = by_device_.find(device.id); name.empty() && grouped != by_device_.end())
    name = grouped->second;
  const auto it = lists_.find(name.empty() ? "default" : name);
  return it == lists_.end() ? nullptr : &it->second;
}

std::vector<std::string> PriceBook::join(const Directory& directory) {
  std::vector<std::string> unknown;
  for (const auto& [group, list] : groups_) {
    const auto* members = directory.group(group);
    if (!members) {
      unknown.push_back(group);
      continue;
    }
    for (const Device* device : *members) by_device_.try_emplace(device->id, list);
  }
  return unknown;
}

std::optional<Money> price_of(const ledger::Pages& pages, std::int64_t copies, bool two_sided,
                              std::string_view media, const Device& device, const PriceBook& prices) {
  const auto sum = pages.sum();
  const PriceList* list = prices.list(device);
  if (!sum || !list) return std::nullopt;
  if (const auto it = list->media.find(media); it != list->media.end()) list = &it->second;
  const std::int64_t color = prints_mono_only(device) ? 0 : pages.color.value_or(0);
  copies = std::max<std::int64_t>(copies, 1);
  const std::int64_t sheets = pages.sheets ? *pages.sheets
                              : two_sided  ? (*sum / copies + 1) / 2 * copies
                                           : *sum;
  return list->color.times(color) + list->mono.times(*sum - color) + list->sheet.times(sheets);
}

Cost cost_of(const JobVolume& volume, const Device& device, const PriceBook& prices) {
  Cost cost;
  const bool mono_device = prints_mono_only(device);
  cost.color_assumed = !volume.color && !volume.color_pages && !mono_device;
  if (!volume.pages) return cost;
  const std::int64_t copies = std::max<std::int64_t>(volume.copies, 1);
  const std::int64_t pages = std::max<std::int64_t>(*volume.pages, 0);
  // Hostile counts must not wrap.
  cost.pages =
      pages > 1'000'000'000 || copies > 1'000'000 ? std::int64_t{1'000'000'000'000'000} : pages * copies;
  const PriceList* list = prices.list(device);
  if (!list) return cost;
  if (const auto it = list->media.find(volume.media); it != list->media.end()) list = &it->second;
  // On a device that knows no colour everything is black; a ticket that asks for black makes it so.
  const bool black = mono_device || volume.color == false;
  const std::int64_t color_pages =
      black ? 0 : std::clamp<std::int64_t>(volume.color_pages.value_or(pages), 0, pages);
  const std::int64_t sheets = volume.two_sided ? (pages + 1) / 2 : pages;
  cost.money = list->color.times(color_pages).times(copies) +
               list->mono.times(pages - color_pages).times(copies) + list->sheet.times(sheets).times(copies);
  return cost;
}

Release release(ReleaseCondition condition, const Profile& profile, const Cost& cost, const Funds& funds,
                Timestamp now) {
  Release out;
  Judge judge{profile, out};
  // The ceiling holds under every condition: it limits what an outage can cost.
  if (profile.outage_ceiling && cost.money) {
    const Money ceiling = Money::hundredths(*profile.outage_ceiling);
    const Money sum = funds.spent_this_outage + *cost.money;
    if (sum > ceiling)
      judge.refuse(
          "policy.outage-ceiling",
          "It would cost " + cost.money->text() + "; with " + funds.spent_this_outage.text() +
              " already spent this passes the " + ceiling.text() + " allowed while the server is away.",
          "Der Druck würde " + cost.money->text("de") + " kosten; mit den schon verbrauchten " +
              funds.spent_this_outage.text("de") + " übersteigt das die " + ceiling.text("de") +
              ", die während eines Ausfalls erlaubt sind.",
          "Wait for the server, or print fewer pages.", "Auf den Server warten oder weniger Seiten drucken.");
  }
  if (profile.outage_ceiling && !cost.pages && !profile.unknown_pages_allowed) {
    judge.unknown_pages();
    return out;
  }
  if (condition == ReleaseCondition::always) return out;
  if (funds.asserted_only) {
    out.for_all = true;
    judge.refuse(
        "policy.asserted-name",
        "Who prints is only what the local print system says, and an asserted name spends no balance.",
        "Wer druckt, sagt nur das lokale Drucksystem, und auf einen behaupteten Namen wird kein Guthaben "
        "ausgegeben.",
        "Print it with \"printrouter print FILE\", or wait for the server. The administrator can allow it: "
        "\"accept_asserted\": true under \"identity\".",
        "Mit \"printrouter print DATEI\" drucken oder auf den Server warten. Der Administrator kann es "
        "erlauben: \"accept_asserted\": true unter \"identity\".");
    return out;
  }
  if (!funds.balance || (!funds.balance->limits_money() && !funds.balance->limits_pages())) {
    out.for_all = true;
    judge.refuse("policy.no-balance", "No balance of this user is known here, and printing needs one.",
                 "Von diesem Benutzer ist hier kein Guthaben bekannt, und der Druck setzt eines voraus.",
                 "Wait for the server.", "Auf den Server warten.");
    return out;
  }
  const Milliseconds age = now - funds.balance->as_of;
  if (!funds.balance->as_of.set() || age > profile.balance_max_age) {
    out.for_all = true;
    const bool dated = funds.balance->as_of.set();
    judge.refuse("policy.balance-too-old",
                 dated ? "The balance known here is " + age_text(age, false) + " old; at most " +
                             age_text(profile.balance_max_age, false) + " are allowed."
                       : "The balance known here has no date.",
                 dated ? "Das hier bekannte Guthaben ist " + age_text(age, true) +
                             " alt; erlaubt sind höchstens " + age_text(profile.balance_max_age, true) + "."
                       : "Das hier bekannte Guthaben hat kein Datum.",
                 "Wait for the server.", "Auf den Server warten.");
    return out;
  }
  const bool need_money = funds.balance->limits_money();
  if (!cost.pages && !profile.unknown_pages_allowed) {
    judge.unknown_pages();
    return out;
  }
  if (!cost.pages) {
    out.reasons.push_back({Severity::warning,
                           "policy.unknown-pages-allowed",
                           "How many pages the document has is not known; the profile allows it.",
                           "Wie viele Seiten das Dokument hat, ist nicht bekannt; das Profil lässt es zu.",
                           {},
                           {}});
    return out;
  }
  if (need_money && !cost.money) {
    judge.refuse("policy.no-price", "There is no price list for this device.",
                 "Für dieses Gerät gibt es keine Preisliste.", "Choose another printer.",
                 "Einen anderen Drucker wählen.");
    return out;
  }
  const Balance& balance = *funds.balance;
  if (balance.credit) judge.credit(*cost.money, *balance.credit, funds.reserved);
  if (balance.quota_money) {
    const Money left = *balance.quota_money - (funds.reserved - funds.before_renewal);
    judge.share("policy.quota-money", money_words(*cost.money), money_words(left), *cost.money > left,
                quota_words);
  }
  if (balance.quota_pages)
    judge.quota(*cost.pages, *balance.quota_pages - (funds.reserved_pages - funds.pages_before_renewal));
  if (balance.allowance)
    judge.share("policy.allowance", money_words(*cost.money),
                money_words(*balance.allowance - funds.reserved),
                *cost.money > *balance.allowance - funds.reserved, allowance_words);
  if (balance.allowance_pages)
    judge.share("policy.allowance", page_words(*cost.pages),
                page_words(*balance.allowance_pages - funds.reserved_pages),
                *cost.pages > *balance.allowance_pages - funds.reserved_pages, allowance_words);
  return out;
}

}  // namespace printrouter
