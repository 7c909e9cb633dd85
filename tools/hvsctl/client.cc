// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

namespace hvs::ctl {
namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds(30);  // for one step of the exchange
constexpr std::size_t kPiece = 64 * 1024;

Error connect_error(const std::string& path, error_code error) {
  if (error == boost::system::errc::permission_denied) {
    return {"permission denied", path, "run it with sudo"};
  }
  // The directory is named after the instance, and so is the unit.
  std::string unit = "hvsd@NAME";
  const std::size_t end = path.rfind("/api.sock");
  if (end != std::string::npos && end > 0) {
    const std::size_t begin = path.rfind('/', end - 1);
    unit = "hvsd@" + path.substr(begin == std::string::npos ? 0 : begin + 1, end - begin - 1);
  }
  const std::string fix = "is the daemon running? see: systemctl status " + unit;
  if (error == boost::system::errc::no_such_file_or_directory) return {"there is no such socket", path, fix};
  if (error == boost::system::errc::connection_refused) return {"no daemon listens on the socket", path, fix};
  return {"cannot connect: " + error.message(), path, fix};
}

Error exchange_error(error_code error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return {"the daemon ended the connection in the middle of its answer", "", "see its log"};
  }
  if (error == beast::error::timeout) {
    return {"the daemon does not answer", "", "see its log; is the machine overloaded?"};
  }
  return {"exchange with the daemon failed: " + error.message(), "", ""};
}

}  // namespace

struct ApiClient::Impl {
  /// Runs one asynchronous operation to its end, within kPatience.
  template <typename Start>
  error_code run(Start start) {
    error_code result;
    stream.expires_after(kPatience);
    start([&](error_code error, std::size_t = 0) { result = error; });
    io.restart();
    io.run();
    return result;
  }

  error_code send(std::string_view method, const std::string& target, std::string body = {}) {
    http::request<http::string_body> request;
    request.method_string({method.data(), method.size()});
    request.target(target);
    request.version(11);
    request.set(http::field::host, "hvs");
    request.keep_alive(false);
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    return run([&](auto done) { http::async_write(stream, request, done); });
  }

  asio::io_context io{1};
  beast::basic_stream<asio::local::stream_protocol> stream{io};
  beast::flat_buffer buffer;
};

ApiClient::ApiClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiClient::~ApiClient() = default;

Result<std::unique_ptr<ApiClient>> ApiClient::connect(const std::string& socket_path) {
  auto impl = std::make_unique<Impl>();
  error_code error;
  try {
    impl->stream.socket().connect(asio::local::stream_protocol::endpoint(socket_path), error);
  } catch (const boost::system::system_error& problem) {  // the path is too long for an address
    error = problem.code();
  }
  if (error) return connect_error(socket_path, error);
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(impl)));
}

Result<HttpReply> ApiClient::request(std::string_view method, const std::string& target, std::string body) {
  const error_code sent = impl_->send(method, target, std::move(body));
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  const error_code error =
      impl_->run([&](auto done) { http::async_read(impl_->stream, impl_->buffer, parser, done); });
  // A daemon that refuses may answer before it has read everything: its answer comes first.
  if (error) return exchange_error(sent ? sent : error);
  auto message = parser.release();
  return HttpReply{message.result_int(), std::move(message.body())};
}

Result<HttpReply> ApiClient::lines(const std::string& target,
                                   const std::function<bool(std::string_view)>& on_line) {
  if (const error_code error = impl_->send("GET", target)) return exchange_error(error);
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  error_code error =
      impl_->run([&](auto done) { http::async_read_header(impl_->stream, impl_->buffer, parser, done); });
  if (error) return exchange_error(error);
  HttpReply reply{parser.get().result_int(), {}};
  std::vector<char> piece(kPiece);
  std::string rest;  // a line's beginning
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    error = impl_->run([&](auto done) { http::async_read_some(impl_->stream, impl_->buffer, parser, done); });
    rest.append(piece.data(), piece.size() - parser.get().body().size);
    if (reply.status == 200) {
      std::size_t begin = 0;
      for (std::size_t end; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
        if (!on_line(std::string_view(rest).substr(begin, end - begin))) return reply;
      }
      rest.erase(0, begin);
    }
    if (error && error != http::error::need_buffer) return exchange_error(error);
  }
  if (reply.status != 200) reply.body = std::move(rest);
  return reply;
}

}  // namespace hvs::ctl
