// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/headers.h"
#include "pmd/frame_sink.h"
#include "pmd/netdev_link.h"
#include "pmd/vhost_companion.h"

struct rte_mempool;

namespace hvs {

/// The netdev by which the kernel knows a native port: a TAP device with the NIC's MAC address and MTU, whose
/// carrier follows the NIC's link. Frames that are not ours are given to it, and what the kernel sends
/// through it is taken from it and leaves by the NIC; so addresses, routes, ARP, ping, ssh, routing daemons
/// and tcpdump work on it as on the NIC's own netdev. A persistent one stays while HVS is down, without a
/// carrier, and keeps its addresses. Frames go by system calls, or by vhost-net where the kernel has it.
class NativeCompanion final : public FrameWriter {
 public:
  /// Attaches to the TAP device of that name, or makes it. One that is made is set up if `up` says so; one
  /// that is found stays up or down. Needs CAP_NET_ADMIN and /dev/net/tun.
  static Result<std::unique_ptr<NativeCompanion>> open(const std::string& name, const MacAddr& mac,
                                                       std::uint16_t mtu, bool up = true);
  ~NativeCompanion() override;
  NativeCompanion(const NativeCompanion&) = delete;
  NativeCompanion& operator=(const NativeCompanion&) = delete;

  /// From here on by vhost-net. Otherwise returns why not, and everything is as before. After an error
  /// nobody is attached to the device: this object is of no more use.
  Result<std::string> use_vhost(const MacAddr& mac, std::uint16_t mtu, rte_mempool* pool);
  /// How frames get there: "vhost-net" or "tap".
  [[nodiscard]] std::string_view way() const { return vhost_ ? "vhost-net" : "tap"; }

  unsigned give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) override;
  /// One frame, by a system call.
  bool write(const std::uint8_t* frame, std::size_t size) override;
  /// Frames that the kernel sends, in buffers of the pool; `lost` counts those for which there was none.
  /// Fewer than `count`: there are no more now.
  unsigned take(rte_mbuf** frames, unsigned count, rte_mempool* pool, std::uint64_t& lost);
  /// Readable while frames wait (tap), or once after they have come (vhost-net).
  [[nodiscard]] int fd() const { return vhost_ ? vhost_->fd() : fd_; }
  /// To be called before take() when fd() was readable.
  void drain() const {
    if (vhost_) vhost_->drain();
  }

  /// False when the kernel did not take it.
  bool set_carrier(bool up);
  Result<void> set_mtu(std::uint16_t mtu);
  /// The device stays when this object goes, or does not. One that was made goes, one that was found stays.
  void set_persistent(bool persistent);
  [[nodiscard]] bool persistent() const { return persistent_; }
  /// What the operator and programs want of the device now.
  NetdevLink link();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t ifindex() const;

 private:
  NativeCompanion(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<void> attach();
  Result<void> attach_again();
  Result<void> bring_up(const MacAddr& mac, std::uint16_t mtu, bool up);

  int fd_;  // -1 while vhost-net has the device, or nobody
  std::string name_;
  bool persistent_ = false;
  NetdevLooks looks_;
  std::unique_ptr<VhostCompanion> vhost_;
};

}  // namespace hvs
