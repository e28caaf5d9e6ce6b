// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "device.hpp"
#include "socket_stream.hpp"

namespace simulator {

struct ControlContext {
  Device* device = nullptr;
  nlohmann::json ready;  // the ready line, answered at GET /
  std::function<nlohmann::json()> describe_ports;
  // Waits until every port has taken notice of the last change.
  std::function<void()> settle;
};

void serve_control(ControlContext& context, Stream& stream);

}  // namespace simulator
