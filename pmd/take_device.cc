// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/take_device.h"

#include <linux/sockios.h>
#include <net/if.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "model/message_id.h"
#include "pmd/bind_guard.h"
#include "pmd/kept_state.h"
#include "pmd/netdev_control.h"
#include "pmd/steering/file_lock.h"
#include "pmd/steering/interface_lock.h"
#include "pmd/tap_device.h"

namespace hvs {

namespace fs = std::filesystem;

namespace {

/// The netdev that the driver makes for the device, when it has come.
std::string wait_for_netdev(const PciBus& bus, const std::string& address) {
  std::vector<std::string> names;
  const bool came = bus.wait_until([&] {
    names = bus.netdevs_of(address);
    return !names.empty();
  });
  return came ? names.front() : std::string();
}

std::string rename_netdev(const std::string& from, const std::string& to) {
  if (to.empty() || from == to || from.empty() || if_nametoindex(to.c_str()) != 0) return from;
  ifreq request = request_for(from);
  std::copy_n(to.data(), std::min(to.size(), sizeof request.ifr_newname - 1), request.ifr_newname);
  request.ifr_newname[std::min(to.size(), sizeof request.ifr_newname - 1)] = '\0';
  return NetdevControl().call(SIOCSIFNAME, request) ? to : from;
}

/// Waits for the device's netdev and gives it that name. A device manager may be renaming it, too.
std::string netdev_named(const PciBus& bus, const std::string& address, const std::string& name) {
  std::string netdev = wait_for_netdev(bus, address);
  for (int i = 0; i < 25 && !netdev.empty() && !name.empty(); ++i) {
    netdev = rename_netdev(netdev, name);
    if (netdev == name) break;
    std::this_thread::sleep_for(20ms);
    if (const auto now = bus.netdevs_of(address); !now.empty()) netdev = now.front();
  }
  return netdev;
}

std::size_t set_state(const std::string& netdev, const NetdevState& state) {
  if (!state.up()) return state.restore(if_nametoindex(netdev.c_str()));
  if (!NetdevControl().add_flags(netdev, IFF_UP)) return 0;
  return state.restore(if_nametoindex(netdev.c_str()));
}

/// Puts a NIC's netdev back that a failed binding has taken. Returns what is amiss then; empty: nothing.
std::string reinstate(const DeviceFacts& facts, const NetdevState& before, const PciBus& bus) {
  if (facts.ifindex == 0 || if_nametoindex(facts.netdev.c_str()) == facts.ifindex) return {};
  const std::string all = std::to_string(before.size());
  const std::string netdev = netdev_named(bus, facts.pci_address, facts.netdev);
  if (netdev.empty()) return "its netdev " + facts.netdev + " is gone, with " + all + " addresses and routes";
  const std::size_t set = set_state(netdev, before);
  if (set == before.size()) return {};
  return "of its netdev's addresses and routes " + std::to_string(set) + " of " + all + " are on " + netdev +
         " again";
}

/// Whatever becomes of us, the next who asks knows what the NIC was.
Result<void> note_nic(const DeviceFacts& facts, const NetdevState& state, const fs::path& records) {
  const std::string& address = facts.pci_address;
  const std::string former = facts.for_userspace() ? "" : facts.driver;
  if (auto done = write_bound(address, {former, facts.netdev, facts.mac, facts.mtu, ""}, records); !done)
    return done;
  auto kept = keep_state(address, state, records);
  if (!kept) remove_bound(address, records);
  return kept;
}

Result<void> set_returning(const std::string& address, bool returning, const fs::path& records) {
  BoundRecord record = read_bound(address, records).value_or(BoundRecord{});
  if (std::exchange(record.returning, returning) == returning) return {};
  return write_bound(address, record, records);
}

void forget_nic(const std::string& address, const fs::path& records) {
  drop_state(address, records);
  remove_bound(address, records);
}

/// What a NIC that goes back is to have, from its companion or from what was kept.
Result<NetdevState> state_due(const std::string& address, const std::string& companion,
                              const fs::path& records) {
  auto kept = kept_state(address, records);
  if (!kept || kept->size() != 0 || companion.empty() || !is_tap(companion)) return kept;
  return NetdevState::save(if_nametoindex(companion.c_str()));
}

/// This machine may lose the NIC with all that the kernel has of it.
Result<void> may_lose(const DeviceFacts& facts, const PciBus& bus) {
  const NicNetdevs netdevs = netdevs_of_nic(facts.pci_address, bus);
  auto here = surroundings_here();
  if (!here) {
    return message(MessageId::bind_unknown, "PCI device " + facts.pci_address,
                   "it cannot be told whether this machine is reached through it: " + here.error().what,
                   "Try again, or say that you mean it (`force: true`, or hvsctl bind --force)");
  }
  // A NIC that keeps its kernel driver keeps its functions.
  return may_take_nic(
      facts.pci_address, netdevs,
      facts.bifurcated ? std::vector<std::string>{} : bus.virtual_functions_of(facts.pci_address), *here);
}

/// Its netdev is there and lacks some of what it had, and nobody may note less than that.
Result<void> must_be_whole(const DeviceFacts& facts, const fs::path& records) {
  if (facts.ifindex == 0) return {};
  const auto record = read_bound(facts.pci_address, records);
  if (!record || !record->returning) return {};
  return message(MessageId::bind_unfinished, "PCI device " + facts.pci_address,
                 "was not wholly given back to the kernel: " + facts.netdev +
                     " does not have all addresses and routes again",
                 "Finish that: hvsctl unbind " + facts.pci_address);
}

/// Netdevs of this network namespace whose end would come with the NIC: its own and what stands on them.
std::vector<std::uint32_t> netdevs_over(const DeviceFacts& facts, std::vector<std::string> own,
                                        const fs::path& root) {
  std::vector<std::uint32_t> out{facts.ifindex};
  if (!facts.netdev.empty()) own.push_back(facts.netdev);
  for (const std::string& netdev : own) {
    // Where /sys is that of another network namespace, what stands on it is not known.
    const auto stack = stack_on(netdev, root);
    for (const std::string& name : stack ? *stack : std::vector<std::string>{netdev})
      out.push_back(if_nametoindex(name.c_str()));
  }
  std::erase(out, 0);
  return out;
}

/// An instance that shares a netdev of the NIC with the kernel, or one on it, would lose it, and end. Whose
/// line is not there yet is some other's, too.
Result<void> not_shared(const DeviceFacts& facts, int own_process, const PciBus& bus,
                        const fs::path& run_root) {
  const auto refuse = [&](const std::string& how, const std::string& holder, const char* fix) {
    return message(MessageId::device_in_use, "PCI device " + facts.pci_address, how + holder_text(holder),
                   fix);
  };
  const auto foreign = [&](const std::optional<std::string>& holder) {
    return holder && (own_process == 0 || holder_process(*holder) != own_process);
  };
  const NicNetdevs netdevs = netdevs_of_nic(facts.pci_address, bus);
  for (const std::uint32_t index : netdevs_over(facts, netdevs.here, bus.root())) {
    const auto holder = FileLock::holder_now(interface_lock(run_root, index));
    if (foreign(holder)) return refuse("is shared with the kernel by ", *holder, "Stop that instance first");
  }
  if (!netdevs.elsewhere) return {};
  for (const fs::path& lock : interface_locks_elsewhere(run_root)) {
    const auto holder = FileLock::holder_now(lock);
    if (foreign(holder))
      return refuse("has a netdev in another network namespace than this, as has ", *holder,
                    "Run this in that of the NIC, where it can be told what the instance shares");
  }
  return {};
}

}  // namespace

Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force,
                           const std::vector<std::string>& together, int own_process, const PciBus& bus,
                           const fs::path& records) {
  const std::string where = "PCI device " + facts.pci_address;
  if (facts.for_userspace()) {
    auto users = bus.users_of(facts.pci_address);
    const std::string own = "(process " + std::to_string(own_process) + ")";
    std::erase_if(users, [&](const std::string& user) { return user.ends_with(own); });
    if (users.empty()) return {};
    return message(MessageId::device_in_use, where, "is in use by " + users.front(),
                   "Stop that process first");
  }
  if (driver == BindDriver::none) return {};
  if (auto whole = must_be_whole(facts, records); !whole) return whole;
  if (auto alone = not_shared(facts, own_process, bus, records.parent_path()); !alone) return alone;
  if (!force) {
    if (auto may = may_lose(facts, bus); !may) return may;
  }
  // The kernel keeps the device, but its frames come to us.
  if (facts.bifurcated) return {};
  return bus.may_bind(facts.pci_address, std::string(name_of(driver)), together);
}

