// SPDX-License-Identifier: Apache-2.0
#include "router/router_types.hpp"

namespace printrouter {

std::string_view to_string(Notification::Kind kind) {
  switch (kind) {
    case Notification::Kind::printed:
      return "printed";
    case Notification::Kind::waiting:
      return "waiting";
    case Notification::Kind::refused:
      return "refused";
    case Notification::Kind::question:
      return "question";
    case Notification::Kind::unknown:
      return "unknown";
    case Notification::Kind::info:
      return "info";
  }
  return "info";
}

std::string_view to_string(Question::State state) {
  switch (state) {
    case Question::State::open:
      return "open";
    case Question::State::answered:
      return "answered";
    case Question::State::withdrawn:
      return "withdrawn";
  }
  return "open";
}

}  // namespace printrouter
