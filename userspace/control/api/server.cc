// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "control/api/session.h"
#include "control/api/socket_file.h"

namespace hvs {
namespace {
namespace asio = boost::asio;
using boost::system::error_code;
using Unix = asio::local::stream_protocol;

constexpr std::size_t kRefusals = 16;  // clients beyond the limit that are told so at the same time
constexpr auto kRetryAccept = 100ms;   // after a lack of descriptors or memory
}  // namespace

struct ApiServer::State : std::enable_shared_from_this<ApiServer::State> {
  State(asio::io_context& io, ControlBackend& backend, std::string socket_path, const ApiLimits& limits)
      : path(std::move(socket_path)),
        acceptor(io),
        retry(io),
        host(std::make_shared<SessionHost>(SessionHost{backend, limits, {}, {}})) {}

  void accept();
  void on_accept(error_code error, Unix::socket socket);

  std::string path;
  SocketFile file;
  Unix::acceptor acceptor;
  asio::steady_timer retry;
  std::shared_ptr<SessionHost> host;
  bool accepting = false;
};

void ApiServer::State::accept() {
  if (accepting || !acceptor.is_open() || host->open.size() >= host->limits.clients + kRefusals) return;
  accepting = true;
  acceptor.async_accept([self = shared_from_this()](error_code error, Unix::socket socket) {
    self->accepting = false;
    self->on_accept(error, std::move(socket));
  });
}

void ApiServer::State::on_accept(error_code error, Unix::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {
    retry.expires_after(kRetryAccept);
    retry.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->accept();
    });
    return;
  }
  start_session(host, std::move(socket), host->open.size() >= host->limits.clients);
  accept();
}

ApiServer::ApiServer(asio::io_context& io, ControlBackend& backend, std::string socket_path, ApiLimits limits)
    : state_(std::make_shared<State>(io, backend, std::move(socket_path), limits)) {}

ApiServer::~ApiServer() { stop(); }

Result<void> ApiServer::start() {
  auto file = SocketFile::listen(state_->path);
  if (!file) return file.error();
  state_->file = std::move(*file);
  state_->acceptor.assign(Unix{}, state_->file.release_fd());
  state_->host->on_close = [weak = std::weak_ptr<State>(state_)] {
    if (const auto state = weak.lock()) state->accept();
  };
  state_->accept();
  return {};
}

void ApiServer::stop() {
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->retry.cancel();
  state_->file = SocketFile{};
  state_->host->on_close = nullptr;
  const auto open = state_->host->open;  // a copy: a session that closes leaves the set
  for (const auto& session : open) session->close();
}

std::size_t ApiServer::clients() const { return state_->host->open.size(); }

}  // namespace hvs
