// SPDX-License-Identifier: Apache-2.0
#include "routing/config_check.hpp"

#include <algorithm>
#include <array>

#include "devices/capabilities.hpp"
#include "routing/judge.hpp"

namespace printrouter {
namespace {
bool same_way(const Port& a, const Port& b) {
  return a.protocol == b.protocol && a.port == b.port;
}

/// One rule a function; `say` gives the finding its file.
struct Check {
  const Config& config;
  const Directory& directory;
  const VendorRules& vendors;
  const InstalledPlugins& installed;
  ConfigFindings findings = {};

  void say(Severity severity, std::string id, std::string field, std::string en, std::string de,
           std::string expected = {}, std::string expected_de = {}) {
    const bool of_profile = field.starts_with("profile.") && !config.profile_file.empty();
    findings.push_back({severity, std::move(id), of_profile ? config.profile_file : config.file, 0,
                        of_profile ? field.substr(8) : std::move(field), std::move(en), std::move(de),
                        std::move(expected), std::move(expected_de)});
  }
  void error(std::string id, std::string field, std::string en, std::string de, std::string expected = {},
             std::string expected_de = {}) {
    say(Severity::refusal, std::move(id), std::move(field), std::move(en), std::move(de), std::move(expected),
        std::move(expected_de));
  }
  void warn(std::string id, std::string field, std::string en, std::string de, std::string expected = {},
            std::string expected_de = {}) {
    say(Severity::warning, std::move(id), std::move(field), std::move(en), std::move(de), std::move(expected),
        std::move(expected_de));
  }
};
constexpr const char* fallback = "profile.printing.fallback.";

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > most) out += ", … (" + std::to_string(names.size()) + ")";
  return out;
}

void target_exists(Check& c) {
  const Profile& p = c.config.profile;
  if (!p.enabled) return;
  if (!p.printer.empty() && !c.directory.find(p.printer))
    c.error("config.target-unknown", std::string(fallback) + "target.printer",
            "names the printer \"" + p.printer + "\", which is no device of the directory",
            "nennt den Drucker \"" + p.printer + "\", der im Geräteverzeichnis fehlt", "the id of a device",
            "die Kennung eines Geräts");
  if (p.printer.empty() && c.directory.targets(p).empty())
    c.error("config.target-unknown", std::string(fallback) + "target.group",
            "names the group \"" + p.group + "\", which has no devices",
            "nennt die Gruppe \"" + p.group + "\", die keine Geräte hat", "a group of \"groups\"",
            "eine Gruppe aus \"groups\"");
  if (p.contact.empty())
    c.warn("config.no-contact", std::string(fallback) + "contact",
           "is not set: refusals cannot say whom to ask",
           "ist nicht angegeben: Ablehnungen können nicht sagen, an wen man sich wendet");
}

void network_manager_needs_spooling(Check& c) {
  const auto contradicts = [](Integration integration, const std::optional<Port>& port) {
    return integration == Integration::kx_driver_network_manager && port &&
           port->port_class != PortClass::device_spooling;
  };
  const Profile& p = c.config.profile;
  const char* en =
      "asks for a plain port, but with the KX driver's Network Manager devices refuse all but "
      "device-spooling ports";
  const char* de =
      "verlangt einen einfachen Anschluss, aber mit dem Network Manager des KX-Treibers lehnen Geräte alle "
      "außer "
      "Geräte-Spooling-Anschlüssen ab";
  if (contradicts(p.integration, p.device_port))
    c.error("config.network-manager-plain-port", std::string(fallback) + "device_port", en, de,
            "class: device-spooling, or integration: none", "class: device-spooling oder integration: none");
  for (std::size_t i = 0; i < p.overrides.size(); ++i) {
    const FallbackOverride& o = p.overrides[i];
    if (!o.integration && !o.device_port) continue;
    if (contradicts(o.integration.value_or(p.integration), o.device_port ? o.device_port : p.device_port))
      c.error("config.network-manager-plain-port",
              std::string(fallback) + "overrides[" + std::to_string(i) + "]", en, de,
              "class: device-spooling, or integration: none",
              "class: device-spooling oder integration: none");
  }
  if (p.enabled && p.integration == Integration::kx_driver_network_manager && !p.device_port) {
    std::vector<std::string> without;
    for (const Device* d : c.directory.targets(p))
      if (std::ranges::none_of(d->ports,
                               [](const Port& q) { return q.port_class == PortClass::device_spooling; }))
        without.push_back(d->id);
    if (!without.empty())
      c.warn("config.network-manager-no-port", std::string(fallback) + "integration",
             "wants device-spooling ports, and these devices have none: " + list_of(without),
             "verlangt Geräte-Spooling-Anschlüsse, und diese Geräte haben keinen: " + list_of(without));
  }
}

