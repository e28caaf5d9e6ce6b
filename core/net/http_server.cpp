// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <deque>
#include <optional>
#include <printrouter/text.hpp>
#include <set>

#include "net/stream.hpp"

namespace printrouter::net {
namespace {
namespace http = boost::beast::http;
constexpr std::uint64_t largest_collected_body = 16u << 20;
constexpr std::size_t most_unread_event_bytes = 4u << 20;

/// A body as it comes. Beast's own string_body makes room for what a header announces, whatever that is.
struct ArrivingBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool Request, class Fields>
    reader(http::header<Request, Fields>&, std::string& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& ec) { ec = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& ec) {
      ec = {};
      std::size_t size = 0;
      for (const boost::asio::const_buffer part : boost::beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(part.data()), part.size());
        size += part.size();
      }
      return size;
    }
    void finish(boost::system::error_code& ec) { ec = {}; }

   private:
    std::string& body_;
  };
};

std::string decode_percent(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex = [&](std::size_t at) -> int {
      if (at >= text.size()) return -1;
      const char c = text[at];
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                    : -1;
    };
    if (text[i] == '%' && hex(i + 1) >= 0 && hex(i + 2) >= 0) {
      out += static_cast<char>(hex(i + 1) * 16 + hex(i + 2));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

const char* status_text(unsigned status) {
  const auto text = http::obsolete_reason(static_cast<http::status>(status));
  return text.data();
}
}  // namespace

void HttpExchange::reply(unsigned status, std::string json) {
  HttpReply answer;
  answer.status = status;
  answer.body = std::move(json) + '\n';
  reply(std::move(answer));
}

class Connection;

struct HttpServer::Shared {
  Shared(IoContext& context, std::unique_ptr<Listener> door, HttpServerOptions how, Handler what)
      : io(context),
        listener(std::move(door)),
        options(std::move(how)),
        handler(std::move(what)),
        sweep(io) {}
  void serve();
  void accept(StreamPtr stream);
  void shake_hands(StreamPtr stream);
  void start(StreamPtr stream);
  void gone(const std::shared_ptr<Connection>& connection);
  void tick();
  std::size_t count() const { return connections.size() + handshakes.size(); }

  IoContext& io;
  std::unique_ptr<Listener> listener;
  HttpServerOptions options;
  Handler handler;
  std::set<std::shared_ptr<Connection>> connections;
  std::map<std::uint64_t, std::unique_ptr<TlsHandshake>> handshakes;
  std::uint64_t next_handshake = 0;
  bool paused = false;
  Timer sweep;
};

/// One client. Lives in Shared::connections until its stream is closed.
class Connection : public HttpExchange {
 public:
  Connection(HttpServer::Shared& server, StreamPtr stream) : server_(server), stream_(std::move(stream)) {
    address = stream_->peer();
    if (server.options.identity && address.address.empty())
      peer = server.options.identity->of_unix(stream_->descriptor());
  }

  void start() {
    reset();
    wait();
  }

  std::string header(std::string_view name) const override {
    return parser_ && header_seen_ ? std::string(parser_->get()[name]) : std::string();
  }

  using HttpExchange::reply;
  void reply(HttpReply answer) override {
    if (!open() || answered_) return;
    answered_ = true;
    keep_alive_ = keep_alive_ && request_complete_;
    std::string text =
        "HTTP/1.1 " + std::to_string(answer.status) + " " + status_text(answer.status) + "\r\n";
    if (answer.status != 204 && answer.status != 304)
      text += "Content-Type: " + answer.content_type +
              "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
    for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
    text += keep_alive_ ? "\r\n" : "Connection: close\r\n\r\n";
    send(method == "HEAD" ? text : text + answer.body);
  }

  void start_events() override {
    if (!open() || answered_) return;
    answered_ = streaming_ = true;
    send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
        "close\r\n\r\n");
    // Thousands of streams stay open for days: nothing of the request is kept.
    parser_.reset();
    buffer_ = {}, body = {};
    wait();  // to see the client leave
  }

  void send_event(std::string_view id, std::string_view type, std::string_view json) override {
    if (!open()) return;
    if (unsent_ > most_unread_event_bytes)
      return drop();  // a reader that does not read must not cost us memory
    std::string text;
    if (!id.empty()) text.append("id: ").append(id).append("\n");
    send(text.append("event: ").append(type).append("\ndata: ").append(json).append("\n\n"));
  }

  bool open() const override { return stream_ && stream_->is_open(); }
  void close() override { drop(); }

  /// Once in a while: a client that neither sends nor takes anything goes; event streams show that they live.
  void look(SteadyTime now) {
    const HttpServerOptions& o = server_.options;
    if (streaming_ && o.event_comment.count() > 0 && unsent_ == 0 && now - active_ >= o.event_comment)
      send(":\n\n");
    const bool at_work = (request_complete_ || sink) && !answered_;
    const bool waits_for_client =
        unsent_ > 0 || (!streaming_ && !at_work) || (sink && !request_complete_ && !held_);
    // A header has one time for all of it: a byte now and then is no progress.
    const SteadyTime since = !header_seen_ && !buffer_.empty() ? began_ : active_;
    if (o.idle_limit.count() > 0 && waits_for_client && now - since > o.idle_limit) drop();
  }

  void drop() {
    if (!stream_) return;
    const auto self = shared_from_this();
    stream_->close();
    stream_.reset();
    if (sink && !request_complete_ && sink->broken) sink->broken();
    sink.reset();
    if (on_closed) std::exchange(on_closed, {})();
    server_.gone(std::static_pointer_cast<Connection>(self));
  }

 private:
  void reset() {
    parser_.emplace();
    parser_->body_limit(boost::none);  // judged here: only the header's handler knows if it is collected
    parser_->header_limit(16 * 1024);
    began_ = std::chrono::steady_clock::now();
    answered_ = request_complete_ = header_seen_ = false;
    sink.reset();
    method.clear();
    body.clear();
    query.clear();
  }

  void wait() {
    stream_->wait_readable([this, self = shared_from_this()] { on_readable(); });
  }

  void on_readable() {
    std::array<char, 32768> chunk{};
    while (open()) {
      const Transfer got = stream_->try_read(chunk);
      if (got.kind == Transfer::Kind::would_block) return wait();
      if (got.kind != Transfer::Kind::some) return drop();
      active_ = std::chrono::steady_clock::now();
      if (streaming_) continue;
      if (!header_seen_ && buffer_.empty()) began_ = active_;
      buffer_.append(chunk.data(), got.bytes);
      if (!parse()) return;
    }
  }

  /// False: not to read on now.
  bool parse() {
    while (!buffer_.empty() && !request_complete_) {
      boost::system::error_code ec;
      const std::size_t used = parser_->put(boost::asio::buffer(buffer_), ec);
      buffer_.erase(0, used);
      if (ec == http::error::header_limit)
        return refuse(431,
                      {ErrorCode::limit, "the header of the request is too large", {}, {}, "at most 16 KiB"});
      if (ec && ec != http::error::need_more)
        return refuse(400, {ErrorCode::invalid, "this is no HTTP request that can be understood"});
      if (parser_->is_header_done() && !header_seen_ && !take_header()) return false;
      if (header_seen_ && !take_body()) return false;
      if (parser_->is_done()) return complete(), open() && !request_complete_;
      if (used == 0) break;
    }
    return true;
  }

  bool refuse(unsigned status, const Error& error) {
    keep_alive_ = false;
    // Whoever took the body hears that its end will not come.
    const auto broken = sink ? std::move(sink->broken) : std::function<void()>();
    sink.reset();
    if (broken) broken();
    reply(status, server_.handler.error_body(error));
    return false;
  }
  bool refuse_size() {
    return refuse(413, {ErrorCode::limit, "the request is too large", "body", {}, "at most 16 MiB"});
  }

  bool take_header() {
    header_seen_ = true;
    const auto& request = parser_->get();
    method = std::string(request.method_string());
    const std::string_view target(request.target().data(), request.target().size());
    const std::size_t mark = target.find('?');
    path = decode_percent(target.substr(0, mark), false);
    std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      const std::size_t equal = pair.find('=');
      query[decode_percent(pair.substr(0, equal), true)] =
          equal == std::string_view::npos ? "" : decode_percent(pair.substr(equal + 1), true);
    }
    if (!sdk::is_plain_text(path) || std::ranges::any_of(query, [](const auto& pair) {
          return !sdk::is_plain_text(pair.first) || !sdk::is_plain_text(pair.second);
        }))
      return refuse(400, {ErrorCode::invalid,
                          "the request's target is no plain text",
                          {},
                          {},
                          "UTF-8 without control characters, percent-encoded"});
    content_type = std::string(request[http::field::content_type]);
    last_event_id = std::string(request["Last-Event-ID"]);
    content_length = parser_->content_length().value_or(0);
    keep_alive_ = request.keep_alive();
    const bool expects = boost::beast::iequals(request[http::field::expect], "100-continue");
    server_.handler.on_header(shared_from_this());
    if (!open() || answered_) return false;
    if (!sink && content_length > largest_collected_body) return refuse_size();
    parser_->eager(true);
    if (expects) send("HTTP/1.1 100 Continue\r\n\r\n");
    return true;
  }

  bool take_body() {
    std::string& arrived = parser_->get().body();
    if (!sink) return arrived.size() <= largest_collected_body || refuse_size();
    if (!arrived.empty()) {
      const Status taken = sink->data(arrived);
      arrived.clear();
      if (!taken) return refuse(server_.handler.error_status(taken.error().code), taken.error());
    }
    if (parser_->is_done() || sink->ready([this, self = shared_from_this()] {
          held_ = false;
          active_ = std::chrono::steady_clock::now();
          if (open() && parse()) on_readable();
        }))
      return true;
    held_ = true;
    return false;
  }

  void complete() {
    request_complete_ = true;
    if (sink) return sink->end();
    body = std::move(parser_->get().body());
    server_.handler.on_request(shared_from_this());
  }

  void send(std::string text) {
    if (unsent_ == 0) active_ = std::chrono::steady_clock::now();
    unsent_ += text.size();
    output_.push_back(std::move(text));
    if (output_.size() == 1) write_next();
  }

  void write_next() {
    stream_->write_all(output_.front(), [this, self = shared_from_this()](const IoStatus& status) {
      if (!open()) return;
      if (!status.ok()) return drop();
      active_ = std::chrono::steady_clock::now();
      unsent_ -= output_.front().size();
      output_.pop_front();
      if (!output_.empty()) return write_next();
      if (!answered_ || streaming_) return;
      if (!keep_alive_) {
        // Gently: what we refused to read must not turn our answer into a reset.
        sink.reset();  // may hold us
        close_gently(server_.io, std::move(stream_));
        stream_.reset();
        if (on_closed) std::exchange(on_closed, {})();
        server_.gone(std::static_pointer_cast<Connection>(self));
        return;
      }
      reset();
      if (parse() && open()) on_readable();
    });
  }

  HttpServer::Shared& server_;
  StreamPtr stream_;
  std::string buffer_;
  std::optional<http::request_parser<ArrivingBody>> parser_;
  std::deque<std::string> output_;
  std::size_t unsent_ = 0;
  SteadyTime active_ = std::chrono::steady_clock::now();  ///< something came or went
  SteadyTime began_ = active_;                            ///< the first byte of this request
  bool held_ = false;                                     ///< the sink has no room: it is we who wait
  bool answered_ = false, streaming_ = false, keep_alive_ = true, header_seen_ = false,
       request_complete_ = false;
};

