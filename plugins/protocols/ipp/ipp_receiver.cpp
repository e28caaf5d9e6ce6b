// SPDX-License-Identifier: Apache-2.0
// The HTTP side of a receiver's connection. What an operation does is in ipp_receiver_operations.cpp.
#include "ipp_receiver.hpp"

#include "ipp_encoder.hpp"
#include "png_icon.hpp"

#include <printrouter/abi/host.h>

#include <algorithm>
#include <charconv>

namespace printrouter::ipp {

namespace {

constexpr uint32_t read_size = 64 * 1024;
constexpr uint32_t go_ahead_wait_ms = 20;  // for the clients that send nothing at all before 100 Continue
constexpr uint64_t linger_limit = 64 * 1024 * 1024;  // what a client may still send after it was refused

int64_t wall_clock(const sdk::Plugin& plugin) {
  const pr_host* host = plugin.host();
  auto* clock = static_cast<const pr_host_clock*>(host->get_service(host, PR_HOST_CLOCK_ID));
  return clock ? clock->unix_ms(host) / 1000 : 0;
}

}  // namespace

Receiver::Receiver(const sdk::Plugin& plugin, const pr_receive_request& request)
    : Session(&plugin),
      local_host_(sdk::view(request.local_host)),
      local_port_(request.local_port),
      secure_(request.tls != 0),
      loaded_(wall_clock(plugin)) {}

int64_t Receiver::now() const {
  return wall_clock(plugin());
}

void Receiver::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      action.read(read_size);
      break;
    case PR_EVENT_BYTES:
      bytes(event, action);
      break;
    case PR_EVENT_EOF:
      if (phase_ == Phase::lingering || (phase_ == Phase::head && event.bytes.size == 0)) {
        action.done();
      } else {
        plugin().log(PR_LOG_INFO, "client left in the middle of a request");
        action.done(document_began_ ? uint32_t{PR_DONE_KEEP_INCOMPLETE} : 0u);
      }
      break;
    case PR_EVENT_WRITTEN:
      written(action);
      break;
    case PR_EVENT_REPLY:
      replied(event, action);
      break;
    case PR_EVENT_COMMITTED:
      current_job_ = false;
      document_began_ = false;
      if (job_id_ <= 0) job_id_ = static_cast<int64_t>(event.count);
      if (event.attributes.count) created_ = copy(event.attributes);
      respond_job({}, action);
      break;
    case PR_EVENT_REFUSED:
      refused(event, action);
      break;
    case PR_EVENT_PAYLOAD_RECEIVED:
      if (event.count != piece_) {
        plugin().log(PR_LOG_WARNING, "the host stored another number of bytes than it was asked to");
        return static_cast<void>(action.done(PR_DONE_KEEP_INCOMPLETE));
      }
      body_.took(event.count);
      received_ += event.count;
      phase_ = Phase::next_chunk;
      if (const auto piece = body_.next({}); piece.kind == http::BodyReader::Piece::Kind::end)
        return commit(action);
      action.read(read_size);
      break;
    case PR_EVENT_IO_ERROR:
      if (event.error == PR_IO_TIMEOUT && phase_ == Phase::message && expects_)
        return go_ahead(Phase::message, action);
      if (phase_ == Phase::receiving && event.error == PR_IO_DECODE) {
        fail(client_error_compression_error, "the compressed document is damaged or too large");
        return answer_ipp(action);
      }
      if (phase_ == Phase::receiving && event.error == PR_IO_DISK) {
        fail(server_error_temporary_error, "the document could not be stored");
        return answer_ipp(action);
      }
      if (phase_ != Phase::head && phase_ != Phase::lingering)  // an idle connection may end in any way
        plugin().log(PR_LOG_INFO, "connection ended: " + std::string(sdk::view(event.text)));
      action.done(document_began_ ? uint32_t{PR_DONE_KEEP_INCOMPLETE} : 0u);
      break;
    case PR_EVENT_CANCEL:
      action.done(document_began_ ? uint32_t{PR_DONE_KEEP_INCOMPLETE} : 0u);
      break;
    default:
      action.done(PR_DONE_ABORT);
  }
}

