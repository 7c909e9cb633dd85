// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"

struct nl_sock;
struct nl_msg;

namespace hvs::netlink {

struct MessageDeleter {
  void operator()(nl_msg* message) const;
};
using Message = std::unique_ptr<nl_msg, MessageDeleter>;

/// A non-blocking NETLINK_ROUTE socket of the process's network namespace.
class Socket {
 public:
  enum class Read : std::uint8_t {
    data,
    empty,
    overrun,  // messages were lost
    failed,   // errno tells why
  };

  /// `groups`: RTNLGRP_* to subscribe to; one that this kernel lacks is left out when it is not needed.
  static Result<Socket> open(std::span<const unsigned> groups, std::size_t receive_buffer);

  [[nodiscard]] int fd() const;
  /// Takes one datagram and gives its messages, one by one, to `take`.
  Read read(const std::function<void(nlmsghdr*)>& take);
  /// Fills in sequence number and port, and sends. Returns the sequence number, or 0 on failure (errno).
  std::uint32_t send(nl_msg* message);
  /// Waits until something can be read; false after `milliseconds` without.
  [[nodiscard]] bool wait(int milliseconds) const;

 private:
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  explicit Socket(nl_sock* socket) : socket_(socket) {}
  std::unique_ptr<nl_sock, Closer> socket_;
};

}  // namespace hvs::netlink
