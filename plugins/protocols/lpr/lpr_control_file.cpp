// SPDX-License-Identifier: Apache-2.0
#include "lpr_control_file.hpp"

#include <printrouter/text.hpp>

#include <algorithm>

namespace printrouter::lpr {
namespace {

// RFC 1179 section 7.17 and after; k is the Kerberos variant of BSD, z a palladium file.
constexpr std::string_view print_letters = "cdfgklnoprtvz";
constexpr size_t max_host = 31, max_user = 31, max_job_name = 99,
                 max_source_name = 131;  // RFC 1179 section 7
constexpr size_t max_name_host = 15;     // host part of a file name, as BSD and CUPS cut it
constexpr int max_copies = 999;

void take_source_name(ControlFile& control, std::string& pending, std::string name) {
  // BSD puts N behind the print line that it belongs to, others put it before.
  if (!control.files.empty() && control.files.back().source_name.empty() && pending.empty())
    control.files.back().source_name = std::move(name);
  else
    pending = std::move(name);
}

void take_print_line(ControlFile& control, std::string& pending, char letter, std::string_view file) {
  if (file.empty()) {
    control.error = std::string("print line '") + letter + "' without a file name";
    return;
  }
  auto known = std::find_if(control.files.begin(), control.files.end(),
                            [file](const PrintedFile& printed) { return printed.file == file; });
  if (known != control.files.end()) {
    if (++known->copies > max_copies) control.error = "more than 999 copies";
    return;
  }
  if (control.files.size() == max_data_files) {
    control.error = "more than 100 data files";
    return;
  }
  control.files.push_back({std::string(file), std::move(pending), letter, 1});
  pending.clear();
}

/// Letters, digits, '.', '-' and '_': what every spooler takes in a file name.
std::string name_safe(std::string_view text, size_t max) {
  std::string out;
  for (char c : text.substr(0, max)) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    out += safe ? c : '-';
  }
  return out.empty() ? "localhost" : out;
}

/// The title, and behind it the uuid by which the target's own log can be matched with ours.
std::string job_name(std::string_view title, std::string_view uuid) {
  if (uuid.empty()) return sdk::one_line(title, max_job_name);
  const std::string shown = sdk::one_line(title, max_job_name - uuid.size() - 1);
  return shown.empty() ? std::string(uuid) : shown + ' ' + std::string(uuid);
}

}  // namespace

const PrintedFile* ControlFile::find(std::string_view file) const {
  for (const PrintedFile& printed : files)
    if (printed.file == file) return &printed;
  return nullptr;
}

std::string ControlFile::name() const {
  if (!job_name.empty()) return job_name;
  for (const PrintedFile& printed : files)
    if (!printed.source_name.empty()) return printed.source_name;
  return title;
}

ControlFile parse_control_file(std::string_view text) {
  ControlFile control;
  std::string pending;
  while (!text.empty() && control.error.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.front() == '\0') continue;
    if (line.size() > max_control_line) {
      control.error = "line longer than 1024 bytes";
      break;
    }
    const char letter = line.front();
    const std::string_view operand = line.substr(1);
    const auto words = [operand] { return sdk::one_line(operand, 255); };
    switch (letter) {
      case 'H':
        control.host = words();
        break;
      case 'P':
        control.user = words();
        break;
      case 'J':
        control.job_name = words();
        break;
      case 'C':
        control.class_name = words();
        break;
      case 'T':
        control.title = words();
        break;
      case 'M':
        control.mail_to = words();
        break;
      case 'L':
        control.banner = true;
        break;
      case 'N':
        take_source_name(control, pending, words());
        break;
      default:
        if (print_letters.find(letter) != std::string_view::npos)
          take_print_line(control, pending, letter, operand);
        break;  // U, W, I, S, 1..4 and vendors' own: nothing in them changes how we print
    }
  }
  if (control.error.empty() && control.files.empty()) control.error = "names no data file";
  for (const PrintedFile& printed : control.files)
    if (control.error.empty() && printed.copies != control.files.front().copies)
      control.error = "prints its files in different numbers of copies";
  return control;
}

OutgoingJob build_job(const pr_send_request& request, unsigned number) {
  using sdk::view;
  const std::string digits = std::to_string(1000 + number % 1000).substr(1);
  const std::string tail = 'A' + digits + name_safe(view(request.local_host), max_name_host);
  OutgoingJob job{"df" + tail, "cf" + tail, {}};

  char print_letter = 'l';  // the file as it is, control characters left in
  std::string overridden;
  const sdk::Attributes extra(request.extra);
  for (const pr_attr& line : extra) {
    const std::string_view name = view(line.name);
    if (name.size() != 1 || name == "U" || name == "N") continue;
    if (print_letters.find(name.front()) != std::string_view::npos)
      print_letter = name.front();
    else
      overridden += name;
  }
  const auto add = [&](char letter, const std::string& operand) {
    if (overridden.find(letter) == std::string::npos) job.control_file += letter + operand + '\n';
  };
  const std::string user = sdk::one_line(view(request.user), max_user);
  add('H', sdk::one_line(name_safe(view(request.local_host), max_host), max_host));
  add('P', user.empty() ? "anonymous" : user);
  add('J', job_name(view(request.title), view(request.job_uuid)));
  for (const pr_attr& line : extra) {
    const std::string_view name = view(line.name);
    if (name.size() == 1 && overridden.find(name) != std::string::npos)
      job.control_file += name.front() + sdk::one_line(view(line.text), max_control_line - 2) + '\n';
  }
  const int64_t copies =
      std::clamp<int64_t>(sdk::Attributes(request.ticket).integer("copies", 1), 1, max_copies);
  for (int64_t copy = 0; copy < copies; ++copy) job.control_file += print_letter + job.data_name + '\n';
  job.control_file += 'U' + job.data_name + '\n';
  const std::string source = sdk::one_line(view(request.title), max_source_name);
  if (!source.empty()) job.control_file += 'N' + source + '\n';
  return job;
}

}  // namespace printrouter::lpr
