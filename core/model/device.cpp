// SPDX-License-Identifier: Apache-2.0
#include "model/device.hpp"

namespace printrouter {

std::string_view to_string(PortClass value) {
  switch (value) {
    case PortClass::unstated:
      return "unstated";
    case PortClass::plain:
      return "plain";
    case PortClass::device_spooling:
      return "device-spooling";
  }
  return "unstated";
}

std::string_view to_string(CountedBy value) {
  switch (value) {
    case CountedBy::unknown:
      return "unknown";
    case CountedBy::device:
      return "device";
    case CountedBy::server:
      return "server";
    case CountedBy::client:
      return "client";
  }
  return "unknown";
}

std::string Port::label() const {
  std::string out = protocol;
  if (tls == Tls::from_start) out += 's';
  out += ':' + std::to_string(port);
  if (!queue.empty()) out += (queue.front() == '/' ? "" : "/") + queue;
  return out;
}

}  // namespace printrouter
