// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

namespace hvs {

/// The XDP program on an interface.
struct XdpProgram {
  std::uint32_t id = 0;          // 0: none
  std::uint32_t mode_flags = 0;  // XDP_FLAGS_*_MODE
  std::uint32_t sockets_map =
      0;  // id of its map "xsks_map": whoever owns that owns the program; 0: it has none
};

[[nodiscard]] XdpProgram attached_xdp_program(std::uint32_t ifindex);

/// Detaches that program and no other, and waits until it is at no frame any more.
void detach_xdp_program(std::uint32_t ifindex, const XdpProgram& program);

}  // namespace hvs
