// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/units.h"

namespace boost::asio {
class io_context;
}

namespace hvs {

class ControlBackend;

struct ApiLimits {
  std::size_t clients = 64;  // further ones are answered 503
  std::size_t header_bytes = 8_KiB;
  std::size_t body_bytes = 16_MiB;          // a transaction of edits, some 100,000 operations
  std::size_t batch = 256;                  // connections drawn from a scan and written at a time
  std::chrono::milliseconds request = 30s;  // to send a whole request; also how long a client may be idle
  std::chrono::milliseconds reply = 30s;    // to take a whole answer
  // To take one batch of connections: a person may be reading them in a pager.
  std::chrono::milliseconds stream = 600s;
};

/// The control API: HTTP/1.1 over a unix stream socket (docs/api.md). Everything, destruction included,
/// happens on the thread that runs `io`; `io` and `backend` outlive the server.
class ApiServer {
 public:
  ApiServer(boost::asio::io_context& io, ControlBackend& backend, std::string socket_path,
            ApiLimits limits = {});
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  ~ApiServer();  // stops

  /// Creates the directory (0755) and the socket (0660), and listens. Takes the place of a socket on which
  /// nobody listens any more, and of nothing else.
  Result<void> start();
  /// Ends every session, scans included, and removes the socket. May be called twice.
  void stop();
  [[nodiscard]] std::size_t clients() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hvs
