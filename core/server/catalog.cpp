// SPDX-License-Identifier: Apache-2.0
#include "server/catalog.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <printrouter/text.hpp>

#include "config/field_reader.hpp"
#include "env/random.hpp"
#include "policy/balance.hpp"
#include "routing/config_check.hpp"
#include "server/address_range.hpp"
#include "server/json_detail.hpp"
#include "server/local_users.hpp"
#include "server/server_config.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;

constexpr std::array<std::string_view, 6> names = {"profile", "printer",    "group",
                                                   "user",    "assignment", "prices"};

void check_texts(const JsonNode& node, const std::string& path, const std::string& file,
                 ConfigFindings& findings) {
  for (const JsonNode& item : node.items)
    if (item.kind != JsonNode::Kind::text || item.text.empty())
      findings.push_back({Severity::refusal, "config.type", file, item.line, path,
                          "has a member that is no text", "hat ein Mitglied, das kein Text ist",
                          "a list of texts", "eine Liste von Texten"});
}

void read_texts(FieldReader& in, std::string_view name, std::vector<std::string>& out) {
  if (const JsonNode* node = in.node().member(name); node && node->kind == JsonNode::Kind::array)
    check_texts(*node, in.path_of(name), in.file(), in.findings());
  in.texts(name, out);
}

void read_assignment(FieldReader& in, Assignment& out) {
  in.text("profile", out.profile, true);
  in.number("order", out.order, 0, 1'000'000);
  read_texts(in, "hosts", out.hosts);
  read_texts(in, "ranges", out.ranges);
  for (const std::string& range : out.ranges)
    if (!AddressRange::parse(range))
      in.report(Severity::refusal, "config.value", in.node().member("ranges")->line, "ranges",
                "has \"" + range + "\", which is no address range",
                "hat \"" + range + "\", was kein Adressbereich ist",
                "\"192.0.2.0/24\", \"2001:db8::/32\" or one address",
                "\"192.0.2.0/24\", \"2001:db8::/32\" oder eine Adresse");
  read_texts(in, "user_groups", out.user_groups);
  if (const JsonNode* node = in.take("allowance")) {
    out.allowance = node->kind == JsonNode::Kind::text ? Money::parse(node->text) : std::nullopt;
    if (!out.allowance || *out.allowance < Money{})
      in.report(Severity::refusal, "config.value", node->line, "allowance", "is no amount", "ist kein Betrag",
                "a text like \"5.00\", not below 0", "ein Text wie \"5.00\", nicht unter 0");
  }
  if (in.node().member("allowance_pages"))
    in.number("allowance_pages", out.allowance_pages.emplace(), 0, 1'000'000'000'000);
}

struct User {
  std::string name;
  std::vector<std::string> groups, desktops;
  std::optional<std::map<std::string, std::string>> codes = {};
};

void read_user(FieldReader& in, User& out) {
  in.text("name", out.name);
  read_texts(in, "groups", out.groups);
  read_texts(in, "desktops", out.desktops);
  const JsonNode* codes = in.take("codes");
  in.take("code_names");  // as shown; a client may send back what it got
  if (!codes) return;
  if (codes->kind != JsonNode::Kind::object)
    return in.wrong_type(*codes, "codes", "{\"kyocera-account-code\": \"4711\"}",
                         "{\"kyocera-account-code\": \"4711\"}");
  out.codes.emplace();
  for (const auto& [name, value] : codes->members) {
    if (value.kind == JsonNode::Kind::text && !value.text.empty() && value.text.size() <= 128)
      (*out.codes)[name] = value.text;
    else  // the value itself must not be shown
      in.report(Severity::refusal, "config.type", value.line, "codes." + name, "is no code", "ist kein Code",
                "a text of 1 to 128 characters: a code may begin with 0",
                "ein Text von 1 bis 128 Zeichen: ein Code kann mit 0 beginnen");
  }
}

/// '*' stands for any characters; case does not matter.
bool fits(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*') {
    for (std::size_t i = 0; i <= name.size(); ++i)
      if (fits(pattern.substr(1), name.substr(i))) return true;
    return false;
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return !name.empty() && lower(pattern.front()) == lower(name.front()) &&
         fits(pattern.substr(1), name.substr(1));
}