Result<NetdevState> take_from_kernel(const DeviceLock& lock, const DeviceFacts& facts, BindDriver driver,
                                     bool force, const std::vector<std::string>& together) {
  const std::string wanted(name_of(driver));
  const std::string& address = facts.pci_address;
  HVS_CHECK(lock.address() == address);
  if (driver == BindDriver::none || facts.driver == wanted) return kept_state(address);
  if (auto may = may_take_over(facts, driver, force, together); !may) return may.error();
  const PciBus bus;
  if (auto has = bus.need_driver(wanted); !has) return has.error();
  return bind_or_reinstate(facts, wanted, bus);
}

Result<NetdevState> bind_or_reinstate(const DeviceFacts& facts, const std::string& driver, const PciBus& bus,
                                      const fs::path& records) {
  const std::string& address = facts.pci_address;
  // One that has no netdev may have been taken before, by another driver say, and what it was is noted.
  const bool noted = facts.ifindex == 0 && read_bound(address, records).has_value();
  if (auto whole = must_be_whole(facts, records); !whole) return whole.error();
  NetdevState before;
  if (facts.ifindex != 0) {
    auto saved = NetdevState::save(facts.ifindex);
    if (!saved) return saved.error();
    before = std::move(*saved);
  }
  if (auto done = noted ? set_returning(address, false, records) : note_nic(facts, before, records); !done)
    return done.error();
  const auto bound = bus.bind(address, driver);
  if (bound) return noted ? kept_state(address, records) : before;
  Error error = bound.error();
  std::string amiss;
  if (!noted) {
    // Until all is set again, what the netdev has is less than what is kept, and nobody may note that
    // instead.
    const auto marked = set_returning(address, true, records);
    amiss = reinstate(facts, before, bus);
    if (!marked) amiss += (amiss.empty() ? "" : "; ") + marked.error().message();
  }
  if (!amiss.empty()) {
    error.what += "; " + amiss;
    error.fix += ". What it had is kept: hvsctl unbind " + address + " tries again to set it";
  } else if (!noted) {
    forget_nic(address, records);
  }
  return error;
}

