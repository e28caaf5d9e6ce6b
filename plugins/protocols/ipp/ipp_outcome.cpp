// SPDX-License-Identifier: Apache-2.0
#include "ipp_outcome.hpp"

#include "http_head.hpp"
#include "ipp_codes.hpp"

namespace printrouter::ipp {

namespace {

/// The target answers, but takes no jobs now. Without a document byte on the way this is no verdict on the
/// job.
Verdict cannot_now(std::string reason, std::string text, Sent sent) {
  return {sent == Sent::nothing ? uint32_t{PR_OUTCOME_NOT_SENT} : uint32_t{PR_OUTCOME_REJECTED}, true,
          std::move(reason), std::move(text)};
}

/// The target failed at something. After the whole document had arrived nobody can say what it did with it.
Verdict broken(std::string reason, std::string text, Sent sent) {
  uint32_t kind = PR_OUTCOME_NOT_SENT;
  if (sent == Sent::some) kind = PR_OUTCOME_REJECTED;
  if (sent == Sent::all) kind = PR_OUTCOME_UNKNOWN;
  return {kind, false, std::move(reason), std::move(text)};
}

}  // namespace

Verdict verdict_of_ipp(uint16_t status, Sent sent) {
  std::string name = status_name(status);
  switch (status) {
    case client_error_not_authenticated:
    case 0x041c:  // client-error-account-info-needed
      return {PR_OUTCOME_AUTH_REQUIRED, false, std::move(name), "The printer wants to know who prints."};
    case client_error_forbidden:
    case client_error_not_authorized:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer does not permit this user to print."};
    case 0x041d:
    case 0x041e:
    case 0x041f:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer refuses the account."};
    case client_error_not_possible:
    case server_error_service_unavailable:
    case server_error_temporary_error:
    case server_error_device_error:
    case server_error_busy:
    case server_error_printer_is_deactivated:
    case server_error_too_many_jobs:
      return cannot_now(std::move(name), "The printer cannot take jobs now.", sent);
    case server_error_not_accepting_jobs:
      return cannot_now(std::move(name), "The printer does not accept jobs.", sent);
    case server_error_internal_error:
      return broken(std::move(name), "The printer reports an internal error.", sent);
    case server_error_job_canceled:
      return {PR_OUTCOME_CANCELLED, false, std::move(name), "The job was cancelled at the printer."};
    case client_error_document_format_not_supported:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer cannot print this kind of document."};
    case client_error_attributes_or_values_not_supported:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer cannot do what the job asks for."};
    default:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer refuses the job."};
  }
}

Verdict verdict_of_http(uint32_t status, Sent sent) {
  std::string name = "http-" + std::to_string(status);
  switch (status) {
    case 401:
    case 407:
      return {PR_OUTCOME_AUTH_REQUIRED, false, std::move(name),
              "The printer wants a user name and password."};
    case 404:
      return {PR_OUTCOME_REJECTED, false, std::move(name),
              "There is no printer at this path; check the port's queue."};
    case 413:
      return {PR_OUTCOME_REJECTED, false, std::move(name), "The document is larger than the printer takes."};
    case 426:
      return {PR_OUTCOME_REJECTED, false, std::move(name),
              "The printer wants an encrypted connection; set tls."};
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return cannot_now(std::move(name), "The printer's web server cannot take jobs now.", sent);
    default:
      break;
  }
  if (status >= 500) return broken(std::move(name), "The printer's web server reports an error.", sent);
  if (status >= 400) return {PR_OUTCOME_REJECTED, false, std::move(name), "The printer refuses the request."};
  return {PR_OUTCOME_REJECTED, false, std::move(name),
          "The printer does not answer with IPP; check the port."};
}

}  // namespace printrouter::ipp