/// The profile's one port, against the model files and the members that lack it.
void one_port_fits_all(Check& c, const std::optional<Port>& port, const std::vector<const Device*>& devices,
                       const std::string& field) {
  if (!port) return;
  std::vector<std::string> lacking, contradicting;
  PortClass documented = PortClass::unstated;
  for (const Device* d : devices) {
    const bool has = std::ranges::any_of(d->ports, [&](const Port& p) { return same_way(p, *port); });
    if (!has && c.directory.ports_stated(*d)) lacking.push_back(d->id);
    const PortClass known = c.directory.documented_class(*d, *port);
    if (port->port_class != PortClass::unstated && known != PortClass::unstated &&
        known != port->port_class) {
      contradicting.push_back(d->id);
      documented = known;
    }
  }
  if (!contradicting.empty())
    c.error(
        "config.class-contradiction", field + ".class",
        "says " + std::string(to_string(port->port_class)) + ", but the model file documents " +
            port->label() + " as " + std::string(to_string(documented)) + " for " + list_of(contradicting),
        "sagt " + std::string(to_string(port->port_class)) + ", aber die Modelldatei führt " + port->label() +
            " als " + std::string(to_string(documented)) + " bei " + list_of(contradicting));
  if (lacking.empty()) return;
  const std::string en =
      "names the port " + port->label() + ", which these devices do not have: " + list_of(lacking);
  const std::string de =
      "nennt den Anschluss " + port->label() + ", den diese Geräte nicht haben: " + list_of(lacking);
  if (lacking.size() == devices.size())
    c.error("config.port-missing", field, en, de, "a port that the devices have, or \"by-model\"",
            "ein Anschluss, den die Geräte haben, oder \"by-model\"");
  else
    c.warn("config.port-missing", field, en, de, "\"by-model\", or an override for them",
           "\"by-model\" oder eine Ausnahme für sie");
}

void ports_fit(Check& c) {
  const Profile& p = c.config.profile;
  std::vector<const Device*> rest;
  for (const Device* d : c.directory.targets(p)) {
    const routing::DeviceProfile of(p, *d);
    if (of.port == &p.device_port) rest.push_back(d);
  }
  one_port_fits_all(c, p.device_port, rest, std::string(fallback) + "device_port");
  for (std::size_t i = 0; i < p.overrides.size(); ++i) {
    const FallbackOverride& o = p.overrides[i];
    std::vector<const Device*> hit;
    Profile only;
    only.overrides.push_back(o);
    only.overrides.back().device_port = Port{};
    bool exists = false;
    for (const Device& d : c.directory.devices()) {
      exists = exists || routing::DeviceProfile(only, d).port != &only.device_port;
      const routing::DeviceProfile of(p, d);
      if (of.port == &o.device_port) hit.push_back(&d);
    }
    const std::string field = std::string(fallback) + "overrides[" + std::to_string(i) + "]";
    if (!exists)
      c.warn("config.override-unused", field, "matches no device of the directory",
             "trifft kein Gerät des Verzeichnisses");
    one_port_fits_all(c, o.device_port, hit, field + ".device_port");
  }
}

void release_has_source(Check& c) {
  const Profile& p = c.config.profile;
  const bool wants = p.release_condition == ReleaseCondition::sufficient_balance ||
                     std::ranges::any_of(p.overrides, [](const FallbackOverride& o) {
                       return o.release_condition == ReleaseCondition::sufficient_balance;
                     });
  if (p.enabled && wants && c.config.balances_file.empty())
    c.error("config.no-balance-source", std::string(fallback) + "release_condition",
            "wants a sufficient balance, and there is no source of balances",
            "verlangt ein ausreichendes Guthaben, und es gibt keine Quelle für Guthaben", "balances_file",
            "balances_file");
  const IdentityConfig& identity = c.config.identity;
  if (p.enabled && wants && !identity.accept_asserted && !identity.trusted_spoolers.empty() &&
      !c.config.listeners.empty())
    c.warn("config.asserted-spends-nothing", "identity.accept_asserted",
           "is not set: what the spoolers " + list_of(identity.trusted_spoolers) +
               " bring asserts its user, and will be refused where a balance is needed",
           "ist nicht gesetzt: Was die Spooler " + list_of(identity.trusted_spoolers) +
               " bringen, behauptet seinen Benutzer und wird abgelehnt, wo ein Guthaben nötig ist",
           "true, if what they say of their users may spend a balance",
           "true, wenn auf ihr Wort ein Guthaben ausgegeben werden darf");
  if (p.enabled && (wants || p.outage_ceiling) && c.config.prices_file.empty())
    c.warn("config.no-prices",
           wants ? std::string(fallback) + "release_condition" : std::string(fallback) + "outage_ceiling",
           "needs prices, and there is no price list", "braucht Preise, und es gibt keine Preisliste",
           "prices_file", "prices_file");
}

