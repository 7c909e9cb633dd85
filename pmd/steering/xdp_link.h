// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/names.h"
#include "pmd/steering/fd.h"

// XDP programs on interfaces, through libbpf's netlink calls.
namespace hvs {

struct AttachedXdp {
  std::uint32_t id = 0;
  std::string name;
  std::string tag;
  std::string mode;         // "native", "generic" or "offloaded"
  std::uint32_t flags = 0;  // XDP_FLAGS_*_MODE of that mode
  [[nodiscard]] bool native() const;
  [[nodiscard]] bool generic() const;
  /// One of our two programs, of this instance or another.
  [[nodiscard]] bool ours() const;
  /// The steering program, of this instance or another.
  [[nodiscard]] bool steers() const;
  /// "'name' (id 7, tag ..., native)".
  [[nodiscard]] std::string text() const;
};

/// "eth0", or "interface 7" when it has no name (any more).
std::string device_name(std::uint32_t ifindex);

/// The program on the interface, if any.
Result<std::optional<AttachedXdp>> query_xdp(std::uint32_t ifindex);

Result<Fd> open_program(std::uint32_t id);
/// The map of that name that the program uses.
Result<Fd> open_map_of_program(int prog_fd, const std::string& name);

/// Puts `prog_fd` in the place of `old_fd`, atomically: fails when another program is there by now.
Result<void> replace_xdp(std::uint32_t ifindex, int prog_fd, int old_fd, std::uint32_t mode_flags);
/// Attaches where nothing is attached.
Result<void> attach_xdp(std::uint32_t ifindex, int prog_fd, std::uint32_t mode_flags);
/// Detaches `prog_fd`, and nothing else if another program is there by now.
Result<void> detach_xdp(std::uint32_t ifindex, int prog_fd, std::uint32_t mode_flags);

}  // namespace hvs
