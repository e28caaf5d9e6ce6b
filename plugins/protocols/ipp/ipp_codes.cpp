// SPDX-License-Identifier: Apache-2.0
#include "ipp_codes.hpp"

#include <array>

namespace printrouter::ipp {

namespace {

constexpr std::array success_names{"successful-ok",
                                   "successful-ok-ignored-or-substituted-attributes",
                                   "successful-ok-conflicting-attributes",
                                   "successful-ok-ignored-subscriptions",
                                   "",
                                   "successful-ok-too-many-events",
                                   "",
                                   "successful-ok-events-complete"};
constexpr std::array client_names{"client-error-bad-request",
                                  "client-error-forbidden",
                                  "client-error-not-authenticated",
                                  "client-error-not-authorized",
                                  "client-error-not-possible",
                                  "client-error-timeout",
                                  "client-error-not-found",
                                  "client-error-gone",
                                  "client-error-request-entity-too-large",
                                  "client-error-request-value-too-long",
                                  "client-error-document-format-not-supported",
                                  "client-error-attributes-or-values-not-supported",
                                  "client-error-uri-scheme-not-supported",
                                  "client-error-charset-not-supported",
                                  "client-error-conflicting-attributes",
                                  "client-error-compression-not-supported",
                                  "client-error-compression-error",
                                  "client-error-document-format-error",
                                  "client-error-document-access-error",
                                  "client-error-attributes-not-settable",
                                  "client-error-ignored-all-subscriptions",
                                  "client-error-too-many-subscriptions",
                                  "",
                                  "",
                                  "client-error-document-password-error",
                                  "client-error-document-permission-error",
                                  "client-error-document-security-error",
                                  "client-error-document-unprintable-error",
                                  "client-error-account-info-needed",
                                  "client-error-account-closed",
                                  "client-error-account-limit-reached",
                                  "client-error-account-authorization-failed",
                                  "client-error-not-fetchable"};
constexpr std::array server_names{
    "server-error-internal-error",         "server-error-operation-not-supported",
    "server-error-service-unavailable",    "server-error-version-not-supported",
    "server-error-device-error",           "server-error-temporary-error",
    "server-error-not-accepting-jobs",     "server-error-busy",
    "server-error-job-canceled",           "server-error-multiple-document-jobs-not-supported",
    "server-error-printer-is-deactivated", "server-error-too-many-jobs",
    "server-error-too-many-documents"};

std::string hex(uint16_t code) {
  std::string out = "0x0000";
  for (size_t i = 0; i < 4; ++i) out[5 - i] = "0123456789abcdef"[code >> (4 * i) & 0xf];
  return out;
}

template <class Names>
std::string pick(const Names& names, size_t index, const char* family, uint16_t code) {
  if (index < names.size() && *names[index]) return names[index];
  return family + hex(code);
}

}  // namespace

std::string status_name(uint16_t status) {
  const size_t index = status & 0xff;
  switch (status >> 8) {
    case 0:
      return pick(success_names, index, "successful-", status);
    case 4:
      return pick(client_names, index, "client-error-", status);
    case 5:
      return pick(server_names, index, "server-error-", status);
    default:
      return "status-" + hex(status);
  }
}

std::string operation_name(uint16_t operation) {
  switch (operation) {
    case op_print_job:
      return "Print-Job";
    case op_validate_job:
      return "Validate-Job";
    case op_create_job:
      return "Create-Job";
    case op_send_document:
      return "Send-Document";
    case op_cancel_job:
      return "Cancel-Job";
    case op_get_job_attributes:
      return "Get-Job-Attributes";
    case op_get_jobs:
      return "Get-Jobs";
    case op_get_printer_attributes:
      return "Get-Printer-Attributes";
    case op_cancel_my_jobs:
      return "Cancel-My-Jobs";
    case op_close_job:
      return "Close-Job";
    case op_identify_printer:
      return "Identify-Printer";
    default:
      return "operation-" + hex(operation);
  }
}

}  // namespace printrouter::ipp