Error with_place(Error error, const std::string& place) {
  if (error.place.empty() || error.place.starts_with(':')) error.place = place;
  return error;
}
}  // namespace

std::string_view to_string(Kind kind) {
  return names[static_cast<std::size_t>(kind)];
}

std::optional<Kind> resource_kind(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Kind>(i);
  return std::nullopt;
}

Catalog::Catalog(ModelLibrary models, const VendorRules* rules, SecretBox box)
    : models_(std::move(models)), rules_(rules), box_(box) {}

const std::string* Catalog::find(Kind kind, std::string_view id) const {
  const auto found = of(kind).find(id);
  return found == of(kind).end() ? nullptr : &found->second;
}

Result<Checked> Catalog::check(Kind kind, const std::string& id, std::string_view text,
                               const std::string& place) const {
  if (id.empty() || id.size() > 255 || !sdk::is_plain_text(id))
    return fail({ErrorCode::invalid, "is no name", "id", place,
                 "1 to 255 bytes of UTF-8 text without control characters"});
  Checked out;
  ConfigFindings findings;
  const auto refuse = [&]() { return fail(with_place(first_error(findings), place)); };
  JsonNode root;
  if (!parse_json(text, place, root, findings)) return refuse();
  FieldReader in(root, {}, place, findings);
  if (!in.is_object()) return refuse();
  json body = json::parse(text, nullptr, false);
  if (body.is_discarded()) return fail({ErrorCode::invalid, "is no JSON", {}, place, "an object"});
  // What an answer holds beside the resource; a client may send back what it got.
  for (const char* shown : {"id", "warnings"}) {
    body.erase(shown);
    in.take(shown);
  }
  switch (kind) {
    case Kind::profile: {
      ProfileResult read = parse_profile(dump(body), place);
      findings = std::move(read.findings);
      if (!read.profile) return refuse();
      out.warnings = check_profile(*read.profile);
      if (has_errors(out.warnings)) return fail(with_place(first_error(out.warnings), place));
      break;
    }
    case Kind::printer: {
      json entry = body;
      entry["id"] = id;
      DevicesResult read = parse_devices(dump({{"devices", json::array({entry})}}), place);
      findings = std::move(read.findings);
      if (has_errors(findings)) {
        for (ConfigFinding& f : findings)
          if (f.field.starts_with("devices[0].")) f.field.erase(0, 11);
        return refuse();
      }
      break;
    }
    case Kind::group: {
      std::vector<std::string> members;
      std::string comment;
      if (!root.member("members"))
        return fail({ErrorCode::invalid, "is missing", "members", place, "a list of printer ids"});
      read_texts(in, "members", members);
      in.done();
      if (has_errors(findings)) return refuse();
      for (const std::string& member : members)
        if (!find(Kind::printer, member))
          out.warnings.push_back({Severity::warning,
                                  "config.group-member",
                                  place,
                                  0,
                                  "members",
                                  "names \"" + member + "\", which is no printer here",
                                  "nennt \"" + member + "\", was hier kein Drucker ist",
                                  {},
                                  {}});
      break;
    }
    case Kind::user: {
      User user;
      read_user(in, user);
      in.done();
      if (has_errors(findings)) return refuse();
      body.erase("codes");
      body.erase("code_names");
      // Not mentioned: as they were.
      if (user.codes) {
        if (!user.codes->empty()) body["sealed"] = box_.seal(dump(*user.codes));
      } else if (const std::string* before = find(Kind::user, id)) {
        const json old = json::parse(*before, nullptr, false);
        if (old.contains("sealed")) body["sealed"] = old["sealed"];
      }
      break;
    }
    case Kind::assignment: {
      Assignment assignment;
      read_assignment(in, assignment);
      in.done();
      if (has_errors(findings)) return refuse();
      if (!find(Kind::profile, assignment.profile))
        return fail({ErrorCode::invalid, "names \"" + assignment.profile + "\", which is no profile here",
                     "profile", place, "the id of a profile"});
      break;
    }
    case Kind::prices: {
      PriceResult read = parse_prices(dump(body), place);
      findings = std::move(read.findings);
      if (!read.book) return refuse();
      break;
    }
  }
  out.body = dump(body);
  return out;
}

