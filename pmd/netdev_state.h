// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hvs {

/// Addresses and routes of a netdev that is about to go, to be set on the one that comes in its place. What
/// the kernel or a router makes by itself (link-local and autoconfigured addresses, routes of prefixes) is
/// left to them. Routes over several netdevs and by nexthop objects (`ip nexthop`) are not moved, only
/// counted; so are those of routing daemons, which set theirs again by themselves.
class NetdevState {
 public:
  /// An error says that the kernel did not tell all.
  static Result<NetdevState> save(std::uint32_t ifindex);
  /// Sets what was saved on another netdev, which is up. A route that somebody has set meanwhile stays as it
  /// is. Returns how many are there.
  [[nodiscard]] std::size_t restore(std::uint32_t ifindex) const;
  /// As bytes of a file, for this machine and until it starts anew; and back. Nothing: those are no such
  /// bytes.
  [[nodiscard]] std::string pack() const;
  static std::optional<NetdevState> unpack(std::string_view bytes);
  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  /// The netdev was set up.
  [[nodiscard]] bool up() const { return up_; }
  /// Routes that led through it and are not moved.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  std::vector<std::vector<std::byte>> messages_;  // of rtnetlink: addresses, then routes
  std::size_t left_out_ = 0;
  bool up_ = false;
};

}  // namespace hvs
