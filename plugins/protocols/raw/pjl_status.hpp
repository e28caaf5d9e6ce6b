// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a device says on the PJL back channel (HP, "Printer Job Language Technical Reference Manual",
/// chapters "Status Readback" and "Device Attendance"): messages "@PJL ...<CR><LF>KEY=value<CR><LF>...<FF>".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace printrouter::raw {

struct PjlMessage {
  enum class Kind { echo, info_status, device, job, page, timed, other };
  enum class JobEvent { none, start, end, cancelled };
  Kind kind = Kind::other;
  JobEvent job_event = JobEvent::none;
  std::string echo;      ///< ECHO: the words that came back
  std::string display;   ///< what the panel shows; untrusted
  std::string name;      ///< JOB: its name
  std::string text;      ///< the whole message as it came; untrusted
  int64_t code = 0;      ///< status code, 0 if none
  int64_t pages = -1;    ///< JOB END: pages as the device counted, -1 if not said
  bool offline = false;  ///< ONLINE=FALSE

  /// The device waits for a person: no paper, cover open, jam, off line. It will go on by itself afterwards.
  bool waits_for_person() const;
  /// A hardware fault that needs service (50xxx).
  bool broken() const { return code >= 50000 && code < 51000; }
};

/// Reads messages out of a byte stream cut anywhere. Memory is bounded: what is longer than `max_message` is
/// dropped up to the next form feed.
class PjlReader {
 public:
  static constexpr size_t max_message = 8192;
  /// Takes all of `bytes` up to the end of the first complete message; `*used` says how many that were.
  std::optional<PjlMessage> feed(std::string_view bytes, size_t* used);
  bool overflowed() const { return overflowed_; }

 private:
  std::string pending_;
  bool dropping_ = false;
  bool overflowed_ = false;
};

/// One message without its form feed.
PjlMessage parse_pjl_message(std::string_view text);

}  // namespace printrouter::raw
