// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Device model files (vendors/schema/device-model.schema.json): what is true of every device of one model.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_load.hpp"
#include "model/device.hpp"

namespace printrouter {

struct DeviceModel {
  std::string maker, model;
  std::vector<std::string> names = {};  ///< as devices report themselves
  std::string sys_object_id = {};
  /// By their names in the file: a list as several values, a structure flattened ("counters.printed-total").
  Attributes facts = {};
  std::vector<Port> ports = {};
  std::map<std::string, std::string, std::less<>> confidence =
      {};                                                       ///< fact -> documented | observed | inferred
  std::map<std::string, std::string, std::less<>> source = {};  ///< fact -> title of its first source
  std::string file = {};
};

struct ModelResult {
  std::vector<DeviceModel> models = {};
  ConfigFindings findings = {};
};
/// One model file. Unknown facts are warnings: newer files serve older programs.
ModelResult parse_device_model(std::string_view text, const std::string& name);

/// All models of some folders. Lookups ignore case, blanks and the maker's name in front.
class ModelLibrary {
 public:
  /// Takes every *.json directly in each folder, in the order of their names; damaged files are left out and
  /// named. No folder: those of the installation the running program belongs to.
  static ModelLibrary load(const std::vector<std::string>& folders, ConfigFindings* findings);
  void add(DeviceModel model);
  /// nullptr: no file for it. `maker` may be empty.
  const DeviceModel* find(std::string_view maker, std::string_view model) const;
  const std::vector<DeviceModel>& models() const { return models_; }

 private:
  std::vector<DeviceModel> models_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace printrouter
