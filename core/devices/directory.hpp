// SPDX-License-Identifier: Apache-2.0
#pragma once
/// All devices this desktop knows, with the facts of their models, and the groups of the profile. Immutable:
/// a reload builds a new one. Lookups by id are O(1); 10,000 devices cost about 10 MB. Any thread.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "config/config_load.hpp"
#include "devices/device_model.hpp"
#include "model/device.hpp"

namespace printrouter {

class Directory {
 public:
  Directory() = default;
  Directory(const Directory&) = delete;  // groups point into devices
  Directory& operator=(const Directory&) = delete;

  /// Joins entries with the facts of their models. Findings: unknown members of groups, ids given twice,
  /// models without a file, a port whose class the model file knows otherwise.
  static std::shared_ptr<const Directory> build(const Config& config, const ModelLibrary& models,
                                                ConfigFindings* findings);

  const Device* find(std::string_view id) const;
  std::span<const Device> devices() const { return devices_; }
  /// nullptr: no such group. Members that are no devices have been left out (and named at build).
  const std::vector<const Device*>* group(std::string_view name) const;
  /// The devices a profile's target names: its printer, or its group's members.
  std::vector<const Device*> targets(const Profile& profile) const;
  /// The class a model file documents for this port; unstated: none does.
  PortClass documented_class(const Device& device, const Port& port) const;
  /// Whether the ports of the device were stated by the administrator; else they are its model file's.
  bool ports_stated(const Device& device) const;
  /// The same number for devices of this directory that differ in nothing but id, name, place and address:
  /// what rules say of one they say of all.
  std::size_t kind(const Device& device) const { return kinds_[index(device)]; }
  /// Orders the devices of this directory as their names do.
  std::size_t rank(const Device& device) const { return ranks_[index(device)]; }

 private:
  /// `device` is one of devices().
  std::size_t index(const Device& device) const {
    return static_cast<std::size_t>(&device - devices_.data());
  }
  void compare_devices();
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<Device> devices_;
  std::vector<std::vector<Port>> model_ports_;
  std::vector<bool> stated_;
  std::vector<std::size_t> kinds_, ranks_;
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> by_id_;
  std::unordered_map<std::string, std::vector<const Device*>, TextHash, std::equal_to<>> groups_;
};

}  // namespace printrouter
