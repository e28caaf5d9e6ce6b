// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How jobs, questions, notifications and devices look in the control API (docs/openapi/control.yaml).
/// For the .cpp files of this folder only.
#include <nlohmann/json.hpp>

#include "model/device.hpp"
#include "router/router_types.hpp"

namespace printrouter {
class Directory;
}

namespace printrouter::control {

nlohmann::json view(const Job& job);
nlohmann::json view(const Question& question, const Directory& directory);
nlohmann::json view(const Notification& notification);
nlohmann::json view(const Device& device);
std::string text(const nlohmann::json& value);

}  // namespace printrouter::control
