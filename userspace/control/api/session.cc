// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/heap.h"
#include "base/units.h"
#include "control/api/json.h"
#include "control/api/routes.h"

namespace hvs {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::local::stream_protocol>;

constexpr std::size_t kLargeReply = 16_MiB;

std::string_view words_of(beast::string_view text) { return {text.data(), text.size()}; }

// Every handler holds the session; the host knows it until close(), which is always the last thing done to
// it.
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<SessionHost> host, asio::local::stream_protocol::socket socket, bool refuse)
      : host_(std::move(host)), stream_(std::move(socket)), refuse_(refuse) {}

  void read();
  void close() override;

 private:
  /// A handler for an operation on the stream: on failure the session is closed.
  template <typename Next>
  auto then(Next next) {
    return [self = shared_from_this(), next = std::move(next)](error_code error, std::size_t) {
      if (self->closed_) return;
      if (error) return self->close();
      next();
    };
  }

  void on_header(error_code error);
  void on_request(error_code error);
  [[nodiscard]] Reply too_many_clients() const;
  void refuse_request(error_code error);
  void act(Reply& reply) { send(std::move(reply)); }
  void act(StreamConns& action);
  void act(CountConns& action);
  void act(Reload& action);
  void act(Edit& action);
  void send(Reply reply);
  void sent();

  void draw_lines();
  void on_batch(const Result<ConnBatch>& batch);
  void write_lines(bool last);
  void end_stream();
  void abort_stream(const Error& error);
  void draw_count();
  const std::string& service_json(ServiceSlot slot);

  std::shared_ptr<SessionHost> host_;
  Stream stream_;
  const bool refuse_;
  bool closed_ = false;
  bool keep_alive_ = false;
  bool chunked_ = false;
  unsigned version_ = 11;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> reply_;
  // Of a stream of connections:
  std::optional<http::response<http::empty_body>> head_;
  std::optional<http::response_serializer<http::empty_body>> serializer_;
  std::unique_ptr<ConnScan> scan_;
  std::string lines_;
  std::unordered_map<ServiceSlot, std::string> names_;  // as JSON, for one batch
};

void HttpSession::close() {
  if (closed_) return;
  closed_ = true;
  scan_.reset();
  error_code ignored;
  stream_.socket().shutdown(asio::socket_base::shutdown_both, ignored);
  stream_.close();
  host_->open.erase(shared_from_this());
  if (host_->on_close) host_->on_close();
}

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(host_->limits.header_bytes));
  parser_->body_limit(host_->limits.body_bytes);
  stream_.expires_after(host_->limits.request);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (!self->closed_) self->on_header(error);
                          });
}

/// What is refused whatever its body says is refused before that is read.
void HttpSession::on_header(error_code error) {
  version_ = parser_->is_header_done() ? parser_->get().version() : 11;
  keep_alive_ = false;
  if (error || parser_->is_done()) return on_request(error);
  if (refuse_) return send(too_many_clients());
  if (auto refused = refusal(words_of(parser_->get().method_string()), words_of(parser_->get().target())))
    return send(std::move(*refused));
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failure, std::size_t) {
    if (!self->closed_) self->on_request(failure);
  });
}

void HttpSession::on_request(error_code error) {
  if (error) return refuse_request(error);
  if (refuse_) return send(too_many_clients());
  keep_alive_ = parser_->keep_alive();
  const auto& request = parser_->get();
  auto action = route(host_->backend, words_of(request.method_string()), words_of(request.target()));
  std::visit([this](auto& what) { act(what); }, action);
}

Reply HttpSession::too_many_clients() const {
  return error_reply(503, {"too many clients", "the control socket",
                           "at most " + std::to_string(host_->limits.clients) + "; try again later"});
}

void HttpSession::refuse_request(error_code error) {
  const auto& limits = host_->limits;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return send(error_reply(431, {"request header too large", "the request",
                                  "at most " + std::to_string(limits.header_bytes) + " bytes"}));
  }
  if (error == http::error::body_limit) {
    return send(error_reply(413, {"request body too large", "the request",
                                  "at most " + std::to_string(limits.body_bytes) + " bytes"}));
  }
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (gone || error.category() != http::make_error_code(http::error::bad_method).category()) {
    return close();  // the client left, or was silent for too long
  }
  send(error_reply(400, {"malformed HTTP request", error.message(), "speak HTTP/1.1"}));
}

