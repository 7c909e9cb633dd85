// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "pmd/ethdev_port.h"
#include "pmd/frame_sink.h"

namespace hvs {

/// A TAP device reached by way of vhost-net: a thread of the kernel's moves frames between it and rings in
/// our memory, so that a burst costs one system call, or none. No offload is negotiated: the kernel fills in
/// every checksum and cuts its segments to the MTU before a frame comes to us.
class VhostCompanion final : public EthdevPort, public FrameSink {
 public:
  /// The TAP device exists, has one queue and nobody attached; it stays when this object goes.
  static Result<std::unique_ptr<VhostCompanion>> open(const std::string& netdev, const MacAddr& mac,
                                                      std::uint16_t mtu, rte_mempool* pool);

  unsigned give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) override;
  /// What the kernel sent; the caller owns the frames. Fewer than `count`: there are no more now.
  unsigned take(rte_mbuf** frames, unsigned count);
  /// Readable after the kernel has sent something; to be drained before take().
  [[nodiscard]] int fd() const { return fd_; }
  void drain() const;
  /// A device that is down refuses frames, but vhost-net does not tell.
  void set_up(bool up) { up_ = up; }

 private:
  VhostCompanion(PortInfo info, std::string device) : EthdevPort(std::move(info), std::move(device)) {}
  Result<void> bring_up(rte_mempool* pool);

  int fd_ = -1;  // of the device
  bool up_ = true;
};

}  // namespace hvs
