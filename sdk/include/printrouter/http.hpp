// SPDX-License-Identifier: Apache-2.0
#pragma once
/// HTTP/1.1 messages, read and written without I/O (RFC 9110, RFC 9112): heads, the framing of bodies, and a
/// reader for what a server answers.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace printrouter::sdk::http {

inline constexpr size_t max_head = 16 * 1024;
inline constexpr size_t max_fields = 100;

struct Fields {
  std::vector<std::pair<std::string, std::string>> list;  ///< names as sent, values without surrounding space

  /// The value of a field that may stand once; nullopt if absent. Names compare without case.
  std::optional<std::string_view> get(std::string_view name) const;
  size_t count(std::string_view name) const;
  /// Does a comma-separated list field contain this token (without case)?
  bool has_token(std::string_view name, std::string_view token) const;
};

struct RequestHead {
  std::string method;
  std::string target;
  uint32_t minor_version = 1;
  Fields fields;
  bool keep_alive() const;
};

struct ResponseHead {
  uint32_t minor_version = 1;
  uint32_t status = 0;
  std::string reason;
  Fields fields;
  bool keep_alive() const;
};

enum class HeadState { more, done, failed };

/// Reads one head from the start of `bytes`. `done`: `used` = its length. `failed`: `why` names the clause.
template <class Head>
struct HeadResult {
  HeadState state = HeadState::more;
  size_t used = 0;
  std::string why;
  Head head;
};
HeadResult<RequestHead> parse_request(std::string_view bytes);
HeadResult<ResponseHead> parse_response(std::string_view bytes);

/// How the body of a message ends (RFC 9112 section 6.3).
struct Body {
  enum class Kind { none, length, chunked, until_close, invalid } kind = Kind::none;
  uint64_t length = 0;
  const char* why = "";
};
Body request_body(const RequestHead& head);
/// Of a response to POST.
Body response_body(const ResponseHead& head);

/// Takes the framing off a body, piece by piece. It never looks at a byte beyond the body's end.
class BodyReader {
 public:
  explicit BodyReader(Body body = {});
  /// What comes next in `bytes`.
  struct Piece {
    enum class Kind { more, data, end, failed } kind = Kind::more;
    size_t used = 0;  ///< framing bytes to drop before the data; `more`: keep the rest for the next call
    uint64_t data_size = 0;  ///< `data`: size of the data that follows at `used`; may exceed what is at hand
  };
  Piece next(std::string_view bytes);
  /// `size` of the data announced by the last piece have been taken.
  void took(uint64_t size) { left_ -= size; }
  bool at_end() const { return state_ == State::end; }
  const char* why() const { return why_; }

 private:
  enum class State { data, chunk_size, chunk_end, trailer, end, failed };
  Piece fail(const char* why);
  Body body_;
  State state_;
  uint64_t left_ = 0;
  size_t trailer_ = 0;
  const char* why_ = "";
};

/// A chunk of a chunked body around `data` (which is not empty).
std::string chunk(std::string_view data);

std::string serialize(const RequestHead& head);
std::string serialize(const ResponseHead& head);

bool equal_no_case(std::string_view a, std::string_view b);
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(int64_t unix_seconds);
const char* reason_phrase(uint32_t status);

