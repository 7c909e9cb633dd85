// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/headers.h"
#include "pmd/frame_sink.h"
#include "pmd/port.h"

namespace hvs {

/// The netdev whose frames a companion gives back.
struct CompanionTarget {
  std::uint32_t ifindex = 0;
  MacAddr mac{};
  std::uint16_t mtu = 1500;
};

struct CompanionStats {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::uint64_t full = 0;    // the kernel had no room just then
  std::uint64_t failed = 0;  // refused: runt, or the device is down
};

/// The way back to the kernel for frames that were steered to us and are not ours: a TAP device that goes
/// when this object goes. A redirection at its ingress makes each frame arrive at the port's netdev itself,
/// as if from the wire but past any XDP program; so addresses, VLANs, netfilter and rp_filter see what they
/// would have seen without us. One thread writes.
class Companion final : public FrameWriter {
 public:
  /// Needs CAP_NET_ADMIN and /dev/net/tun, in the network namespace of the target.
  static Result<std::unique_ptr<Companion>> create(const CompanionTarget& target);
  ~Companion() override;
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;

  bool write(const std::uint8_t* frame, std::size_t size) override;
  /// The port has another MAC address or MTU now: a frame for an address that is not the device's is dropped.
  Result<void> follow(const MacAddr& mac, std::uint16_t mtu);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] CompanionStats stats() const { return stats_; }
  /// What will not work as described above, and what to do; empty when nothing is missing.
  [[nodiscard]] const std::string& limitation() const { return limitation_; }

 private:
  Companion(int fd, std::string name, const CompanionTarget& target);
  Result<void> bring_up();

  int fd_;
  std::string name_;
  CompanionTarget target_;
  std::string limitation_;
  CompanionStats stats_;
};

/// The companion of a port; nullptr for one that has no netdev.
Result<std::unique_ptr<Companion>> make_companion(const PortInfo& port);

}  // namespace hvs
