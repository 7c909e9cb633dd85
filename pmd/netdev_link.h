// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct nl_sock;

namespace hvs {

struct NetdevLink {
  bool exists = false;
  bool up = false;  // IFF_UP: set so by the operator
  /// Somebody wants frames for every address: tcpdump, a bridge, or a macvlan. IFF_PROMISC as the ioctl tells
  /// it is only what was set by hand.
  bool promiscuous = false;
};

/// Asks the kernel about a netdev of the calling thread's network namespace.
[[nodiscard]] NetdevLink netdev_link(std::uint32_t ifindex);

/// For whoever asks often, about any netdev of it: keeps its socket.
class NetdevLooks {
 public:
  [[nodiscard]] NetdevLink look(const std::string& name);

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  std::unique_ptr<nl_sock, Free> socket_;
};

/// For a netdev without a cable of its own; a TAP device knows it since Linux 5.0.
bool set_netdev_carrier(std::uint32_t ifindex, bool up);

}  // namespace hvs
