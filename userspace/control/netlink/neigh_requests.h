// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "control/netlink/socket.h"
#include "model/fib.h"

namespace hvs::netlink {

/// Asks the kernel to look for a neighbour or to confirm one: RTM_NEWNEIGH with NTF_USE does what sending a
/// packet to it would do (neigh_event_send()): it starts ARP or neighbour discovery for an entry that is new
/// or failed, and moves a stale one to DELAY, from where it is probed.
class NeighRequests {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Answer : std::uint8_t { asked, limited, refused };

  static Result<NeighRequests> open(std::chrono::milliseconds interval);
  /// At most once an interval for one neighbour, and for kMaxPending neighbours in all.
  Answer use(const NeighKey& key, Clock::time_point now);

  static constexpr std::size_t kMaxPending = 4096;  // the kernel's own default limit is 1024 neighbours

 private:
  NeighRequests(Socket socket, std::chrono::milliseconds interval)
      : socket_(std::move(socket)), interval_(interval) {}
  bool admit(const NeighKey& key, Clock::time_point now);

  Socket socket_;
  std::chrono::milliseconds interval_;
  std::unordered_map<NeighKey, Clock::time_point, NeighKeyHash> asked_;
  Clock::time_point swept_;
};

}  // namespace hvs::netlink
