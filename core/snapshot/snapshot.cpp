// SPDX-License-Identifier: Apache-2.0
#include "snapshot/snapshot.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/time_text.hpp"

namespace printrouter {
namespace {
using nlohmann::json;

/// Walks over one snapshot; what is wrong becomes a finding.
class Reader {
 public:
  Reader(std::string place, Snapshot& out, ConfigFindings& findings)
      : place_(std::move(place)), out_(out), findings_(findings) {}

  void read(const json& j) {
    out_.place = place_;
    if (!member(j, "version").is_number_integer())
      wrong("version", "is no number", "ist keine Zahl", "a whole number", "eine ganze Zahl");
    else
      out_.version = j["version"].get<std::int64_t>();
    out_.as_of = time(member(j, "as_of"), "as_of");
    read_rules(j);
    const json& users = member(j, "users");
    if (!users.is_object())
      return wrong("users", "is no object", "ist kein Objekt", "{user: {…}}", "{Benutzer: {…}}");
    out_.users = users.size();
    out_.balances.currency_ = out_.prices ? out_.prices->currency_ : "";
    for (const auto& [name, user] : users.items()) read_user(name, user);
  }

 private:
  void read_rules(const json& j) {
    const json &profile = member(j, "profile"), &groups = member(j, "groups"),
               &devices = member(j, "devices");
    ProfileResult read = parse_profile(profile.dump(), place_ + " profile");
    append(std::move(read.findings));
    if (read.profile) out_.profile = std::move(*read.profile);
    DevicesResult listed = parse_devices(json{{"devices", devices}}.dump(), place_);
    append(std::move(listed.findings));
    out_.devices = std::move(listed.devices);
    std::set<std::string> ids;
    for (const Device& device : out_.devices)
      if (!ids.insert(device.id).second)
        wrong("devices", "gives \"" + device.id + "\" twice", "nennt \"" + device.id + "\" zweimal",
              "an id of its own for each device", "eine eigene Kennung für jedes Gerät");
    if (!groups.is_object())
      wrong("groups", "is no object", "ist kein Objekt", "{name: [device id]}", "{Name: [Geräte-Kennung]}");
    else
      for (const auto& [name, members] : groups.items()) read_group(name, members);
    if (const json& prices = member(j, "prices"); prices.is_object()) {
      PriceResult book = parse_prices(prices.dump(), place_ + " prices");
      append(std::move(book.findings));
      out_.prices = std::move(book.book);
    }
    out_.rules = json::array({profile, groups, devices, member(j, "prices")}).dump();
  }
  void read_group(const std::string& name, const json& members) {
    auto& group = out_.groups[name];
    if (!members.is_array())
      return wrong("groups." + name, "is no list", "ist keine Liste", "a list of device ids",
                   "eine Liste von Geräte-Kennungen");
    for (const json& id : members) {
      if (id.is_string())
        group.push_back(id.get<std::string>());
      else
        wrong("groups." + name, "has a member that is no device id",
              "hat ein Mitglied, das keine Geräte-Kennung ist", "a text", "ein Text");
    }
  }

  void read_user(const std::string& name, const json& user) {
    const std::string path = "users." + name;
    if (!user.is_object()) return wrong(path, "is no object", "ist kein Objekt", "{…}", "{…}");
    if (const json& history = member(user, "history"); history.is_array())
      for (const json& entry : history) {
        const json& device = member(entry, "device");
        if (!device.is_string()) {
          wrong(path + ".history", "has an entry without a device", "hat einen Eintrag ohne Gerät",
                "{\"device\", \"last_used\"}", "{\"device\", \"last_used\"}");
          continue;
        }
        Timestamp& last = out_.history[name][device.get<std::string>()];
        last = std::max(last, time(member(entry, "last_used"), path + ".history.last_used"));
      }
    if (const json& codes = member(user, "codes"); codes.is_object())
      for (const auto& [code, value] : codes.items()) {
        if (value.is_string())
          out_.codes[name][code] = value.get<std::string>();
        else  // the value itself is nobody's business
          wrong(path + ".codes." + code, "is no text", "ist kein Text", "a text", "ein Text");
      }
    if (const json& balance = member(user, "balance"); balance.is_object())
      read_balance(name, path, balance, user);
  }

