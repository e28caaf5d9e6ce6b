// SPDX-License-Identifier: Apache-2.0
#include "http_verdict.hpp"

#include <printrouter/abi/server.h>

#include "json_text.hpp"

namespace printrouter::http_server {
namespace {

/// IPP's job-state for a state of docs/openapi/server.yaml (ServerJob).
int64_t job_state(std::string_view state) {
  if (state == "completed") return 9;
  if (state == "aborted" || state == "voided") return 8;
  if (state == "canceled") return 7;
  if (state == "held") return 4;
  if (state == "sending" || state == "confirming" || state == "unknown") return 5;
  return state == "pending" ? 3 : 0;
}

Verdict refused(uint32_t kind, std::string name, std::string_view body, const char* otherwise) {
  return {kind, false, json_text_at(body, "error.code").value_or(std::move(name)),
          json_text_at(body, "error.message").value_or(otherwise)};
}

}  // namespace

Verdict verdict_of(uint32_t operation, uint32_t status, std::string_view body, Sent sent) {
  const std::string name = "http-" + std::to_string(status);
  if (operation == PR_SERVER_PROBE) {
    if (status >= 200 && status < 300) return {PR_OUTCOME_DELIVERED, false, "ready", ""};
    if (status == 503) return refused(PR_OUTCOME_NOT_SENT, name, body, "The server is not ready.");
    return {PR_OUTCOME_STOP_TARGET, false, name, "There is no management server at this address."};
  }
  if (operation == PR_SERVER_SNAPSHOT && status == 304)
    return {PR_OUTCOME_DELIVERED, false, "not-modified", ""};
  if (status >= 200 && status < 300) {
    Verdict out{PR_OUTCOME_DELIVERED, false,
                status == 200 && operation == PR_SERVER_DELIVER ? "already-there" : "accepted", ""};
    if (operation == PR_SERVER_QUERY) out.job_state = job_state(json_text_at(body, "state").value_or(""));
    return out;
  }
  if (operation == PR_SERVER_QUERY && status == 404)
    return {PR_OUTCOME_NOT_SENT, false, "job-not-found", "The server does not have this job."};
  switch (status) {
    case 401:
    case 403:
      return refused(PR_OUTCOME_AUTH_REQUIRED, name, body, "The server does not know this desktop's key.");
    case 408:
    case 429:
    case 502:
    case 503:
    case 504: {
      Verdict out = refused(PR_OUTCOME_NOT_SENT, name, body, "The server cannot take it now.");
      // It answered, so it has not kept the document. Its own word ("busy") decides how patient to be.
      if (sent != Sent::nothing) out.kind = PR_OUTCOME_REJECTED;
      out.busy = operation == PR_SERVER_DELIVER;
      return out;
    }
    case 404:
      if (operation != PR_SERVER_DELIVER && operation != PR_SERVER_VOID)
        return {PR_OUTCOME_NOT_SENT, false, name, "The server does not have this part of the interface."};
      break;
    default:
      break;
  }
  if (status >= 400 && status < 500)
    return refused(PR_OUTCOME_REJECTED, name, body, "The server refuses the request.");
  if (status >= 500)  // after the whole document nobody can say what it did with it
    return {sent == Sent::all ? uint32_t{PR_OUTCOME_UNKNOWN} : uint32_t{PR_OUTCOME_NOT_SENT}, false, name,
            json_text_at(body, "error.message").value_or("The server reports an error.")};
  return {PR_OUTCOME_STOP_TARGET, false, name, "There is no management server at this address."};
}

}  // namespace printrouter::http_server