Config Catalog::config_now() const {
  Config config;
  config.file = "server";
  json devices = json::array();
  for (const auto& [id, body] : of(Kind::printer)) {
    json entry = json::parse(body, nullptr, false);
    entry["id"] = id;
    devices.push_back(std::move(entry));
  }
  config.devices = parse_devices(dump({{"devices", std::move(devices)}}), "printers").devices;
  for (const auto& [id, body] : of(Kind::group))
    config.groups[id] = json::parse(body, nullptr, false).value("members", std::vector<std::string>());
  config.balances_file = "server";  // a server is a source of balances
  if (find(Kind::prices, "default")) config.prices_file = "server";
  return config;
}

ConfigFindings Catalog::check_profile(const Profile& profile) const {
  if (!rules_) return {};
  Config config = config_now();
  config.profile = profile;
  ConfigFindings findings = check_config(config, directory(), *rules_, {});
  // The rest concerns a desktop's own file.
  std::erase_if(findings, [](const ConfigFinding& f) {
    return !f.field.starts_with("printing.") && !f.field.starts_with("devices");
  });
  return findings;
}

std::string Catalog::needed_by(Kind kind, std::string_view id) const {
  const auto named = [&](Kind other, auto&& names_it) -> std::string {
    for (const auto& [key, body] : of(other))
      if (names_it(json::parse(body, nullptr, false))) return std::string(to_string(other)) + " " + key;
    return {};
  };
  if (kind == Kind::profile)
    return named(Kind::assignment, [&](const json& a) { return a.value("profile", "") == id; });
  if (kind == Kind::printer) {
    auto found = named(Kind::group, [&](const json& g) {
      const auto members = g.value("members", std::vector<std::string>());
      return std::ranges::find(members, id) != members.end();
    });
    if (!found.empty()) return found;
  }
  if (kind == Kind::printer || kind == Kind::group)
    return named(Kind::profile, [&](const json& p) {
      const json::json_pointer target("/printing/fallback/target");
      return p.contains(target) && p[target].is_object() &&
             p[target].value(kind == Kind::printer ? "printer" : "group", "") == id;
    });
  return {};
}

void Catalog::put(Kind kind, const std::string& id, std::string body) {
  bodies_[static_cast<std::size_t>(kind)][id] = std::move(body);
  ++changes_;
  if (kind == Kind::printer || kind == Kind::group) directory_.reset();
}

void Catalog::remove(Kind kind, std::string_view id) {
  Bodies& bodies = bodies_[static_cast<std::size_t>(kind)];
  if (const auto found = bodies.find(id); found != bodies.end()) bodies.erase(found);
  ++changes_;
  directory_.reset();
}

void Catalog::replace_all(const std::vector<Row>& rows) {
  for (Bodies& bodies : bodies_) bodies.clear();
  for (const Row& row : rows)
    if (const auto kind = resource_kind(row.text(0)))
      bodies_[static_cast<std::size_t>(*kind)][row.text(1)] = row.text(2);
  ++changes_;
  directory_.reset();
}

Assignment Catalog::assignment_of(std::string_view host_name, const std::string& address,
                                  const std::set<std::string>& user_groups) const {
  Assignment best;
  best.order = 1'000'001;
  for (const auto& [id, body] : of(Kind::assignment)) {
    JsonNode root;
    ConfigFindings findings;  // said when it was written
    Assignment a;
    if (!parse_json(body, id, root, findings)) continue;
    FieldReader in(root, {}, id, findings);
    read_assignment(in, a);
    if (a.order >= best.order) continue;
    const bool all = a.hosts.empty() && a.ranges.empty() && a.user_groups.empty();
    if (all || std::ranges::any_of(a.hosts, [&](const std::string& h) { return fits(h, host_name); }) ||
        std::ranges::any_of(a.ranges,
                            [&](const std::string& r) {
                              const auto range = AddressRange::parse(r);
                              return range && range->contains(address);
                            }) ||
        std::ranges::any_of(a.user_groups, [&](const std::string& g) { return user_groups.contains(g); }))
      best = std::move(a);
  }
  return best;
}

