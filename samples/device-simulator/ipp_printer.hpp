// SPDX-License-Identifier: Apache-2.0
// IPP answers about printer and jobs, in libcups' codec.
#pragma once

#include <cups/cups.h>

#include <memory>
#include <string>

#include "device.hpp"

namespace simulator {

struct IppDeleter {
  void operator()(ipp_t* message) const { ippDelete(message); }
};
using IppMessage = std::unique_ptr<ipp_t, IppDeleter>;

// The operations this printer knows.
const std::vector<int>& ipp_operations();
bool format_supported(const Options& options, const std::string& format);
void add_printer_attributes(ipp_t* out, Device& device, const PortIdentity& port, const std::string& uri,
                            const std::vector<std::string>& requested, bool accepting);
// Under the device's lock.
void add_job_attributes(ipp_t* out, const Job& job, const std::string& uri,
                        const std::vector<std::string>& requested);
int ipp_job_state(const Job& job);

}  // namespace simulator
