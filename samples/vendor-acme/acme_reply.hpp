// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/vendor.hpp>

namespace acme {

/// Acme devices end a job with one line on the connection it came in by: "ACME-OK pages=12" or "ACME-ERR 17
/// ...".
void interpret_reply(const pr_device_reply& reply, pr_interpretation& out,
                     const printrouter::sdk::Sink& sink);

}  // namespace acme
