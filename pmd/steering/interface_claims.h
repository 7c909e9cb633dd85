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
  /// Takes the interface. A live instance and a foreign program are errors.
  Result<void> claim(std::uint32_t ifindex);
  [[nodiscard]] bool holds(std::uint32_t ifindex) const { return claimed_.count(ifindex) != 0; }
  /// Frees a claimed interface of the program that a dead process left on it, if there is one, and keeps that
  /// for put_back().
  Result<void> make_room(std::uint32_t ifindex);
  /// Puts the program that make_room() removed in the place of the bootstrap, or of none.
  Result<void> put_back(std::uint32_t ifindex);
  /// The XSKMAP of the bootstrap that is on the interface, or was until put_back().
  Result<Fd> sockets_map(std::uint32_t ifindex, const AttachedXdp& attached, int attached_fd);
  /// Forgets what make_room() removed: another program is in its place, or it is to stay.
  void forget_removed(std::uint32_t ifindex);
  void forget_all_removed();
  /// Detaches what a dead process of this instance left on interfaces that are not claimed now.
  void remove_leftovers() const;
  /// Gives the interfaces up, without what put_back() put there.
  void release_all();

 private:
  struct Claim {
    FileLock lock;
    std::string previous;  // who had the interface before, as the lock file says
    Fd removed;            // a dead process' program, for which there was no room
    std::uint32_t removed_id = 0;
    std::uint32_t removed_flags = 0;  // XDP_FLAGS_*_MODE that it was attached with
    Fd sockets_map;                   // of the bootstrap that `removed` took the place of
  };
  [[nodiscard]] Result<FileLock> take_lock(std::uint32_t ifindex) const;
  std::filesystem::path run_root_;
  std::string instance_;
  std::map<std::uint32_t, Claim> claimed_;  // by interface index
};

}  // namespace hvs