Result<void> note_companion(const std::string& pci_address, const std::string& companion,
                            const fs::path& records) {
  BoundRecord record = read_bound(pci_address, records).value_or(BoundRecord{});
  if (record.companion != companion || record.returning) {
    record.companion = companion;
    record.returning = false;
    if (auto done = write_bound(pci_address, record, records); !done) return done;
  }
  drop_state(pci_address, records);
  return {};
}

Result<GivenBack> give_back(const DeviceLock& lock, const NetdevState* state, const PciBus& bus,
                            const fs::path& records) {
  const std::string& pci_address = lock.address();
  BoundRecord record = read_bound(pci_address, records).value_or(BoundRecord{});
  const std::string companion = record.companion.empty() ? record.netdev : record.companion;
  const bool left = !companion.empty() && is_tap(companion);
  auto due = state != nullptr ? Result<NetdevState>(*state) : state_due(pci_address, companion, records);
  if (!due) return due.error();
  // The companion goes before the netdev can have its name.
  if (due->size() != 0) {
    if (auto done = keep_state(pci_address, *due, records); !done) return done.error();
  }
  record.returning = true;
  if (auto noted = write_bound(pci_address, record, records); !noted) return noted.error();
  // It has its driver again if somebody came this far before.
  const std::string driver = bus.driver_of(pci_address);
  if (driver.empty() || for_userspace(driver) || !bus.has_netdevs(pci_address)) {
    if (auto done = bus.release(pci_address, record.driver); !done) return done.error();
  }
  GivenBack out{wait_for_netdev(bus, pci_address), due->size(), 0, true};
  if (out.netdev.empty()) return out;
  if (left) {
    if (auto gone = remove_tap(companion); !gone) return gone.error();
  }
  out.netdev = netdev_named(bus, pci_address, record.netdev);
  out.restored = set_state(out.netdev, *due);
  out.all_kept = out.restored == 0 && out.saved != 0;
  if (!out.all_kept) forget_nic(pci_address, records);
  return out;
}

std::string advice_after(const GivenBack& given, const std::string& pci_address) {
  if (given.all_kept) {
    return std::string(given.netdev.empty() ? "its driver made no netdev" : "the kernel took nothing") +
           "; what it had is kept: hvsctl unbind " + pci_address + " goes on from here";
  }
  if (given.restored == given.saved) return {};
  return std::to_string(given.saved - given.restored) +
         " addresses or routes were refused: look at `ip addr` and `ip route`";
}

}  // namespace hvs
