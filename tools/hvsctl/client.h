// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvs::ctl {

struct HttpReply {
  unsigned status = 0;
  std::string body;
};

/// One connection to a daemon's control socket.
class ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> connect(const std::string& socket_path);
  ~ApiClient();

  /// Sends a request, JSON when it has a body, and waits for the whole answer, whatever its status.
  Result<HttpReply> request(std::string_view method, const std::string& target, std::string body = {});
  /// GETs JSON lines and passes each on as it arrives, without its newline; `on_line` returns false to stop.
  /// The body of the result is empty, unless the status is not 200.
  Result<HttpReply> lines(const std::string& target, const std::function<bool(std::string_view)>& on_line);

 private:
  struct Impl;
  explicit ApiClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hvs::ctl
