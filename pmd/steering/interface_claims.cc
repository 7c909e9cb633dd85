// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/interface_claims.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <iterator>
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

namespace {
bool has_ours(std::uint32_t ifindex) {
  const auto found = query_xdp(ifindex);
  return found && found->has_value() && (*found)->ours();
}
}  // namespace

InterfaceClaims::InterfaceClaims(const fs::path& run_root, std::string instance)
    : run_root_(run_root), instance_(std::move(instance)) {}

Result<FileLock> InterfaceClaims::take_lock(std::uint32_t ifindex) const {
  auto lock = FileLock::acquire(interface_lock(run_root_, ifindex), holder_line(instance_));
  if (lock || !lock.error().fix.empty()) return lock;
  return used_by(lock.error().what, ifindex);
}

Result<void> InterfaceClaims::claim(std::uint32_t ifindex) {
  if (!holds(ifindex)) {
    auto lock = take_lock(ifindex);
    if (!lock) return lock.error();
    claimed_[ifindex].lock = std::move(lock).value();
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
               holder_text(claim.lock.former()));
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
  forgotten_ = true;
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

void InterfaceClaims::release_unused() {
  for (auto claimed = claimed_.begin(); claimed != claimed_.end();) {
    const bool unused = !claimed->second.dead && !has_ours(claimed->first);
    claimed = unused ? claimed_.erase(claimed) : std::next(claimed);
  }
  std::error_code ignored;
  fs::remove(interface_locks(run_root_), ignored);  // stays when somebody has locks there
}

void InterfaceClaims::attach_dead() {
  for (auto& [ifindex, claim] : claimed_) {
    const Fd dead = std::move(claim.dead);
    if (!dead) continue;
    auto found = query_xdp(ifindex);
    if (!found) continue;
    Result<void> status;
    if (!found->has_value()) {
      status = attach_xdp(ifindex, dead.get(), claim.dead_flags);
    } else if (const AttachedXdp& xdp = **found; xdp.ours() && !xdp.steers()) {
      const auto bootstrap = open_program(xdp.id);
      status = bootstrap ? replace_xdp(ifindex, dead.get(), bootstrap->get(), xdp.flags) : bootstrap.error();
    } else {
      continue;
    }
    if (status) {
      spdlog::info("{}: XDP program {} is there again, as before the start", device_name(ifindex),
                   claim.dead_id);
    } else {
      spdlog::warn("{}", status.error().message());
    }
  }
}

/// A lock file stays beside a program of ours: remove_leftovers() goes by them.
void InterfaceClaims::release_all() {
  for (auto& [ifindex, claim] : claimed_) {
    if (!has_ours(ifindex)) continue;
    const std::string& former = claim.lock.former();
    claim.lock.leave(forgotten_ || former.empty() ? holder_line(instance_) : former);
  }
  claimed_.clear();
  std::error_code ignored;
  fs::remove(interface_locks(run_root_), ignored);
}

}  // namespace hvs
