// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hvs {

/// Addresses and routes of a netdev that is about to go, to be set on the one that comes in its place. What
/// the kernel or a router makes by itself (link-local and autoconfigured addresses, routes of prefixes) is
/// left to them, and so are routes over several netdevs.
class NetdevState {
 public:
  static NetdevState save(std::uint32_t ifindex);
  /// Sets what was saved on another netdev, which is up. Returns how many of them the kernel took.
  [[nodiscard]] std::size_t restore(std::uint32_t ifindex) const;
  [[nodiscard]] std::size_t size() const { return messages_.size(); }

 private:
  std::vector<std::vector<std::byte>> messages_;  // of rtnetlink: addresses, then routes
};

}  // namespace hvs