namespace detail {

inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// RFC 9110 section 5.6.2
inline bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

inline std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// The next line of a head without CRLF; false where a bare LF or CR makes the lines ambiguous (RFC
/// 9112 2.2).
inline bool line(std::string_view& rest, std::string_view& out) {
  const size_t end = rest.find("\r\n");
  out = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return out.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

inline const char* parse_fields(std::string_view rest, Fields& fields) {
  std::string_view text;
  while (!rest.empty()) {
    if (!line(rest, text)) return "bare CR, LF or NUL in a field (RFC 9112 section 2.2)";
    if (text.empty()) continue;
    if (text[0] == ' ' || text[0] == '\t') return "folded field line (RFC 9112 section 5.2)";
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_token(text.substr(0, colon)))
      return "field name is not a token (RFC 9112 section 5.1)";
    if (fields.list.size() >= max_fields) return "too many fields";
    fields.list.emplace_back(text.substr(0, colon), trim(text.substr(colon + 1)));
  }
  return nullptr;
}

inline bool parse_version(std::string_view text, uint32_t& minor) {
  if (text != "HTTP/1.1" && text != "HTTP/1.0") return false;
  minor = text.back() == '1';
  return true;
}

template <class Head, class FirstLine>
HeadResult<Head> parse(std::string_view bytes, FirstLine&& first_line) {
  HeadResult<Head> result;
  // RFC 9112 2.2: empty lines before a request line are skipped.
  size_t from = 0;
  while (bytes.substr(from, 2) == "\r\n" && from < 8) from += 2;
  const size_t end = bytes.find("\r\n\r\n", from);
  if (end == std::string_view::npos) {
    const size_t eol = bytes.find('\n', from);
    if (bytes.size() - from > max_head) {
      result.state = HeadState::failed;
      result.why = "head larger than 16 KiB";
    } else if (eol != std::string_view::npos && (eol == from || bytes[eol - 1] != '\r')) {
      result.state = HeadState::failed;
      result.why = "line does not end in CRLF (RFC 9112 section 2.2)";
    }
    return result;
  }
  std::string_view rest = bytes.substr(from, end + 2 - from);
  result.used = end + 4;
  std::string_view text;
  const char* why = nullptr;
  if (rest.size() > max_head)
    why = "head larger than 16 KiB";
  else if (!line(rest, text))
    why = "bare CR, LF or NUL in the first line (RFC 9112 section 2.2)";
  else
    why = first_line(text, result.head);
  if (!why) why = parse_fields(rest, result.head.fields);
  result.state = why ? HeadState::failed : HeadState::done;
  if (why) result.why = why;
  return result;
}

inline bool parse_number(std::string_view text, uint64_t& out, int base) {
  if (text.empty() || text.size() > 18) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

inline bool keeps_alive(const Fields& fields, uint32_t minor) {
  if (fields.has_token("Connection", "close")) return false;
  return minor >= 1 || fields.has_token("Connection", "keep-alive");
}

/// Transfer-Encoding and Content-Length; none if neither is there.
inline Body body_by_fields(const Fields& fields, uint32_t minor) {
  Body body;
  const auto invalid = [&](const char* why) {
    body.kind = Body::Kind::invalid;
    body.why = why;
    return body;
  };
  if (const auto coding = fields.get("Transfer-Encoding")) {
    if (minor == 0) return invalid("Transfer-Encoding in HTTP/1.0 (RFC 9112 section 6.1)");
    if (fields.count("Content-Length"))
      return invalid("Content-Length beside Transfer-Encoding (RFC 9112 section 6.3)");
    if (fields.count("Transfer-Encoding") > 1 || !equal_no_case(*coding, "chunked"))
      return invalid("transfer coding other than chunked (RFC 9112 section 6.1)");
    body.kind = Body::Kind::chunked;
  } else if (const auto length = fields.get("Content-Length")) {
    for (const auto& [name, value] : fields.list)
      if (equal_no_case(name, "Content-Length") && value != *length)
        return invalid("Content-Length fields differ (RFC 9112 section 6.3)");
    if (length->find_first_not_of("0123456789") != std::string_view::npos ||
        !parse_number(*length, body.length, 10))
      return invalid("Content-Length is not a number (RFC 9110 section 8.6)");
    body.kind = body.length ? Body::Kind::length : Body::Kind::none;
  }
  return body;
}

}  // namespace detail

inline bool equal_no_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return detail::lower(x) == detail::lower(y);
         });
}

inline std::optional<std::string_view> Fields::get(std::string_view name) const {
  for (const auto& [n, v] : list)
    if (equal_no_case(n, name)) return v;
  return std::nullopt;
}

inline size_t Fields::count(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(list.begin(), list.end(), [&](const auto& f) { return equal_no_case(f.first, name); }));
}

