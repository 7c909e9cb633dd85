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
/// program of ours on an interface whose lock is free belongs to a dead process. Such a one is kept while
/// this process starts: whenever the interface has room for it, it goes on treating traffic as its `on_down`
/// says.
class InterfaceClaims {
 public:
  InterfaceClaims(const std::filesystem::path& run_root, std::string instance);
  /// Takes the interface. A live instance and a foreign program are errors.
  Result<void> claim(std::uint32_t ifindex);
  [[nodiscard]] bool holds(std::uint32_t ifindex) const { return claimed_.count(ifindex) != 0; }
  /// Frees a claimed interface of what a dead process left on it, if there is something, or of what
  /// put_back() put there.
  Result<void> make_room(std::uint32_t ifindex);
  /// Puts the dead process's steering program in the place of the bootstrap, whose XSKMAP it keeps.
  Result<void> put_back(std::uint32_t ifindex);
  /// The XSKMAP of the bootstrap that is on the interface, or was until put_back(), which has it no more
  /// then.
  Result<Fd> take_sockets_map(std::uint32_t ifindex, const AttachedXdp& attached, int attached_fd);
  /// Detaches what put_back() put there.
  void take_out_dead();
  /// The same, and from here on no program of a dead process is kept.
  void forget_dead();
  /// Detaches what a dead process of this instance left on interfaces that are not claimed now.
  void remove_leftovers() const;
  /// Gives up the interfaces on which nothing of ours is, nor is to be again.
  void release_unused();
  /// Attaches the programs of dead processes that were not forgotten, where nothing or a bootstrap is.
  void attach_dead();
  /// Gives up all interfaces.
  void release_all();

 private:
  struct Claim {
    FileLock lock;
    bool cleared = false;  // make_room() was here
    Fd dead;               // a dead process's steering program
    std::uint32_t dead_id = 0;
    std::uint32_t dead_flags = 0;  // XDP_FLAGS_*_MODE that it was attached with
    Fd sockets_map;                // of the bootstrap whose place it has
  };
  [[nodiscard]] Result<FileLock> take_lock(std::uint32_t ifindex) const;
  std::filesystem::path run_root_;
  std::string instance_;
  std::map<std::uint32_t, Claim> claimed_;  // by interface index
  bool forgotten_ = false;                  // what is on the interfaces is of this process
};

}  // namespace hvs
