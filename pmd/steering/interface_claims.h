// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "pmd/steering/file_lock.h"
#include "pmd/steering/interface_lock.h"
#include "pmd/steering/xdp_link.h"

namespace hvs {

/// An XDP program is in the way: which, and what to do about it.
Error foreign_program(const AttachedXdp& found, std::uint32_t ifindex);
/// An instance that runs has the interface, as the line in its lock file says.
Error used_by(const std::string& holder, std::uint32_t ifindex);

/// The interfaces that this instance has for itself. A lock file stands for each (docs/adr/0006), so a
/// program of ours on an interface whose lock is free belongs to a dead process.
class InterfaceClaims {
 public:
  InterfaceClaims(const std::filesystem::path& run_root, std::string instance);
  /// Takes the interface and frees it of our own stale program. A live instance and a foreign program are
  /// errors.
  Result<void> claim(std::uint32_t ifindex);
  [[nodiscard]] bool holds(std::uint32_t ifindex) const { return locks_.count(ifindex) != 0; }
  /// Detaches what a dead process of this instance left on interfaces that are not claimed now.
  void remove_leftovers() const;
  void release_all();

 private:
  [[nodiscard]] Result<void> take_lock(std::uint32_t ifindex);
  std::filesystem::path run_root_;
  std::string instance_;
  std::map<std::uint32_t, FileLock> locks_;  // by interface index
};

}  // namespace hvs