  void read_balance(const std::string& name, const std::string& path, const json& balance, const json& user) {
    Balance out;
    out.as_of = time(member(balance, "as_of"), path + ".balance.as_of");
    if (const json& renews_at = member(balance, "renews_at"); !renews_at.is_null())
      out.renews_at = time(renews_at, path + ".balance.renews_at");
    const json& allowance = member(user, "allowance");
    for (const auto& [object, field, at, into] :
         {std::tuple{&balance, "credit", ".balance.credit", &out.credit},
          {&balance, "quota_money", ".balance.quota_money", &out.quota_money},
          {&balance, "period_money", ".balance.period_money", &out.period_money},
          {&allowance, "credit", ".allowance.credit", &out.allowance}}) {
      const json& value = member(*object, field);
      if (value.is_null()) continue;
      const auto money = value.is_string() ? Money::parse(value.get<std::string>()) : std::nullopt;
      if (!money)
        wrong(path + at, "is no amount", "ist kein Betrag", "a text like \"12.5000\"",
              "ein Text wie \"12.5000\"");
      else
        *into = money;
    }
    for (const auto& [object, field, at, into] :
         {std::tuple{&balance, "quota_pages", ".balance.quota_pages", &out.quota_pages},
          {&balance, "period_pages", ".balance.period_pages", &out.period_pages},
          {&allowance, "pages", ".allowance.pages", &out.allowance_pages}}) {
      const json& value = member(*object, field);
      if (value.is_null()) continue;
      if (!value.is_number_integer()) {
        wrong(path + at, "is no number of pages", "ist keine Seitenzahl", "a whole number",
              "eine ganze Zahl");
        continue;
      }
      *into = value.get<std::int64_t>();
    }
    out_.balances.balances_[name] = out;
  }

  static const json& member(const json& object, const char* name) {
    static const json none;
    if (!object.is_object()) return none;
    const auto it = object.find(name);
    return it == object.end() ? none : *it;
  }
  Timestamp time(const json& value, const std::string& field) {
    const auto out = value.is_string() ? parse_time(value.get<std::string>()) : std::nullopt;
    if (!out)
      wrong(field, "is no time", "ist keine Zeit", "RFC 3339 in UTC, like \"2026-01-31T08:00:00Z\"",
            "RFC 3339 in UTC, wie \"2026-01-31T08:00:00Z\"");
    return out.value_or(Timestamp{});
  }
  void wrong(std::string field, std::string en, std::string de, std::string expected,
             std::string expected_de) {
    findings_.push_back({Severity::refusal, "config.snapshot", place_, 0, std::move(field), std::move(en),
                         std::move(de), std::move(expected), std::move(expected_de)});
  }
  void append(ConfigFindings more) {
    for (ConfigFinding& f : more) {
      f.line = 0;  // of a text that nobody has seen
      findings_.push_back(std::move(f));
    }
  }

  std::string place_;
  Snapshot& out_;
  ConfigFindings& findings_;
};

}  // namespace

Error SnapshotResult::error() const {
  ConfigResult as;
  as.findings = findings;
  return as.error();
}

SnapshotResult parse_snapshot(std::string_view text, const std::string& place) {
  SnapshotResult result;
  const json j = json::parse(text, nullptr, false);
  if (!j.is_object()) {
    result.findings.push_back({Severity::refusal,
                               "config.snapshot",
                               place,
                               0,
                               {},
                               "is no JSON object",
                               "ist kein JSON-Objekt",
                               {},
                               {}});
    return result;
  }
  auto snapshot = std::make_shared<Snapshot>();
  Reader(place, *snapshot, result.findings).read(j);
  if (!has_errors(result.findings)) result.snapshot = std::move(snapshot);
  return result;
}

std::shared_ptr<const Snapshot> confirmed(const Snapshot& snapshot, Timestamp at) {
  auto out = std::make_shared<Snapshot>(snapshot);
  out->as_of = std::max(out->as_of, at);
  for (auto& [user, balance] : out->balances.balances_) balance.as_of = std::max(balance.as_of, at);
  return out;
}

std::shared_ptr<const Config> overlay(const Config& config, const Snapshot& snapshot) {
  auto out = std::make_shared<Config>(config);
  out->profile = snapshot.profile;
  out->profile_file.clear();
  out->groups = snapshot.groups;
  out->devices = snapshot.devices;
  for (const auto& [user, codes] : snapshot.codes) out->identity.codes[user] = codes;
  // Where balances and prices stand now; their books come with the snapshot.
  out->balances_file = snapshot.place;
  if (snapshot.prices) out->prices_file = snapshot.place;
  return out;
}

}  // namespace printrouter