void server_can_be_probed(Check& c) {
  if (!c.config.server) return;
  const ServerConfig& s = *c.config.server;
  const ProbeConfig& probe = s.probe;
  const bool by_connection = probe.protocol.empty() || probe.protocol == "tcp";
  if (s.protocol == "raw" && (!probe.set() || probe.protocol == "raw" || (by_connection && probe.port == 0)))
    c.error("config.raw-server-probe", "server.probe",
            "is needed: a RAW port cannot be asked whether it takes jobs, and each try may print",
            "wird gebraucht: Ein RAW-Anschluss kann nicht gefragt werden, ob er Aufträge annimmt, und jeder "
            "Versuch "
            "kann drucken",
            "{\"protocol\": \"ipp\", \"lpr\" or \"tcp\", \"host\": …, \"port\": …}",
            "{\"protocol\": \"ipp\", \"lpr\" oder \"tcp\", \"host\": …, \"port\": …}");
  if (s.trust.allow_any && s.tls != Tls::none)
    c.warn("config.trust-any", "server.trust.allow_any", "lets anybody pose as the server",
           "lässt jeden als Server auftreten", "a CA file or pins", "eine CA-Datei oder Pins");
  if (!s.holds_on_arrival && s.truncated == ServerConfig::Truncated::discards && s.protocol == "raw")
    c.warn("config.raw-truncated", "server.truncated",
           "says discards, but RAW has no end marker to tell a whole job by",
           "sagt discards, aber RAW hat kein Endzeichen, an dem ein ganzer Auftrag zu erkennen wäre");
}

void plugins_exist(Check& c) {
  const auto lacks = [](const std::vector<std::string>& names, const std::string& name) {
    return !names.empty() && std::ranges::find(names, name) == names.end();
  };
  for (std::size_t i = 0; i < c.config.listeners.size(); ++i)
    if (const auto& name = c.config.listeners[i].protocol; lacks(c.installed.receivers, name))
      c.error("config.protocol-unknown", "listeners[" + std::to_string(i) + "].protocol",
              "names \"" + name + "\", for which no plugin is installed",
              "nennt \"" + name + "\", wofür kein Plugin eingespielt ist",
              "one of " + list_of(c.installed.receivers), "eines von " + list_of(c.installed.receivers));
  if (c.config.server) {
    if (lacks(c.installed.servers, c.config.server->plugin))
      c.error("config.plugin-unknown", "server.plugin",
              "names \"" + c.config.server->plugin + "\", which is not installed",
              "nennt \"" + c.config.server->plugin + "\", das nicht eingespielt ist",
              "one of " + list_of(c.installed.servers), "eines von " + list_of(c.installed.servers));
    if (lacks(c.installed.protocols, c.config.server->protocol))
      c.error("config.protocol-unknown", "server.protocol",
              "names \"" + c.config.server->protocol + "\", for which no plugin is installed",
              "nennt \"" + c.config.server->protocol + "\", wofür kein Plugin eingespielt ist",
              "one of " + list_of(c.installed.protocols), "eines von " + list_of(c.installed.protocols));
  }
  std::vector<std::string> without;
  for (const Device* d : c.directory.targets(c.config.profile))
    if (std::ranges::any_of(d->ports,
                            [&](const Port& p) { return lacks(c.installed.protocols, p.protocol); }))
      without.push_back(d->id);
  if (!without.empty())
    c.warn("config.protocol-unknown", "devices",
           "have ports of a protocol for which no plugin is installed: " + list_of(without),
           "haben Anschlüsse eines Protokolls, wofür kein Plugin eingespielt ist: " + list_of(without));
}

void listeners_are_safe(Check& c) {
  if (c.config.listeners.empty())
    c.warn("config.no-listener", "listeners", "is empty: jobs come in by \"printrouter print\" only",
           "ist leer: Aufträge kommen nur mit \"printrouter print\" herein");
  for (std::size_t i = 0; i < c.config.listeners.size(); ++i) {
    const ListenerConfig& l = c.config.listeners[i];
    const bool loopback = l.address.starts_with("127.") || l.address == "::1" || l.address == "localhost";
    if (!loopback)
      c.warn("config.listener-open", "listeners[" + std::to_string(i) + "].address",
             "lets other computers send jobs, whose users nobody knows",
             "lässt andere Rechner Aufträge senden, deren Benutzer niemand kennt", "127.0.0.1", "127.0.0.1");
    for (std::size_t j = 0; j < i; ++j) {
      const ListenerConfig& other = c.config.listeners[j];
      if (l.port != 0 && l.port == other.port && l.address == other.address)
        c.error("config.listener-twice", "listeners[" + std::to_string(i) + "].port",
                "is already taken by listeners[" + std::to_string(j) + "]",
                "ist schon von listeners[" + std::to_string(j) + "] belegt");
    }
  }
}

