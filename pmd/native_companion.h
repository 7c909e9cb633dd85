// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "net/headers.h"
#include "pmd/frame_sink.h"

namespace hvs {

/// The netdev by which the kernel knows a native port: a TAP device with the NIC's MAC address and MTU, whose
/// carrier follows the NIC's link. Frames that are not ours are written to it, and what the kernel sends
/// through it is read from it and leaves by the NIC; so addresses, routes, ARP, ping, ssh, routing daemons
/// and tcpdump work on it as on the NIC's own netdev. A persistent one stays while HVS is down, without a
/// carrier, and keeps its addresses.
class NativeCompanion final : public FrameSink {
 public:
  /// Attaches to the TAP device of that name, or makes it. Needs CAP_NET_ADMIN and /dev/net/tun.
  static Result<std::unique_ptr<NativeCompanion>> open(const std::string& name, const MacAddr& mac,
                                                       std::uint16_t mtu);
  ~NativeCompanion() override;
  NativeCompanion(const NativeCompanion&) = delete;
  NativeCompanion& operator=(const NativeCompanion&) = delete;

  bool write(const std::uint8_t* frame, std::size_t size) override;
  /// The next frame that the kernel sends; 0: there is none now.
  std::size_t read(std::span<std::uint8_t> room);
  /// Readable while frames wait.
  [[nodiscard]] int fd() const { return fd_; }

  void set_carrier(bool up);
  Result<void> set_mtu(std::uint16_t mtu);
  /// The device stays when this object goes, or does not. One that was made goes, one that was found stays.
  void set_persistent(bool persistent);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t ifindex() const;

 private:
  NativeCompanion(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<void> bring_up(const MacAddr& mac, std::uint16_t mtu);

  int fd_;
  std::string name_;
};

/// The netdev is a TAP device, so it may be a companion.
[[nodiscard]] bool is_tap(const std::string& netdev);

}  // namespace hvs
