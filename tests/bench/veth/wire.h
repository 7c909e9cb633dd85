// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

struct bpf_object;

namespace hvs::bench {

/// Which frames go into the wire, and where they are expected back.
struct WireOptions {
  std::string send_device;
  std::string sink_device;  // may be the same
  std::string sink_object;  // sink.bpf.o
  std::string dst_mac;      // of the forwarder's port
  std::string src = "10.10.0.200";
  std::string vip = "10.10.0.100";
  unsigned port = 7;
  unsigned flows = 64;  // source ports
};

/// The outside of a forwarder: sends UDP frames of 64 bytes (60 and the checksum that a veth does not have)
/// into one device, and counts in an XDP program what arrives on another.
class Wire {
 public:
  static constexpr unsigned kBurst = 32;

  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  Result<void> open(const WireOptions& options);
  /// Sends up to kBurst frames, of the flows in turn; returns how many the device took.
  unsigned send(unsigned count);
  /// All frames that came back since open(). No system call.
  [[nodiscard]] std::uint64_t returned() const { return *static_cast<const volatile std::uint64_t*>(count_); }

 private:
  static constexpr unsigned kFrameBytes = 60;
  using FrameBytes = std::array<std::uint8_t, kFrameBytes>;

  Result<void> open_sink(const WireOptions& options);
  Result<void> open_socket(const WireOptions& options);
  Result<void> make_frames(const WireOptions& options);

  int socket_ = -1;
  bpf_object* object_ = nullptr;
  int sink_ifindex_ = 0;
  const std::uint64_t* count_ = nullptr;
  std::vector<FrameBytes> frames_;
  std::size_t next_ = 0;
};

}  // namespace hvs::bench
