// SPDX-License-Identifier: Apache-2.0
#include <printrouter/text.hpp>

#include "fuzz_input.hpp"
#include "lpr_control_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lpr::ControlFile control = lpr::parse_control_file(text);
  fuzz::require(control.files.size() <= lpr::max_data_files);
  for (const std::string* word : {&control.user, &control.host, &control.job_name, &control.title})
    fuzz::require(sdk::is_utf8(*word) && word->find('\n') == std::string::npos);
  if (control.error.empty()) fuzz::require(control.copies() >= 1 && control.copies() <= 999);

  // What we make of any user and title is a control file that says just these.
  pr_send_request request{};
  request.user = request.title = request.local_host = sdk::str(text);
  const lpr::OutgoingJob job = lpr::build_job(request, static_cast<unsigned>(size));
  const lpr::ControlFile back = lpr::parse_control_file(job.control_file);
  fuzz::require(back.error.empty() && back.files.size() == 1 && back.files[0].file == job.data_name);
  fuzz::require(!back.user.empty());
  return 0;
}