inline bool Fields::has_token(std::string_view name, std::string_view token) const {
  for (const auto& [n, v] : list) {
    if (!equal_no_case(n, name)) continue;
    std::string_view rest = v;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (equal_no_case(detail::trim(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
  }
  return false;
}

inline bool RequestHead::keep_alive() const {
  return detail::keeps_alive(fields, minor_version);
}
inline bool ResponseHead::keep_alive() const {
  return detail::keeps_alive(fields, minor_version);
}

inline HeadResult<RequestHead> parse_request(std::string_view bytes) {
  return detail::parse<RequestHead>(bytes, [](std::string_view text, RequestHead& head) -> const char* {
    const size_t first = text.find(' ');
    const size_t last = text.rfind(' ');
    if (first == std::string_view::npos || first == last)
      return "malformed request line (RFC 9112 section 3)";
    head.method = text.substr(0, first);
    head.target = text.substr(first + 1, last - first - 1);
    if (!detail::is_token(head.method)) return "method is not a token (RFC 9112 section 3.1)";
    if (head.target.empty() || head.target.find(' ') != std::string::npos)
      return "malformed request target (RFC 9112 section 3.2)";
    if (!detail::parse_version(text.substr(last + 1), head.minor_version))
      return "HTTP version other than 1.0 and 1.1";
    return nullptr;
  });
}

inline HeadResult<ResponseHead> parse_response(std::string_view bytes) {
  return detail::parse<ResponseHead>(bytes, [](std::string_view text, ResponseHead& head) -> const char* {
    uint64_t status = 0;
    if (text.size() < 12 || text[8] != ' ' || !detail::parse_version(text.substr(0, 8), head.minor_version) ||
        !detail::parse_number(text.substr(9, 3), status, 10) || status < 100 ||
        (text.size() > 12 && text[12] != ' '))
      return "malformed status line (RFC 9112 section 4)";
    head.status = static_cast<uint32_t>(status);
    if (text.size() > 13) head.reason = text.substr(13);
    return nullptr;
  });
}

inline Body request_body(const RequestHead& head) {
  return detail::body_by_fields(head.fields, head.minor_version);
}

inline Body response_body(const ResponseHead& head) {
  if (head.status < 200 || head.status == 204 || head.status == 304) return {};
  Body body = detail::body_by_fields(head.fields, head.minor_version);
  if (body.kind == Body::Kind::none && !head.fields.count("Content-Length"))
    body.kind = Body::Kind::until_close;
  return body;
}

inline BodyReader::BodyReader(Body body) : body_(body), state_(State::data), left_(body.length) {
  if (body.kind == Body::Kind::none || body.kind == Body::Kind::invalid) state_ = State::end;
  if (body.kind == Body::Kind::chunked) state_ = State::chunk_size;
  if (body.kind == Body::Kind::until_close) left_ = UINT64_MAX;
}

inline BodyReader::Piece BodyReader::fail(const char* why) {
  state_ = State::failed;
  why_ = why;
  return {Piece::Kind::failed, 0, 0};
}

inline BodyReader::Piece BodyReader::next(std::string_view bytes) {
  constexpr size_t max_line = 256;
  size_t used = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(used);
    switch (state_) {
      case State::failed:
        return {Piece::Kind::failed, 0, 0};
      case State::end:
        return {Piece::Kind::end, used, 0};
      case State::data:
        if (left_) return {Piece::Kind::data, used, left_};
        state_ = body_.kind == Body::Kind::chunked ? State::chunk_end : State::end;
        continue;
      case State::chunk_end:
        if (rest.size() < 2) return {Piece::Kind::more, used, 0};
        if (rest.substr(0, 2) != "\r\n") return fail("no CRLF after a chunk (RFC 9112 section 7.1)");
        used += 2;
        state_ = State::chunk_size;
        continue;
      case State::chunk_size: {
        const size_t end = rest.find("\r\n");
        if (end == std::string_view::npos)
          return rest.size() > max_line ? fail("chunk line too long") : Piece{Piece::Kind::more, used, 0};
        if (end > max_line) return fail("chunk line too long");
        const std::string_view text = rest.substr(0, end);
        const std::string_view size =
            detail::trim(text.substr(0, text.find(';')));  // extensions are ignored (7.1.1)
        if (text.find('\n') != std::string_view::npos || size.size() > 15 ||
            !detail::parse_number(size, left_, 16))
          return fail("malformed chunk size (RFC 9112 section 7.1)");
        used += end + 2;
        state_ = left_ ? State::data : State::trailer;
        continue;
      }
      case State::trailer: {
        const size_t end = rest.find("\r\n");
        if (end == std::string_view::npos)
          return rest.size() + trailer_ > max_head ? fail("trailers too long")
                                                   : Piece{Piece::Kind::more, used, 0};
        used += end + 2;
        trailer_ += end + 2;
        if (trailer_ > max_head) return fail("trailers too long");
        if (end == 0) state_ = State::end;
        continue;
      }
    }
  }
}

inline std::string chunk(std::string_view data) {
  char size[17];
  const auto [end, error] = std::to_chars(size, size + sizeof size, data.size(), 16);
  std::string out(size, end);
  out += "\r\n";
  out += data;
  out += "\r\n";
  return out;
}

namespace detail {
inline void append(std::string& out, const Fields& fields) {
  for (const auto& [name, value] : fields.list) {
    out += name;
    out += ": ";
    for (char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;  // no field can end early
    out += "\r\n";
  }
  out += "\r\n";
}
}  // namespace detail

inline std::string serialize(const RequestHead& head) {
  std::string out =
      head.method + ' ' + head.target + (head.minor_version ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  detail::append(out, head.fields);
  return out;
}

inline std::string serialize(const ResponseHead& head) {
  std::string out = head.minor_version ? "HTTP/1.1 " : "HTTP/1.0 ";
  out += std::to_string(head.status) + ' ' +
         (head.reason.empty() ? reason_phrase(head.status) : head.reason) + "\r\n";
  detail::append(out, head.fields);
  return out;
}

inline const char* reason_phrase(uint32_t status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

inline std::string http_date(int64_t seconds) {
  static constexpr const char* week[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int64_t day = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
  const int64_t of_day = seconds - day * 86400;
  // Civil date from days, proleptic Gregorian calendar.
  const int64_t z = day + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t doe = z - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int64_t dd = doy - (153 * mp + 2) / 5 + 1;
  const int64_t mm = mp < 10 ? mp + 3 : mp - 9;
  const int64_t yy = yoe + era * 400 + (mm <= 2);
  const auto two = [](int64_t n) {
    return std::string{static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
  };
  return std::string(week[((day % 7) + 11) % 7]) + ", " + two(dd) + ' ' + month[mm - 1] + ' ' +
         std::to_string(yy) + ' ' + two(of_day / 3600) + ':' + two(of_day / 60 % 60) + ':' +
         two(of_day % 60) + " GMT";
}

/// "host:port", an IPv6 address in brackets.
inline std::string authority(std::string_view host, uint32_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + std::to_string(port);
}

/// Reads what a server answers to one request: interim responses, the head, the body.
class ResponseReader {
 public:
  enum class State {
    more,
    go_ahead,   ///< 100 Continue; call feed({}) to read on
    switching,  ///< 101 Switching Protocols; what follows is TLS
    done,       ///< head and body are complete
    failed      ///< why() says what is wrong with it
  };
  ResponseReader() = default;
  ResponseReader(const ResponseReader&) = default;
  ResponseReader& operator=(const ResponseReader&) = default;
  virtual ~ResponseReader() = default;

  /// Takes all of `bytes`. The connection's next response starts with reset().
  State feed(std::string_view bytes) {
    buffer_.append(bytes);
    if (state_ == State::go_ahead) state_ = State::more;
    if (state_ != State::more) return state_;
    if (!have_head_) {
      auto result = parse_response(buffer_);
      if (result.state == HeadState::failed) return fail(std::move(result.why));
      if (result.state == HeadState::more) return state_;
      buffer_.erase(0, result.used);
      if (result.head.status == 101) return head_ = std::move(result.head), state_ = State::switching;
      if (result.head.status == 100) return state_ = State::go_ahead;
      if (result.head.status < 200) return feed({});
      head_ = std::move(result.head);
      have_head_ = true;
      const Body body = response_body(head_);
      if (body.kind == Body::Kind::invalid) return fail(body.why);
      if (auto coding = head_.fields.get("Content-Encoding"); coding && !equal_no_case(*coding, "identity"))
        return fail("content coding that was not asked for (RFC 9110 section 8.4)");
      until_close_ = body.kind == Body::Kind::until_close;
      on_head();
      body_ = BodyReader(body);
    }
    return read_body();
  }
  /// The peer shut its side: completes a body that ends with the connection.
  State eof() { return state_ == State::more && have_head_ && until_close_ ? end() : state_; }
  /// Ready for the connection's next response; what of it has come already is kept.
  void reset() {
    head_ = {};
    body_ = BodyReader();
    state_ = State::more;
    have_head_ = until_close_ = false;
    why_.clear();
    on_reset();
  }

  State state() const { return state_; }
  const ResponseHead& head() const { return head_; }
  bool has_head() const { return have_head_; }
  bool nothing_received() const { return !have_head_ && buffer_.empty(); }
  bool keep_alive() const { return head_.keep_alive() && !until_close_; }
  const std::string& why() const { return why_; }

 protected:
  // What the body is for. An answer that is not empty ends the reading: it says what is wrong.
  virtual void on_head() {}
  virtual std::string on_body(std::string_view data) = 0;
  virtual std::string on_end() { return {}; }
  virtual void on_reset() {}

 private:
  State fail(std::string why) { return why_ = std::move(why), state_ = State::failed; }
  State end() {
    std::string wrong = on_end();
    return wrong.empty() ? state_ = State::done : fail(std::move(wrong));
  }
  State read_body() {
    size_t at = 0;
    for (;;) {
      const auto piece = body_.next(std::string_view(buffer_).substr(at));
      at += piece.used;
      using Kind = BodyReader::Piece::Kind;
      if (piece.kind == Kind::failed) return fail(body_.why());
      if (piece.kind == Kind::end) {
        buffer_.erase(0, at);
        return end();
      }
      const std::string_view data =
          piece.kind == Kind::data
              ? std::string_view(buffer_).substr(at, std::min<uint64_t>(piece.data_size, buffer_.size() - at))
              : std::string_view();
      if (data.empty()) {
        buffer_.erase(0, at);
        return state_;
      }
      if (std::string wrong = on_body(data); !wrong.empty()) return fail(std::move(wrong));
      body_.took(data.size());
      at += data.size();
    }
  }

  std::string buffer_;
  ResponseHead head_;
  BodyReader body_;
  State state_ = State::more;
  bool have_head_ = false;
  bool until_close_ = false;
  std::string why_;
};

}  // namespace printrouter::sdk::http