/// Formats that at least one fallback target takes, among those that are asked for.
bool some_target_takes(const Check& c, const std::string& format) {
  const auto targets = c.directory.targets(c.config.profile);
  return std::ranges::any_of(targets, [&](const Device* d) { return takes_format(*d, format) != false; });
}

void formats_reach_paper(Check& c) {
  if (!c.config.profile.enabled || c.directory.targets(c.config.profile).empty()) return;
  for (std::size_t i = 0; i < c.config.listeners.size(); ++i) {
    const ListenerConfig& l = c.config.listeners[i];
    std::vector<std::string> stated = l.formats;
    if (stated.empty() && c.config.server) stated = c.config.server->formats;
    const std::string field = "listeners[" + std::to_string(i) + "].formats";
    if (stated.empty()) {
      if (advertised_formats(c.config, c.directory, l).size() == 1)
        c.error("config.formats-unprintable", field,
                "is empty, and no permitted device takes any usual format",
                "ist leer, und kein erlaubtes Gerät nimmt ein übliches Format");
      continue;
    }
    std::vector<std::string> lost;
    for (const std::string& f : stated)
      if (f != "application/octet-stream" && !some_target_takes(c, f)) lost.push_back(f);
    if (!lost.empty() && lost.size() == stated.size())
      c.error("config.formats-unprintable", field,
              "offers " + list_of(lost) + ", and no permitted device takes any of them",
              "bietet " + list_of(lost) + " an, und kein erlaubtes Gerät nimmt eines davon");
    else if (!lost.empty())
      c.warn("config.formats-unprintable", field,
             "offers " + list_of(lost) + ", which no permitted device takes",
             "bietet " + list_of(lost) + " an, was kein erlaubtes Gerät nimmt");
  }
}

/// Devices that no rule would ever permit, whatever the job. Only of groups that somebody can read a list of:
/// a start must not wait for the judgement of thousands.
void devices_can_be_permitted(Check& c) {
  constexpr std::size_t most = 500;
  if (!c.config.profile.enabled || c.directory.targets(c.config.profile).size() > most) return;
  Job job;
  Profile profile = c.config.profile;
  profile.release_condition = ReleaseCondition::always;
  profile.outage_ceiling.reset();
  profile.untested = Profile::Untested::allow;
  profile.treat_as_private = false;
  for (FallbackOverride& o : profile.overrides) o.release_condition.reset();
  RoutingInput input{job, profile, c.directory, c.vendors};
  input.sender_address = c.config.sender_address;
  std::size_t permitted = 0, all = 0;
  for (const Candidate& candidate : judge_devices(input)) {
    ++all;
    if (candidate.permitted) {
      ++permitted;
      continue;
    }
    const Reason* why = routing::main_refusal(candidate);
    if (why && all <= 20)
      c.warn("config.device-never-permitted", "devices." + candidate.device_id,
             "is never permitted: " + why->en, "wird nie erlaubt: " + why->de);
  }
  if (all > 0 && permitted == 0)
    c.warn("config.none-permitted", std::string(fallback) + "target",
           "has no device that a rule permits as things stand",
           "hat kein Gerät, das die Regeln beim jetzigen Stand erlauben");
}
}  // namespace

ConfigFindings check_config(const Config& config, const Directory& directory, const VendorRules& vendors,
                            const InstalledPlugins& installed) {
  Check check{config, directory, vendors, installed};
  plugins_exist(check);
  listeners_are_safe(check);
  server_can_be_probed(check);
  target_exists(check);
  network_manager_needs_spooling(check);
  ports_fit(check);
  release_has_source(check);
  formats_reach_paper(check);
  devices_can_be_permitted(check);
  return std::move(check.findings);
}

std::vector<std::string> advertised_formats(const Config& config, const Directory& directory,
                                            const ListenerConfig& listener) {
  if (!listener.formats.empty()) return listener.formats;
  static constexpr std::array<const char*, 8> usual = {"application/pdf",
                                                       "image/pwg-raster",
                                                       "image/urf",
                                                       "image/jpeg",
                                                       "application/postscript",
                                                       "application/vnd.hp-PCL",
                                                       "application/vnd.hp-PCLXL",
                                                       "text/plain"};
  std::vector<std::string> out;
  if (config.server && !config.server->formats.empty())
    out = config.server->formats;
  else
    out.assign(usual.begin(), usual.end());
  const auto targets = directory.targets(config.profile);
  if (config.profile.enabled && !targets.empty())
    std::erase_if(out, [&](const std::string& format) {
      return std::ranges::none_of(targets,
                                  [&](const Device* d) { return takes_format(*d, format) != false; });
    });
  if (std::ranges::find(out, "application/octet-stream") == out.end())
    out.emplace_back("application/octet-stream");
  return out;
}

}  // namespace printrouter
