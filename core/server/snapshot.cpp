// SPDX-License-Identifier: Apache-2.0
#include "server/snapshot.hpp"

#include <algorithm>

#include "model/money.hpp"
#include "server/json_detail.hpp"
#include "server/local_users.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {
constexpr std::size_t most_streams = 4;  // of one desktop
constexpr const char* no_profile = R"({"printing":{"fallback":{"enabled":false}}})";

template <class T>
std::optional<T> least(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

/// `share`: what the desktop's assignment grants each of its users there.
json user_part(const UserState& state, const std::map<std::string, std::string>& codes,
               const Assignment& share, Timestamp now) {
  json out = json::object();
  if (!state.history.empty()) {
    json history = json::array();
    for (const auto& [device, when] : state.history)
      history.push_back({{"device", device}, {"last_used", Timestamp{when}.to_string()}});
    out["history"] = std::move(history);
  }
  if (state.account) {
    json balance{{"as_of", now.to_string()}};
    if (state.account->credit) balance["credit"] = state.account->credit->decimal();
    if (state.account->quota_pages) balance["quota_pages"] = *state.account->quota_pages;
    if (state.account->quota_money) balance["quota_money"] = state.account->quota_money->decimal();
    if (state.renews_at.set()) balance["renews_at"] = state.renews_at.to_string();
    if (state.account->period_pages) balance["period_pages"] = *state.account->period_pages;
    if (state.account->period_money) balance["period_money"] = state.account->period_money->decimal();
    out["balance"] = std::move(balance);
    json allowance = json::object();
    if (const auto money = least(state.account->allowance, share.allowance))
      allowance["credit"] = money->decimal();
    if (const auto pages = least(state.account->allowance_pages, share.allowance_pages))
      allowance["pages"] = *pages;
    if (!allowance.empty()) out["allowance"] = std::move(allowance);
  }
  if (!codes.empty()) out["codes"] = codes;
  return out;
}
}  // namespace

Result<std::vector<UserState>> read_users(Database& db, const std::string& desktop,
                                          const std::vector<std::string>& users, Timestamp now) {
  std::vector<UserState> out;
  for (const std::string& user : users) {
    UserState state{user};
    const auto history = db.query(
        "SELECT device, last_used FROM history WHERE username = $1 ORDER BY last_used DESC LIMIT 200",
        {user});
    if (!history) return fail(history.error());
    for (const Row& row : *history) state.history.emplace_back(row.text(0), row.integer(1));
    auto account = find_account(db, user, now);
    if (!account) return fail(account.error());
    state.account = std::move(*account);
    // Of the same moment as the quota, also where the snapshot is put together after midnight.
    if (state.account && state.account->quota_period)
      state.renews_at = next_period(*state.account->quota_period, now);
    const auto local = is_local_user(db, desktop, user);
    if (!local) return fail(local.error());
    state.local = *local;
    out.push_back(std::move(state));
  }
  return out;
}

Snapshots::Snapshots(const Catalog& catalog, Desktops& desktops, CodesFor codes_for)
    : catalog_(catalog), desktops_(desktops), codes_for_(codes_for) {}

const Snapshots::Shared& Snapshots::shared_part(const std::string& profile) {
  Shared& shared = shared_[profile];
  if (shared.made_of == catalog_.changes()) return shared;
  shared.made_of = catalog_.changes();
  const std::string* body = catalog_.find(Kind::profile, profile);
  json profile_json = json::parse(body ? *body : no_profile);
  if (body && !profile_json.contains("name")) profile_json["name"] = profile;
  // The devices that the profile may print on, and no others: a desktop has no use for the rest of a fleet.
  json groups = json::object(), devices = json::array();
  std::vector<std::string> wanted;
  const std::string* prices = catalog_.find(Kind::prices, "default");
  const json target = profile_json.value(json::json_pointer("/printing/fallback/target"), json::object());
  if (const std::string printer = target.value("printer", ""); !printer.empty()) wanted.push_back(printer);
  if (const std::string group = target.value("group", ""); !group.empty())
    if (const std::string* members = catalog_.find(Kind::group, group)) {
      json present = json::array();
      for (const json& member : json::parse(*members).value("members", json::array()))
        if (catalog_.find(Kind::printer, member.get<std::string>())) {
          present.push_back(member);
          wanted.push_back(member.get<std::string>());
        }
      groups[group] = std::move(present);
    }
  // What a group costs is said by its name; of its members only those that are here anyway.
  if (prices) {
    const std::set<std::string> here(wanted.begin(), wanted.end());
    const json priced =
        json::parse(*prices).value("groups", json::object());  // outlives the loop over its items
    for (const auto& [group, list] : priced.items())
      if (const std::string* members = catalog_.find(Kind::group, group);
          members && !groups.contains(group)) {
        json present = json::array();
        for (const json& member : json::parse(*members).value("members", json::array()))
          if (here.contains(member.get<std::string>())) present.push_back(member);
        if (!present.empty()) groups[group] = std::move(present);
      }
  }
  for (const std::string& id : wanted)
    if (const std::string* printer = catalog_.find(Kind::printer, id)) {
      json entry = json::parse(*printer);
      entry["id"] = id;
      devices.push_back(std::move(entry));
    }
  shared.json =
      "\"profile\":" + dump(profile_json) + ",\"groups\":" + dump(groups) + ",\"devices\":" + dump(devices);
  if (prices) shared.json += ",\"prices\":" + *prices;
  return shared;
}

