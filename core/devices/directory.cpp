// SPDX-License-Identifier: Apache-2.0
#include "devices/directory.hpp"

#include <algorithm>
#include <numeric>

namespace printrouter {
namespace {
bool same_way(const Port& a, const Port& b) {
  return a.protocol == b.protocol && a.port == b.port;
}

void note(ConfigFindings* findings, const Config& config, Severity severity, std::string id,
          std::string field, std::string en, std::string de) {
  if (findings)
    findings->push_back(
        {severity, std::move(id), config.file, 0, std::move(field), std::move(en), std::move(de), {}, {}});
}
const std::string& shown_name(const Device& device) {
  return device.name.empty() ? device.id : device.name;
}

/// All that rules may look at, as one text: equal texts, equal devices.
std::string traits(const Device& device, const std::vector<Port>& documented, bool stated) {
  std::string out;
  const auto text = [&](std::string_view value) {
    out.append(std::to_string(value.size())).append(":").append(value);
  };
  const auto number = [&](std::int64_t value) { out.append(std::to_string(value)).append(","); };
  for (const std::string* value : {&device.maker, &device.model, &device.price_list}) text(*value);
  for (const std::vector<Port>* ports : {&device.ports, &documented}) {
    number(static_cast<std::int64_t>(ports->size()));
    for (const Port& port : *ports) {
      text(port.protocol), text(port.queue), number(port.port);
      number(static_cast<std::int64_t>(port.tls)), number(static_cast<std::int64_t>(port.port_class));
    }
  }
  for (const Attributes* attributes : {&device.facts, &device.settings}) {
    number(static_cast<std::int64_t>(attributes->size()));
    for (const Attribute& a : *attributes) {
      text(a.name), text(a.text), number(static_cast<std::int64_t>(a.kind));
      number(a.integer), number(a.upper), number(a.group);
    }
  }
  number(stated);
  return out;
}
}  // namespace

std::shared_ptr<const Directory> Directory::build(const Config& config, const ModelLibrary& models,
                                                  ConfigFindings* findings) {
  auto out = std::make_shared<Directory>();
  out->devices_.reserve(config.devices.size());
  for (std::size_t i = 0; i < config.devices.size(); ++i) {
    const Device& entry = config.devices[i];
    if (out->by_id_.contains(entry.id)) continue;  // the configuration's reader has reported it
    const std::string field = "devices[" + std::to_string(i) + "]";
    Device device = entry;
    std::vector<Port> documented;
    if (const DeviceModel* model = models.find(entry.maker, entry.model)) {
      documented = model->ports;
      device.facts.insert(device.facts.end(), model->facts.begin(), model->facts.end());
      if (device.maker.empty()) device.maker = model->maker;
    } else if (!entry.model.empty()) {
      note(findings, config, Severity::info, "config.model-unknown", field + ".model",
           "\"" + entry.model + "\" has no model file: what it can do is not known",
           "\"" + entry.model + "\" hat keine Modelldatei: Was es kann, ist nicht bekannt");
    }
    const bool stated = !entry.ports.empty();
    if (!stated) device.ports = documented;
    for (Port& port : device.ports) {
      const auto known = std::ranges::find_if(documented, [&](const Port& d) { return same_way(d, port); });
      if (known == documented.end()) continue;
      if (port.port_class == PortClass::unstated) {
        port.port_class = known->port_class;
      } else if (port.port_class != known->port_class && known->port_class != PortClass::unstated) {
        const std::string said(to_string(port.port_class)), is(to_string(known->port_class));
        note(findings, config, Severity::refusal, "config.class-contradiction", field + ".ports",
             port.label() + " is stated as " + said + ", but the model file documents it as " + is,
             port.label() + " ist als " + said + " angegeben, laut Modelldatei aber " + is);
      }
    }
    out->by_id_.emplace(device.id, out->devices_.size());
    out->devices_.push_back(std::move(device));
    out->model_ports_.push_back(std::move(documented));
    out->stated_.push_back(stated);
  }
  out->compare_devices();
  for (const auto& [name, ids] : config.groups) {
    auto& members = out->groups_[name];
    for (const std::string& id : ids) {
      if (const Device* device = out->find(id)) {
        if (std::ranges::find(members, device) == members.end() || ids.size() > 1000)
          members.push_back(device);
      } else {
        note(findings, config, Severity::warning, "config.group-member-unknown", "groups." + name,
             "has the member \"" + id + "\", which is no device",
             "hat das Mitglied \"" + id + "\", das kein Gerät ist");
      }
    }
    // Large groups: duplicates by sorting, the quadratic search above is for the usual dozen. By name, as
    // they are offered.
    if (ids.size() > 1000) {
      std::ranges::sort(members, {}, [&](const Device* d) { return std::pair(out->rank(*d), d); });
      members.erase(std::unique(members.begin(), members.end()), members.end());
    }
  }
  return out;
}

void Directory::compare_devices() {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < devices_.size(); ++i)
    kinds_.push_back(
        known.emplace(traits(devices_[i], model_ports_[i], stated_[i]), known.size()).first->second);
  std::vector<std::size_t> order(devices_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto name = [this](std::size_t i) -> const std::string& { return shown_name(devices_[i]); };
  std::ranges::sort(order, {}, name);
  ranks_.resize(order.size());
  for (std::size_t i = 1; i < order.size(); ++i)
    ranks_[order[i]] = ranks_[order[i - 1]] + (name(order[i]) != name(order[i - 1]) ? 1 : 0);
}

const Device* Directory::find(std::string_view id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &devices_[it->second];
}

const std::vector<const Device*>* Directory::group(std::string_view name) const {
  const auto it = groups_.find(name);
  return it == groups_.end() ? nullptr : &it->second;
}

std::vector<const Device*> Directory::targets(const Profile& profile) const {
  if (!profile.printer.empty()) {
    const Device* device = find(profile.printer);
    return device ? std::vector{device} : std::vector<const Device*>{};
  }
  const auto* members = group(profile.group);
  return members ? *members : std::vector<const Device*>{};
}

PortClass Directory::documented_class(const Device& device, const Port& port) const {
  const auto it = by_id_.find(device.id);
  if (it == by_id_.end()) return PortClass::unstated;
  for (const Port& known : model_ports_[it->second])
    if (same_way(known, port)) return known.port_class;
  return PortClass::unstated;
}

bool Directory::ports_stated(const Device& device) const {
  const auto it = by_id_.find(device.id);
  return it != by_id_.end() && stated_[it->second];
}

}  // namespace printrouter