std::set<std::string> Catalog::groups_of(std::string_view user) const {
  const std::string* body = find(Kind::user, user);
  if (!body) return {};
  return json::parse(*body, nullptr, false).value("groups", std::set<std::string>());
}

bool Catalog::assigned(std::string_view user, std::string_view host_name) const {
  const std::string* body = find(Kind::user, user);
  if (!body) return false;
  const auto desktops = json::parse(*body, nullptr, false).value("desktops", std::vector<std::string>());
  return std::ranges::any_of(desktops, [&](const std::string& d) { return fits(d, host_name); });
}

Result<std::map<std::string, std::string>> Catalog::codes_of(std::string_view user) const {
  const std::string* body = find(Kind::user, user);
  if (!body) return std::map<std::string, std::string>();
  const json entry = json::parse(*body, nullptr, false);
  if (!entry.contains("sealed")) return std::map<std::string, std::string>();
  const auto open = box_.open_text(entry.value("sealed", ""));
  if (!open) return fail(open.error());
  return json::parse(*open, nullptr, false).get<std::map<std::string, std::string>>();
}

std::string Catalog::shown_user(std::string_view body) const {
  json entry = json::parse(body, nullptr, false);
  if (entry.contains("sealed")) {
    json code_names = json::array();
    if (const auto open = box_.open_text(entry.value("sealed", ""))) {
      const json codes = json::parse(*open, nullptr, false);
      for (const auto& [name, code] : codes.items()) code_names.push_back(name);
    }
    entry["code_names"] = std::move(code_names);
    entry.erase("sealed");
  }
  return dump(entry);
}

std::shared_ptr<const Directory> Catalog::directory_now() const {
  if (!directory_) {
    ConfigFindings findings;  // said when each of them was written
    directory_ = Directory::build(config_now(), models_, &findings);
  }
  return directory_;
}

const Directory& Catalog::directory() const {
  return *directory_now();
}

Status note_audit(Database& db, const std::string& actor, const std::string& action,
                  const std::string& target, const std::string& detail, Timestamp now) {
  const auto done =
      db.execute("INSERT INTO audit (id, at, actor, action, target, detail) VALUES ($1,$2,$3,$4,$5,$6)",
                 {env::system_random().uuid().to_string(), now.ms, actor, action, target, detail});
  return done ? Status() : fail(done.error());
}

Result<std::int64_t> read_revision(Database& db) {
  const auto rows = db.query("SELECT value FROM meta WHERE name = 'revision'");
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(ErrorCode::corrupt, "the database has no revision", "database");
  return rows->front().integer(0);
}

Result<std::int64_t> raise_revision(Database& db) {
  if (const auto done = db.execute("UPDATE meta SET value = value + 1 WHERE name = 'revision'"); !done)
    return fail(done.error());
  return read_revision(db);
}

Result<std::vector<Row>> read_resources(Database& db) {
  return db.query("SELECT kind, id, body FROM resources");
}

Result<std::int64_t> write_resources(Database& db, const std::vector<ResourceWrite>& writes,
                                     const std::string& actor, Timestamp now) {
  std::vector<Values> rows, trail;
  for (const ResourceWrite& w : writes) {
    const std::string kind(to_string(w.kind));
    trail.push_back({env::system_random().uuid().to_string(), now.ms, actor,
                     w.body ? std::string("put ") + kind : "delete " + kind, w.id, std::string()});
    if (w.body) {
      rows.push_back({kind, w.id, *w.body, now.ms});
      continue;
    }
    if (const auto done = db.execute("DELETE FROM resources WHERE kind = $1 AND id = $2", {kind, w.id});
        !done)
      return fail(done.error());
    if (w.kind == Kind::user)
      if (const Status forgotten = forget_local_user(db, w.id); !forgotten) return fail(forgotten.error());
  }
  if (const auto done = db.insert_many(
          "INSERT INTO resources (kind, id, body, changed)", 4, rows,
          "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, changed = excluded.changed");
      !done)
    return fail(done.error());
  if (const auto done = db.insert_many("INSERT INTO audit (id, at, actor, action, target, detail)", 6, trail);
      !done)
    return fail(done.error());
  return raise_revision(db);
}

}  // namespace printrouter::server
