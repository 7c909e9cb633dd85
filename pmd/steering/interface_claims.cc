// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/interface_claims.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

#include "model/message_id.h"

namespace hvs {

namespace fs = std::filesystem;

Error foreign_program(const AttachedXdp& found, std::uint32_t ifindex) {
  const std::string device = device_name(ifindex);
  if (found.name == "xdp_dispatcher") {
    return {
        "XDP program " + found.text() + " of libxdp's dispatcher is attached", device,
        "Sharing an interface through the dispatcher is not available yet: unload with `xdp-loader unload " +
            device + " --all`, or give the port another device"};
  }
  const char* off = found.native() ? "xdpdrv off" : found.generic() ? "xdpgeneric off" : "xdpoffload off";
  return message(MessageId::xdp_foreign, device, "XDP program " + found.text() + " is attached",
                 "If nobody needs it, remove it: `ip link set dev " + device + " " + off +
                     "` (`bpftool prog show id " + std::to_string(found.id) + "` says more)");
}

Error used_by(const std::string& holder, std::uint32_t ifindex) {
  return message(MessageId::device_in_use, device_name(ifindex), "used by " + holder_text(holder),
                 "Stop that instance, or give the port another device");
}

InterfaceClaims::InterfaceClaims(const fs::path& run_root, std::string instance)
    : run_root_(run_root), instance_(std::move(instance)) {}

Result<FileLock> InterfaceClaims::take_lock(std::uint32_t ifindex) const {
  auto lock = FileLock::acquire(interface_lock(run_root_, ifindex), holder_line(instance_));
  if (lock || !lock.error().fix.empty()) return lock;
  return used_by(lock.error().what, ifindex);
}

Result<void> InterfaceClaims::claim(std::uint32_t ifindex) {
  if (!holds(ifindex)) {
    Claim claim;
    claim.previous = FileLock::holder_of(interface_lock(run_root_, ifindex));
    auto lock = take_lock(ifindex);
    if (!lock) return lock.error();
    claim.lock = std::move(lock).value();
    claimed_.emplace(ifindex, std::move(claim));
  }
  auto found = query_xdp(ifindex);
  if (!found) return found.error();
  if (found->has_value() && !(*found)->ours()) return foreign_program(**found, ifindex);
  return {};
}

Result<void> InterfaceClaims::make_room(std::uint32_t ifindex) {
  auto found = query_xdp(ifindex);
  if (!found) return found.error();
  Claim& claim = claimed_.at(ifindex);
  const bool first = !std::exchange(claim.cleared, true);
  if (!found->has_value()) return {};
  const AttachedXdp& xdp = **found;
  if (!xdp.ours()) return foreign_program(xdp, ifindex);
  auto program = open_program(xdp.id);
  if (!program) return program.error();
  if (auto status = detach_xdp(ifindex, program->get(), xdp.flags); !status) return status;
  if (!first) return {};
  spdlog::info("{}: removed XDP program {} that {} left behind", device_name(ifindex), xdp.text(),
               holder_text(claim.previous));
  if (!xdp.steers()) return {};
  claim.dead = std::move(program).value();
  claim.dead_id = xdp.id;
  claim.dead_flags = xdp.flags;
  return {};
}

Result<void> InterfaceClaims::put_back(std::uint32_t ifindex) {
  Claim& claim = claimed_.at(ifindex);
  if (!claim.dead) return {};
  auto found = query_xdp(ifindex);
  if (!found) return found.error();
  // attach() is going to say so.
  if (!found->has_value() || (*found)->id == claim.dead_id) return {};
  const AttachedXdp& xdp = **found;
  if (!xdp.ours()) return foreign_program(xdp, ifindex);
  auto program = open_program(xdp.id);
  if (!program) return program.error();
  auto sockets = open_map_of_program(program->get(), "xsks_map");
  if (!sockets) return sockets.error();
  if (auto status = replace_xdp(ifindex, claim.dead.get(), program->get(), xdp.flags); !status) {
    spdlog::warn("{}; until it steers, the kernel gets service traffic", status.error().message());
    return {};
  }
  claim.sockets_map = std::move(sockets).value();
  spdlog::debug("{}: XDP program {} is back until the steering program of this start is there",
                device_name(ifindex), claim.dead_id);
  return {};
}

Result<Fd> InterfaceClaims::take_sockets_map(std::uint32_t ifindex, const AttachedXdp& attached,
                                             int attached_fd) {
  Claim& claim = claimed_.at(ifindex);
  if (attached.id == claim.dead_id && claim.sockets_map) return std::move(claim.sockets_map);
  if (attached.steers() || !attached.ours()) return foreign_program(attached, ifindex);
  return open_map_of_program(attached_fd, "xsks_map");
}

void InterfaceClaims::take_out_dead() {
  for (auto& [ifindex, claim] : claimed_) {
    if (!claim.dead) continue;
    auto found = query_xdp(ifindex);
    if (!found || !found->has_value() || (*found)->id != claim.dead_id) continue;
    if (auto status = detach_xdp(ifindex, claim.dead.get(), (*found)->flags); !status)
      spdlog::warn("{}", status.error().message());
  }
}

void InterfaceClaims::forget_dead() {
  take_out_dead();
  for (auto& claimed : claimed_) {
    claimed.second.dead = Fd();
    claimed.second.dead_id = 0;
  }
}

void InterfaceClaims::remove_leftovers() const {
  const std::string prefix = interface_lock_prefix();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(interface_locks(run_root_), error)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(prefix, 0) != 0 || FileLock::holder_of(entry.path()).rfind(instance_ + " ", 0) != 0)
      continue;
    const auto ifindex = static_cast<std::uint32_t>(std::strtoul(file.c_str() + prefix.size(), nullptr, 10));
    if (holds(ifindex)) continue;
    auto lock = FileLock::acquire(entry.path(), holder_line(instance_));
    if (!lock) continue;
    auto found = query_xdp(ifindex);
    if (!found || !found->has_value() || !(*found)->ours()) continue;
    auto program = open_program((*found)->id);
    if (program && detach_xdp(ifindex, program->get(), (*found)->flags))
      spdlog::info("{}: removed XDP program {}, left behind on an interface that is no port any more",
                   device_name(ifindex), (*found)->text());
  }
}

