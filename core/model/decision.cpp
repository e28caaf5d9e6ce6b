// SPDX-License-Identifier: Apache-2.0
#include "model/decision.hpp"

namespace printrouter {

std::string_view to_string(Carry value) {
  switch (value) {
    case Carry::lost:
      return "lost";
    case Carry::ipp:
      return "ipp";
    case Carry::pjl:
      return "pjl";
    case Carry::lpr:
      return "lpr";
    case Carry::in_document:
      return "in-document";
    case Carry::host_copies:
      return "host-copies";
  }
  return "lost";
}

std::string_view to_string(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::to_server:
      return "to-server";
    case DecisionKind::to_device:
      return "to-device";
    case DecisionKind::ask:
      return "ask";
    case DecisionKind::hold:
      return "hold";
    case DecisionKind::refuse:
      return "refuse";
  }
  return "hold";
}

}  // namespace printrouter
