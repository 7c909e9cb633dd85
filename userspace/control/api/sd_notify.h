// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hvs {

/// Messages to the service manager (sd_notify(3)), sent as one datagram to $NOTIFY_SOCKET. Without that
/// variable every call does nothing. Never blocks.
class SdNotify {
 public:
  SdNotify();  // from the environment
  explicit SdNotify(std::string socket_name) : socket_(std::move(socket_name)) {}

  bool ready(std::string_view status) const;
  bool reloading() const;  // with the time of now, as Type=notify-reload wants it
  bool stopping() const;
  bool watchdog() const;
  bool status(std::string_view text) const;
  /// Sends "NAME=value" lines; false when nothing was sent.
  bool send(const std::string& message) const;

  /// Half of $WATCHDOG_USEC when it is meant for this process: how often to call watchdog().
  [[nodiscard]] static std::optional<std::chrono::microseconds> watchdog_period();

 private:
  std::string socket_;
};

}  // namespace hvs