/// A lock file stays beside a program of ours: remove_leftovers() goes by them.
void InterfaceClaims::release(std::uint32_t ifindex, Claim& claim) {
  const auto found = query_xdp(ifindex);
  if (found && found->has_value() && (*found)->ours()) {
    claim.lock.leave(claim.previous.empty() ? holder_line(instance_) : claim.previous);
  } else {
    claim.lock.release();
  }
}

void InterfaceClaims::release_unused() {
  for (auto claimed = claimed_.begin(); claimed != claimed_.end();) {
    auto& [ifindex, claim] = *claimed;
    if (claim.dead) {
      ++claimed;
      continue;
    }
    release(ifindex, claim);
    claimed = claimed_.erase(claimed);
  }
  std::error_code ignored;
  fs::remove(interface_locks(run_root_), ignored);  // stays when somebody has locks there
}

void InterfaceClaims::release_all() {
  for (auto& [ifindex, claim] : claimed_) {
    if (!claim.dead) continue;
    auto found = query_xdp(ifindex);
    if (found && !found->has_value()) {
      if (auto status = attach_xdp(ifindex, claim.dead.get(), claim.dead_flags); status) {
        spdlog::info("{}: XDP program {} is as it was: the start failed", device_name(ifindex),
                     claim.dead_id);
      } else {
        spdlog::warn("{}", status.error().message());
      }
    }
    claim.dead = Fd();
  }
  release_unused();
}

}  // namespace hvs