void Receiver::bytes(const sdk::Event& event, sdk::Action& action) {
  const std::string_view view = sdk::view(event.bytes);
  size_t used = 0;
  switch (phase_) {
    case Phase::head:
      used = read_head(view, action);
      break;
    case Phase::message:
      used = read_message(view, action);
      break;
    case Phase::probe:
      used = read_probe(view, 0, action);
      break;
    case Phase::rest:
      used = read_rest(view, 0, action);
      break;
    case Phase::next_chunk:
      used = read_chunk(view, action);
      break;
    case Phase::lingering:
      used = view.size();
      lingered_ += used;
      if (lingered_ > linger_limit)
        action.done(PR_DONE_ABORT);
      else
        action.read(read_size);
      break;
    default:
      action.go_on();  // bytes that came during a write; they are shown again
  }
  action.used(used);
}

bool Receiver::known_host(std::string_view host) const {
  // A web page can make a browser connect here under its own name (DNS rebinding): only names of this machine
  // do.
  std::string_view name = host;
  if (name.starts_with('[')) {
    name = name.substr(1, name.find(']') - 1);
  } else if (const size_t colon = name.rfind(':'); colon != std::string_view::npos) {
    name = name.substr(0, colon);
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  return http::equal_no_case(name, "localhost") || name == "127.0.0.1" || name == "::1" ||
         (!local_host_.empty() && http::equal_no_case(name, local_host_));
}

size_t Receiver::read_head(std::string_view view, sdk::Action& action) {
  auto result = http::parse_request(view);
  if (result.state == http::HeadState::more) {
    action.read(read_size);
    return 0;
  }
  keep_alive_ = false;
  body_ = http::BodyReader();
  head_only_ = false;
  if (result.state == http::HeadState::failed) {
    plugin().log(PR_LOG_WARNING, "bad HTTP request: " + result.why);
    answer_http(400, "text/plain", result.why + "\n", action);
    return view.size();
  }
  head_ = std::move(result.head);
  const http::Body body = http::request_body(head_);
  const auto host = head_.fields.get("Host");
  const auto refuse = [&](uint32_t status, std::string words) {
    plugin().log(PR_LOG_WARNING, "HTTP " + std::to_string(status) + ": " + words);
    answer_http(status, "text/plain", words + "\n", action);
    return view.size();
  };
  if (body.kind == http::Body::Kind::invalid) return refuse(400, body.why);
  if (head_.fields.count("Host") != 1 && (head_.minor_version == 1 || head_.fields.count("Host") > 1))
    return refuse(400, "one Host field is required (RFC 9112 section 3.2)");
  if (host && !known_host(*host))
    return refuse(421, "this host name is not served here: " + std::string(*host));
  authority_ = host ? std::string(*host) : "localhost:" + std::to_string(local_port_);
  keep_alive_ = head_.keep_alive();
  body_ = http::BodyReader(body);
  if (head_.method != "POST") {
    if (body_pending()) keep_alive_ = false;
    serve_page(head_, action);
    return result.used;
  }
  std::string_view type = head_.fields.get("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!http::equal_no_case(type, "application/ipp"))
    return refuse(415, "Content-Type is not application/ipp (RFC 8010 section 4)");
  if (auto coding = head_.fields.get("Content-Encoding"); coding && !http::equal_no_case(*coding, "identity"))
    return refuse(415, "no content coding is supported; use the compression attribute");
  if (!body_pending()) return refuse(400, "a POST without an IPP message");
  path_ = head_.target.substr(0, head_.target.find('?'));
  if (const size_t scheme = path_.find("://"); scheme != std::string::npos) {
    const size_t slash = path_.find('/', scheme + 3);
    path_ = slash == std::string::npos ? "/" : path_.substr(slash);
  }
  decoder_ = Decoder();
  request_ = response_ = Message();
  printer_.reset();
  created_.clear();
  accepted_.attributes.clear();
  unsupported_.attributes.clear();
  job_id_ = 0;
  current_job_ = document_began_ = has_document_ = false;
  received_ = 0;
  expects_ = false;
  if (const auto expect = head_.fields.get("Expect"); expect && head_.minor_version == 1) {
    if (!http::equal_no_case(*expect, "100-continue")) return refuse(417, "unknown expectation");
    expects_ = true;
  }
  phase_ = Phase::message;
  const size_t used = result.used + read_message(view.substr(result.used), action);
  // Clients on libcups send the attributes unasked and wait only with the document: they get their "continue"
  // when the job has been taken, or a refusal instead. Who sends nothing waits for it with everything.
  if (expects_ && phase_ == Phase::message && used == result.used) action.within(go_ahead_wait_ms);
  return used;
}

/// RFC 9110 10.1.1.
void Receiver::go_ahead(Phase then, sdk::Action& action) {
  phase_ = Phase::going_ahead;
  resume_ = then;
  expects_ = false;
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  action.write(out_);
}

size_t Receiver::read_message(std::string_view view, sdk::Action& action) {
  using Kind = http::BodyReader::Piece::Kind;
  size_t at = 0;
  for (;;) {
    const auto piece = body_.next(view.substr(at));
    if (piece.kind == Kind::failed) {
      keep_alive_ = false;
      answer_http(400, "text/plain", std::string(body_.why()) + "\n", action);
      return view.size();
    }
    at += piece.used;
    if (piece.kind == Kind::more) {
      action.read(read_size);
      return at;
    }
    if (piece.kind == Kind::end) {
      // RFC 8010 3.1: the message ends with end-of-attributes; without a header there is no request-id to
      // answer.
      if (!decoder_.has_header()) {
        answer_http(400, "text/plain", "IPP message ends too early\n", action);
        return at;
      }
      request_ = decoder_.take();
      fail(client_error_bad_request, "IPP message ends too early (RFC 8010 section 3.1)");
      answer_ipp(action);
      return at;
    }
    const std::string_view data = view.substr(at, std::min<uint64_t>(piece.data_size, view.size() - at));
    if (data.empty()) {
      action.read(read_size);
      return at;
    }
    const size_t taken = decoder_.feed(data);
    body_.took(taken);
    at += taken;
    if (decoder_.state() == Decoder::State::failed) {
      plugin().log(PR_LOG_WARNING, std::string("bad IPP message: ") + to_string(decoder_.error()));
      const DecodeError error = decoder_.error();
      request_ = decoder_.take();
      const bool large = error == DecodeError::too_large || error == DecodeError::too_many;
      fail(large ? client_error_request_entity_too_large : client_error_bad_request, to_string(error));
      answer_ipp(action);
      return at;
    }
    if (decoder_.state() == Decoder::State::done) break;
  }
  request_ = decoder_.take();
  if (!check_request()) {
    answer_ipp(action);
    return at;
  }
  if (takes_document()) {
    phase_ = Phase::probe;
    return read_probe(view, at, action);
  }
  phase_ = Phase::rest;
  return read_rest(view, at, action);
}

size_t Receiver::read_probe(std::string_view view, size_t at, sdk::Action& action) {
  const auto piece = body_.next(view.substr(at));
  using Kind = http::BodyReader::Piece::Kind;
  at += piece.used;
  if (piece.kind == Kind::more && expects_) {
    has_document_ = true;  // or why would it wait? Where none comes, the job is dropped again
    piece_ = 0;
    dispatch(action);
  } else if (piece.kind == Kind::more) {
    action.read(read_size);
  } else if (piece.kind == Kind::failed) {
    keep_alive_ = false;
    answer_http(400, "text/plain", std::string(body_.why()) + "\n", action);
  } else {
    has_document_ = piece.kind == Kind::data;
    piece_ = piece.data_size;
    dispatch(action);
  }
  return at;
}

size_t Receiver::read_rest(std::string_view view, size_t at, sdk::Action& action) {
  using Kind = http::BodyReader::Piece::Kind;
  for (;;) {
    const auto piece = body_.next(view.substr(at));
    at += piece.used;
    if (piece.kind == Kind::end) {
      dispatch(action);
      return at;
    }
    const uint64_t take =
        piece.kind == Kind::data ? std::min<uint64_t>(piece.data_size, view.size() - at) : 0;
    if (piece.kind == Kind::failed || (take && lingered_ + take > read_size)) {
      fail(client_error_bad_request, "data behind an operation that takes no document");
      answer_ipp(action);
      return at;
    }
    if (!take) {
      if (expects_)
        go_ahead(Phase::rest, action);
      else
        action.read(read_size);
      return at;
    }
    lingered_ += take;
    body_.took(take);
    at += take;
  }
}

size_t Receiver::read_chunk(std::string_view view, sdk::Action& action) {
  const auto piece = body_.next(view);
  using Kind = http::BodyReader::Piece::Kind;
  if (piece.kind == Kind::more) {
    action.read(read_size);
  } else if (piece.kind == Kind::end && received_ == 0) {
    keep_alive_ = false;  // the host drops the job with the session
    respond(client_error_bad_request, action, "no document came");
  } else if (piece.kind == Kind::end) {
    commit(action);
  } else if (piece.kind == Kind::failed) {
    plugin().log(PR_LOG_WARNING, body_.why());
    action.done(PR_DONE_KEEP_INCOMPLETE);
  } else {
    piece_ = piece.data_size;
    payload(action);
  }
  return piece.used;
}

void Receiver::serve_page(const http::RequestHead& head, sdk::Action& action) {
  head_only_ = head.method == "HEAD";
  if (head.method == "OPTIONS")
    return answer_http(200, "", "", action, {{{"Allow", "GET, HEAD, OPTIONS, POST"}}});
  if (head.method != "GET" && !head_only_)
    return answer_http(405, "text/plain", "only GET, HEAD, OPTIONS and POST\n", action,
                       {{{"Allow", "GET, HEAD, OPTIONS, POST"}}});
  std::string_view page = head.target;
  page = page.substr(0, page.find('?'));
  if (page == "/")
    return answer_http(200, "text/html; charset=utf-8",
                       "<!DOCTYPE html><title>printrouter</title><p>This is a printer. Add it by its address "
                       "<code>ipp://" +
                           authority_ + "/ipp/print</code>.</p>\n",
                       action);
  if (page.starts_with("/icon-") && page.ends_with(".png")) {
    unsigned size = 0;
    const std::string_view digits = page.substr(6, page.size() - 10);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error == std::errc() && end == digits.data() + digits.size() &&
        (size == 48 || size == 128 || size == 512))
      return answer_http(200, "image/png", png_icon(size), action);
  }
  answer_http(404, "text/plain", "not here\n", action);
}

void Receiver::answer_http(uint32_t status, std::string_view type, std::string body, sdk::Action& action,
                           http::Fields extra) {
  if (body_pending()) keep_alive_ = false;
  http::ResponseHead head;
  head.status = status;
  auto& f = head.fields.list;
  f.emplace_back("Date", http::http_date(now()));
  f.emplace_back("Server", "printrouter");
  f.emplace_back("Cache-Control", "no-cache");
  for (auto& field : extra.list) f.push_back(std::move(field));
  if (!type.empty()) f.emplace_back("Content-Type", type);
  f.emplace_back("Content-Length", std::to_string(body.size()));
  f.emplace_back("Connection", keep_alive_ ? "keep-alive" : "close");
  out_ = http::serialize(head);
  if (!head_only_) out_ += body;
  phase_ = Phase::answering;
  action.write(out_);
}

void Receiver::answer_ipp(sdk::Action& action) {
  answer_http(200, "application/ipp", encode(response_), action);
}

void Receiver::written(sdk::Action& action) {
  switch (phase_) {
    case Phase::going_ahead:
      phase_ = resume_;
      if (resume_ == Phase::adding) return start_document(action);
      action.read(read_size);
      return;
    case Phase::answering:
      if (!keep_alive_) return linger(action);
      phase_ = Phase::head;
      lingered_ = 0;
      action.read(read_size);
      return;
    case Phase::lingering:
      action.read(read_size);
      return;
    default:
      action.done(PR_DONE_ABORT);
  }
}

/// A close with unread data in the socket would reset the connection and may take our answer with it.
void Receiver::linger(sdk::Action& action) {
  phase_ = Phase::lingering;
  lingered_ = 0;
  action.shutdown_write();
}

}  // namespace printrouter::ipp