Result<BuiltSnapshot> Snapshots::build(const Desktop& desktop, const std::vector<UserState>& users,
                                       Timestamp now) {
  std::set<std::string> groups;
  for (const UserState& user : users) groups.merge(catalog_.groups_of(user.user));
  const Assignment assignment = catalog_.assignment_of(desktop.host_name, desktop.address, groups);
  json people = json::object(), stable = json::object();
  for (const UserState& user : users) {
    const bool may =
        (user.local && codes_for_ == CodesFor::local) || catalog_.assigned(user.user, desktop.host_name);
    const auto codes = may ? catalog_.codes_of(user.user) : std::map<std::string, std::string>();
    if (!codes) return fail(codes.error());
    people[user.user] = user_part(user, *codes, assignment, now);
    stable[user.user] = user_part(user, *codes, assignment, {});
  }
  const Shared& shared = shared_part(assignment.profile);
  BuiltSnapshot out;
  out.json = "{\"version\":" + std::to_string(version_) + ",\"as_of\":\"" + now.to_string() + "\"," +
             shared.json + ",\"users\":" + dump(people) + "}\n";
  out.etag = '"' + hash_token(shared.json + dump(stable)).substr(0, 32) + '"';
  return out;
}

void Snapshots::listen(const std::string& desktop, const net::Exchange& exchange) {
  exchange->start_events();
  if (!exchange->open()) return;
  if (listeners_.count(desktop) >= most_streams) {
    const net::Exchange oldest = listeners_.lower_bound(desktop)->second;
    oldest->close();
  }
  const auto place = listeners_.emplace(desktop, exchange);
  exchange->on_closed = [this, place] { listeners_.erase(place); };
  tell(exchange);  // what changed while nobody listened
}

void Snapshots::tell(const net::Exchange& exchange) const {
  exchange->send_event({}, "snapshot", "{\"version\":" + std::to_string(version_) + "}");
}

void Snapshots::changed(Timestamp now) {
  version_ = std::max(version_ + 1, now.ms);
  shared_.clear();
  std::vector<net::Exchange> all;
  for (const auto& [desktop, exchange] : listeners_) all.push_back(exchange);
  for (const net::Exchange& exchange : all) tell(exchange);  // may close some
}

void Snapshots::users_changed(const std::set<std::string>& users, Timestamp now) {
  version_ = std::max(version_ + 1, now.ms);
  std::set<std::string> desktops;
  for (const std::string& user : users) {
    const auto& of_user = desktops_.desktops_of(user);
    desktops.insert(of_user.begin(), of_user.end());
  }
  std::vector<net::Exchange> some;
  for (const std::string& desktop : desktops) {
    const auto [from, to] = listeners_.equal_range(desktop);
    for (auto it = from; it != to; ++it) some.push_back(it->second);
  }
  for (const net::Exchange& exchange : some) tell(exchange);
}

void Snapshots::cut(const std::string& desktop) {
  const auto [from, to] = listeners_.equal_range(desktop);
  std::vector<net::Exchange> some;
  for (auto it = from; it != to; ++it) some.push_back(it->second);
  for (const net::Exchange& exchange : some) exchange->close();
}

}  // namespace printrouter::server