void HttpSession::send(Reply reply) {
  scan_.reset();
  reply_.emplace(http::int_to_status(reply.status), version_);
  reply_->set(http::field::content_type, beast::string_view(reply.type.data(), reply.type.size()));
  if (!reply.allow.empty()) {
    reply_->set(http::field::allow, beast::string_view(reply.allow.data(), reply.allow.size()));
  }
  reply_->keep_alive(keep_alive_);
  reply_->body() = std::move(reply.body);
  reply_->prepare_payload();
  stream_.expires_after(host_->limits.reply);
  http::async_write(stream_, *reply_, then([this] { sent(); }));
}

/// The client may keep the connection for long; the answer is not kept for it.
void HttpSession::sent() {
  const bool large = reply_->body().size() >= kLargeReply;
  reply_.reset();
  if (large) give_memory_back();
  keep_alive_ ? read() : close();
}

void HttpSession::act(Reload&) {
  host_->backend.reload([weak = weak_from_this()](const Result<ReloadView>& result) {
    const auto self = weak.lock();
    if (self && !self->closed_) self->send(reload_reply(result));
  });
}

void HttpSession::act(Edit&) {
  host_->backend.edit(std::move(parser_->get().body()),
                      [weak = weak_from_this()](const Result<EditView>& result) {
                        const auto self = weak.lock();
                        if (self && !self->closed_) self->send(edit_reply(result));
                      });
}

void HttpSession::act(CountConns& action) {
  scan_ = std::move(action.scan);
  draw_count();
}

void HttpSession::draw_count() {
  scan_->next(host_->limits.batch, [self = shared_from_this()](const Result<ConnBatch>& batch) {
    if (self->closed_) return;
    if (!batch) return self->send(error_reply(500, batch.error()));
    if (!batch->end) return self->draw_count();
    self->send(count_reply(batch->summary));
  });
}

void HttpSession::act(StreamConns& action) {
  scan_ = std::move(action.scan);
  chunked_ = version_ >= 11;
  if (!chunked_) keep_alive_ = false;  // HTTP/1.0: the end of the connection is the end of the answer
  head_.emplace(http::status::ok, version_);
  head_->set(http::field::content_type, beast::string_view(kJsonLinesType.data(), kJsonLinesType.size()));
  head_->chunked(chunked_);
  head_->keep_alive(keep_alive_);
  serializer_.emplace(*head_);
  stream_.expires_after(host_->limits.reply);
  http::async_write_header(stream_, *serializer_, then([this] { draw_lines(); }));
}

void HttpSession::draw_lines() {
  scan_->next(host_->limits.batch, [self = shared_from_this()](const Result<ConnBatch>& batch) {
    if (!self->closed_) self->on_batch(batch);
  });
}

void HttpSession::on_batch(const Result<ConnBatch>& batch) {
  if (!batch) return abort_stream(batch.error());
  lines_.clear();
  names_.clear();
  for (const ConnView& conn : batch->conns) append_conn_line(lines_, conn, service_json(conn.service));
  if (batch->end) scan_.reset();
  if (lines_.empty()) return batch->end ? end_stream() : draw_lines();
  write_lines(batch->end);
}

void HttpSession::write_lines(bool last) {
  const auto next = [this, last] { last ? end_stream() : draw_lines(); };
  stream_.expires_after(host_->limits.stream);
  if (chunked_) {
    asio::async_write(stream_, http::make_chunk(asio::buffer(lines_)), then(next));
  } else {
    asio::async_write(stream_, asio::buffer(lines_), then(next));
  }
}

void HttpSession::end_stream() {
  if (!chunked_) return close();
  stream_.expires_after(host_->limits.reply);
  asio::async_write(stream_, http::make_chunk_last(), then([this] { keep_alive_ ? read() : close(); }));
}

/// The status line is long gone: the error is the last line, and the missing last chunk says that the answer
/// is not whole.
void HttpSession::abort_stream(const Error& error) {
  scan_.reset();
  lines_ = json_error(error) + "\n";
  stream_.expires_after(host_->limits.reply);
  if (chunked_) {
    asio::async_write(stream_, http::make_chunk(asio::buffer(lines_)), then([this] { close(); }));
  } else {
    asio::async_write(stream_, asio::buffer(lines_), then([this] { close(); }));
  }
}

const std::string& HttpSession::service_json(ServiceSlot slot) {
  const auto [it, fresh] = names_.try_emplace(slot);
  if (fresh) it->second = json_string(host_->backend.service_name(slot));
  return it->second;
}

}  // namespace

void start_session(const std::shared_ptr<SessionHost>& host, asio::local::stream_protocol::socket socket,
                   bool refuse) {
  const auto session = std::make_shared<HttpSession>(host, std::move(socket), refuse);
  host->open.insert(session);
  session->read();
}

}  // namespace hvs