void HttpServer::Shared::serve() {
  paused = false;
  listener->start([this](StreamPtr stream) { accept(std::move(stream)); });
}

void HttpServer::Shared::accept(StreamPtr stream) {
  options.tls ? shake_hands(std::move(stream)) : start(std::move(stream));
  if (options.connections > 0 && count() >= options.connections && !paused) {
    paused = true;
    listener->pause();
  }
}

void HttpServer::Shared::shake_hands(StreamPtr stream) {
  const std::uint64_t number = ++next_handshake;
  auto& handshake = handshakes[number] = std::make_unique<TlsHandshake>(io);
  handshake->start_server(
      std::move(stream), options.tls,
      [this, number](const IoStatus& status, StreamPtr secured, bool) {
        const auto over = std::move(handshakes.extract(number).mapped());  // ends after this call
        if (status.ok()) return start(std::move(secured));
        gone({});
      },
      std::chrono::seconds(20));
}

void HttpServer::Shared::start(StreamPtr stream) {
  const auto connection = std::make_shared<Connection>(*this, std::move(stream));
  connections.insert(connection);
  connection->start();
}

void HttpServer::Shared::gone(const std::shared_ptr<Connection>& connection) {
  if (connection) connections.erase(connection);
  if (paused && count() < options.connections && listener) serve();
}

void HttpServer::Shared::tick() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& connection : std::vector(connections.begin(), connections.end())) connection->look(now);
  // Often enough for the shortest limit, and no more than that.
  Milliseconds pause = std::chrono::seconds(5);
  for (const Milliseconds limit : {options.idle_limit, options.event_comment})
    if (limit.count() > 0) pause = std::min(pause, std::max(limit / 4, Milliseconds(5)));
  sweep.start(pause, [this] { tick(); });
}

HttpServer::HttpServer(IoContext& io, std::unique_ptr<Listener> listener, HttpServerOptions options,
                       Handler handler)
    : shared_(std::make_shared<Shared>(io, std::move(listener), std::move(options), std::move(handler))) {
  shared_->serve();
  if (shared_->options.idle_limit.count() > 0 || shared_->options.event_comment.count() > 0) shared_->tick();
}

HttpServer::~HttpServer() {
  shared_->listener.reset();
  shared_->handshakes.clear();
  while (!shared_->connections.empty()) (*shared_->connections.begin())->drop();
}

std::size_t HttpServer::connections() const {
  return shared_->connections.size();
}

}  // namespace printrouter::net
