// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <unordered_set>

#include "control/api/backend.h"
#include "control/api/server.h"

// Between server.cc and session.cc: one client of the API.
namespace hvs {

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;
  /// Ends it now; the backend is not touched any more.
  virtual void close() = 0;
};

/// What sessions share. It owns them while they are open, and they keep it alive; `backend` is used only by
/// sessions that are not closed.
struct SessionHost {
  ControlBackend& backend;
  ApiLimits limits;
  std::unordered_set<std::shared_ptr<Session>> open;
  std::function<void()> on_close;  // a session has left `open`
};

/// Serves `socket` until either side ends it. With `refuse` the first request is answered 503, and no more.
void start_session(const std::shared_ptr<SessionHost>& host,
                   boost::asio::local::stream_protocol::socket socket, bool refuse);

}  // namespace hvs
