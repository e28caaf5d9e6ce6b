// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/attribute.hpp"

namespace printrouter {

enum class PortClass : std::uint32_t { unstated = 0, plain = 1, device_spooling = 2 };     // PR_PORT_*
enum class CountedBy : std::uint32_t { unknown = 0, device = 1, server = 2, client = 3 };  // PR_COUNTED_*
enum class Tls : std::uint32_t { none = 0, from_start = 1, upgrade = 2 };
std::string_view to_string(PortClass value);
std::string_view to_string(CountedBy value);

/// One way into a device or a server.
struct Port {
  std::string protocol;  ///< "raw", "lpr", "ipp": the name of a protocol plugin
  std::uint16_t port = 0;
  std::string queue = {};  ///< LPR queue or IPP path
  Tls tls = Tls::none;
  PortClass port_class = PortClass::unstated;
  bool operator==(const Port&) const = default;
  /// "raw:9100", "lpr:515/lp", "ipps:631/ipp/print".
  std::string label() const;
};

/// A device of the directory: what is known of the model (facts) and of this one device (settings).
struct Device {
  std::string id;    ///< unique in the directory
  std::string name;  ///< as people call it; defaults to id
  std::string place = {};
  std::string address = {};  ///< host name or IP address
  std::string maker = {};
  std::string model = {};
  std::vector<Port> ports = {};  ///< stated by the administrator or the model file
  Attributes facts = {};     ///< of the model file: "color", "duplex", "media", "languages", "pjl-wrap", ...
  Attributes settings = {};  ///< of the device entry: "terminal-present", "unknown-id-jobs", ...
  std::string price_list = {};
};

}  // namespace printrouter
