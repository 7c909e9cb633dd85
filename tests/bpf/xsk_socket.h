// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <xdp/xsk.h>

#include <optional>
#include <string>
#include <vector>

#include "pmd/steering/fd.h"
#include "tests/support/packet.h"

namespace hvs::test {

/// An AF_XDP socket on queue 0 of an interface, in copy mode, as the PMD would have one.
class XskSocket {
 public:
  XskSocket(const std::string& device, int xsks_map);
  ~XskSocket();
  XskSocket(const XskSocket&) = delete;
  XskSocket& operator=(const XskSocket&) = delete;
  /// The next frame, waiting up to half a second.
  std::optional<Bytes> receive();

 private:
  std::vector<std::uint8_t> area_;
  xsk_umem* umem_ = nullptr;
  xsk_socket* socket_ = nullptr;
  xsk_ring_prod fill_{};
  xsk_ring_cons completion_{};
  xsk_ring_cons rx_{};
};

/// Sends a frame as it is from an interface.
class RawSender {
 public:
  explicit RawSender(const std::string& device);
  void send(const Bytes& frame) const;

 private:
  Fd fd_;
};

}  // namespace hvs::test
