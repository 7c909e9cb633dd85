// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "api_fixture.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "tools/hvsctl/client.h"

namespace hvs::test {
namespace asio = boost::asio;

TempDir::TempDir() {
  std::string name = std::filesystem::temp_directory_path() / "hvs-api-XXXXXX";
  path_ = mkdtemp(name.data());
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RawClient::RawClient(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish_sending() { shutdown(fd_, SHUT_WR); }

std::string RawClient::read(std::size_t max) {
  pollfd wait{fd_, POLLIN, 0};
  if (poll(&wait, 1, 5000) != 1) return {};
  std::string bytes(max, '\0');
  const ssize_t got = recv(fd_, bytes.data(), max, 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string RawClient::read_all() {
  std::string all;
  for (std::string piece = read(65536); !piece.empty(); piece = read(65536)) all += piece;
  return all;
}

std::string RawClient::read_until(std::string_view text) {
  std::string all;
  while (all.find(text) == std::string::npos) {
    const std::string piece = read(65536);
    if (piece.empty()) break;
    all += piece;
  }
  return all;
}

void RawClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

struct ApiTest::Reactor {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy{io.get_executor()};
  std::optional<ApiServer> server;
  std::thread thread{[this] { io.run(); }};
};

ApiTest::ApiTest() : reactor_(std::make_unique<Reactor>()) {
  backend_.post = [io = &reactor_->io](std::function<void()> what) { asio::post(*io, std::move(what)); };
}

ApiTest::~ApiTest() {
  stop();
  reactor_->busy.reset();
  reactor_->io.stop();
  reactor_->thread.join();
}

void ApiTest::serve(ApiLimits limits) {
  std::filesystem::create_directory(std::filesystem::path(path_).parent_path());
  on_reactor([&] {
    reactor_->server.emplace(reactor_->io, backend_, path_, limits);
    const auto started = reactor_->server->start();
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message());
  });
}

void ApiTest::stop() {
  on_reactor([&] { reactor_->server.reset(); });
}

void ApiTest::on_reactor(const std::function<void()>& what) {
  std::promise<void> done;
  asio::post(reactor_->io, [&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

std::size_t ApiTest::clients() {
  std::size_t count = 0;
  on_reactor([&] { count = reactor_->server->clients(); });
  return count;
}

ApiTest::Answer ApiTest::ask(std::string_view method, const std::string& target, const std::string& body) {
  const auto client = ctl::ApiClient::connect(path_);
  if (!client) {
    ADD_FAILURE() << client.error().message();
    return {};
  }
  const auto reply = (*client)->request(method, target, body);
  if (!reply) {
    ADD_FAILURE() << reply.error().message();
    return {};
  }
  return {reply->status, reply->body};
}

std::string ApiTest::raw(std::string_view bytes) {
  RawClient client(path_);
  client.send(bytes);
  client.finish_sending();
  return client.read_all();
}

}  // namespace hvs::test
