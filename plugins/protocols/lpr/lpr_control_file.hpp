// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The control file of RFC 1179 section 7: lines of one letter and an operand that say whose job it is, what
/// it is called and which data files it prints.
#include <printrouter/protocol.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace printrouter::lpr {

/// A data file that the control file prints, in the order of its first print line.
struct PrintedFile {
  std::string file;         ///< "dfA001host"
  std::string source_name;  ///< N line: the name of the user's own file; empty if not said
  char format = 'l';        ///< the letter of its print line
  int copies = 0;           ///< how many print lines name it
};

struct ControlFile {
  std::string host;        ///< H
  std::string user;        ///< P
  std::string job_name;    ///< J
  std::string class_name;  ///< C
  std::string title;       ///< T: heading of pages set by pr
  std::string mail_to;     ///< M
  bool banner = false;     ///< L
  std::vector<PrintedFile> files;
  std::string error;  ///< why it cannot be honoured; empty if it can

  const PrintedFile* find(std::string_view file) const;
  /// J, else the first N, else T.
  std::string name() const;
  /// The number of times that each file is printed.
  int copies() const { return files.empty() ? 1 : files.front().copies; }
};

inline constexpr size_t max_control_file = 64 * 1024;
inline constexpr size_t max_control_line = 1024;
inline constexpr size_t max_data_files = 100;

/// Reads all lines that exist. Lines of unknown letters are skipped, as RFC 1179 has vendors add their own.
ControlFile parse_control_file(std::string_view text);

/// Names and control file of one job that is sent.
struct OutgoingJob {
  std::string data_name;     ///< "dfA123desktop"
  std::string control_name;  ///< "cfA123desktop"
  std::string control_file;
};

/// `number` 0..999 names the job at the server; it must not repeat while an earlier job may still be there.
OutgoingJob build_job(const pr_send_request& request, unsigned number);

}  // namespace printrouter::lpr
