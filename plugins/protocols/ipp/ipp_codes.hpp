// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Operation ids and status codes (RFC 8011 sections 5.4.15 and B.1, PWG 5100.x) with their registered names.
#include <cstdint>
#include <string>

namespace printrouter::ipp {

enum Operation : uint16_t {
  op_print_job = 0x0002,
  op_validate_job = 0x0004,
  op_create_job = 0x0005,
  op_send_document = 0x0006,
  op_cancel_job = 0x0008,
  op_get_job_attributes = 0x0009,
  op_get_jobs = 0x000a,
  op_get_printer_attributes = 0x000b,
  op_cancel_my_jobs = 0x0039,
  op_close_job = 0x003b,
  op_identify_printer = 0x003c
};

enum Status : uint16_t {
  successful_ok = 0x0000,
  successful_ok_ignored = 0x0001,  ///< ignored-or-substituted-attributes
  successful_ok_conflicting = 0x0002,
  client_error_bad_request = 0x0400,
  client_error_forbidden = 0x0401,
  client_error_not_authenticated = 0x0402,
  client_error_not_authorized = 0x0403,
  client_error_not_possible = 0x0404,
  client_error_timeout = 0x0405,
  client_error_not_found = 0x0406,
  client_error_gone = 0x0407,
  client_error_request_entity_too_large = 0x0408,
  client_error_request_value_too_long = 0x0409,
  client_error_document_format_not_supported = 0x040a,
  client_error_attributes_or_values_not_supported = 0x040b,
  client_error_uri_scheme_not_supported = 0x040c,
  client_error_charset_not_supported = 0x040d,
  client_error_conflicting_attributes = 0x040e,
  client_error_compression_not_supported = 0x040f,
  client_error_compression_error = 0x0410,
  client_error_document_format_error = 0x0411,
  server_error_internal_error = 0x0500,
  server_error_operation_not_supported = 0x0501,
  server_error_service_unavailable = 0x0502,
  server_error_version_not_supported = 0x0503,
  server_error_device_error = 0x0504,
  server_error_temporary_error = 0x0505,
  server_error_not_accepting_jobs = 0x0506,
  server_error_busy = 0x0507,
  server_error_job_canceled = 0x0508,
  server_error_multiple_document_jobs_not_supported = 0x0509,
  server_error_printer_is_deactivated = 0x050a,
  server_error_too_many_jobs = 0x050b,
  server_error_too_many_documents = 0x050c
};

constexpr bool is_success(uint16_t status) {
  return status < 0x0100;
}

/// The registered name ("client-error-not-found"); of a code without one "client-error-0x04ff" and the like.
std::string status_name(uint16_t status);
/// "Print-Job"; of an id without a name "operation-0x4001".
std::string operation_name(uint16_t operation);

}  // namespace printrouter::ipp
