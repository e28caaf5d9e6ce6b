// SPDX-License-Identifier: Apache-2.0
#include "accounting/booking.hpp"

#include <algorithm>
#include <array>

namespace printrouter::accounting {
namespace {
constexpr std::array<std::string_view, 4> state_names = {"held", "printed", "cancelled", "deleted"};
constexpr std::array<std::string_view, 13> status_names = {
    "awaiting-claim", "awaiting-record", "awaiting-person", "awaiting-owner", "booked",
    "confirmed",      "unconfirmed",     "uncounted",       "device-only",    "not-released",
    "not-printed",    "merged",          "observed"};
constexpr std::array<std::string_view, 3> kind_names = {"job", "record", "window"};

template <class Enum, class Names>
std::optional<Enum> find_name(const Names& names, std::string_view text) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}
}  // namespace

std::string_view to_string(DeviceRecord::State value) {
  return state_names[static_cast<std::size_t>(value)];
}
std::optional<DeviceRecord::State> record_state(std::string_view text) {
  return find_name<DeviceRecord::State>(state_names, text);
}
std::string_view to_string(Status value) {
  return status_names[static_cast<std::size_t>(value)];
}
std::optional<Status> status(std::string_view text) {
  return find_name<Status>(status_names, text);
}
std::string_view to_string(Kind value) {
  return kind_names[static_cast<std::size_t>(value)];
}
std::optional<Kind> kind(std::string_view text) {
  return find_name<Kind>(kind_names, text);
}

bool is_booked(Status value) {
  return value == Status::booked || value == Status::confirmed || value == Status::unconfirmed ||
         value == Status::uncounted || value == Status::device_only;
}

bool is_listed(Status value) {
  return value == Status::unconfirmed || value == Status::uncounted || value == Status::device_only ||
         value == Status::awaiting_person;
}

std::string job_key(const Uuid& job_uuid, int attempt) {
  return "job:" + job_uuid.to_string() + ":" + std::to_string(attempt);
}
std::string record_key(std::string_view device, std::string_view record) {
  return "record:" + std::string(device) + ":" + std::string(record);
}
std::string window_key(std::string_view device, std::string_view window) {
  return "window:" + std::string(device) + ":" + std::string(window);
}

std::string matching_user(std::string_view name) {
  if (const auto domain = name.rfind('\\'); domain != std::string_view::npos) name.remove_prefix(domain + 1);
  name = name.substr(0, name.find('@'));
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

}  // namespace printrouter::accounting
