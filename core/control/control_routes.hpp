// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What each path of the control API does. For the .cpp files of this folder only.
#include "control/control_api.hpp"
#include "control/error_words.hpp"
#include "net/http_server.hpp"

namespace printrouter::control {
using net::Exchange;
using net::HttpExchange;

struct ControlContext {
  net::IoContext& io;
  RouterServices services;
  Router& router;
  Daemon daemon;
  Actor actor_of(const HttpExchange& exchange) const;
};

unsigned http_status(ErrorCode code);
std::string error_body(const SaidError& error);
void reply_error(const Exchange& exchange, const Error& error);
void reply_error(const Exchange& exchange, const SaidError& error);

/// Answers every request but the two below.
void handle(ControlContext& context, const Exchange& exchange);
/// /v1/ledger…, POST /v1/enrol: administrators only, which the caller has checked.
void ledger_routes(ControlContext& context, const Exchange& exchange, const std::vector<std::string>& parts);
void enrol(ControlContext& context, const Exchange& exchange);
/// POST /v1/jobs: the body is the document, taken into the spool as it arrives.
void take_job(ControlContext& context, const Exchange& exchange);

}  // namespace printrouter::control
