// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/take_device.h"

#include <linux/sockios.h>
#include <net/if.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/units.h"
#include "model/message_id.h"
#include "pmd/bind_guard.h"
#include "pmd/netdev_control.h"
#include "pmd/tap_device.h"

namespace hvs {
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

/// This machine may lose the NIC with all that the kernel has of it.
Result<void> may_lose(const DeviceFacts& facts, const PciBus& bus) {
  const NicNetdevs netdevs = netdevs_of_nic(facts.pci_address, bus);
  auto here = surroundings_here();
  if (!here) {
    return message(MessageId::bind_unknown, "PCI device " + facts.pci_address,
                   "it cannot be told whether this machine is reached through it: " + here.error().what,
                   "Try again, or say that you mean it (`force: true`, or hvsctl bind --force)");
  }
  return may_take_nic(facts.pci_address, netdevs, bus.virtual_functions_of(facts.pci_address), *here);
}

}  // namespace

Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force,
                           const std::vector<std::string>& together, int own_process, const PciBus& bus) {
  const std::string where = "PCI device " + facts.pci_address;
  if (facts.for_userspace()) {
    auto users = bus.users_of(facts.pci_address);
    const std::string own = "(process " + std::to_string(own_process) + ")";
    std::erase_if(users, [&](const std::string& user) { return user.ends_with(own); });
    if (users.empty()) return {};
    return message(MessageId::device_in_use, where, "is in use by " + users.front(),
                   "Stop that process first");
  }
  if (facts.bifurcated() || driver == BindDriver::none) return {};
  if (!force) {
    if (auto may = may_lose(facts, bus); !may) return may;
  }
  return bus.may_bind(facts.pci_address, std::string(name_of(driver)), together);
}

Result<void> take_from_kernel(const DeviceFacts& facts, BindDriver driver, bool force,
                              const std::vector<std::string>& together) {
  const std::string wanted(name_of(driver));
  const std::string& address = facts.pci_address;
  if (address.empty()) {
    return message(MessageId::bind_not_pci, facts.device, "is no PCI device (driver " + facts.driver + ")",
                   "Only PCI devices can be handed to DPDK; use mode: af_xdp");
  }
  if (driver == BindDriver::none || facts.driver == wanted) return {};
  if (auto may = may_take_over(facts, driver, force, together); !may) return may;
  const PciBus bus;
  if (auto has = bus.need_driver(wanted); !has) return has;
  const bool noted = facts.for_userspace() && read_bound(address).has_value();
  if (!noted) {
    const std::string former = facts.for_userspace() ? "" : facts.driver;
    if (auto done = write_bound(address, {former, facts.netdev, facts.mac, facts.mtu, ""}); !done)
      return done;
  }
  auto bound = bind_or_reinstate(bus, facts, wanted);
  if (!bound && !noted) remove_bound(address);
  return bound;
}

Result<void> bind_or_reinstate(const PciBus& bus, const DeviceFacts& facts, const std::string& driver) {
  NetdevState before;
  if (facts.ifindex != 0) {
    auto saved = NetdevState::save(facts.ifindex);
    if (!saved) return saved.error();
    before = std::move(*saved);
  }
  auto bound = bus.bind(facts.pci_address, driver);
  if (bound || facts.ifindex == 0 || if_nametoindex(facts.netdev.c_str()) == facts.ifindex) return bound;
  // It went from its driver and is back, without anything.
  Error error = bound.error();
  const std::string netdev = netdev_named(bus, facts.pci_address, facts.netdev);
  if (netdev.empty()) {
    error.what += "; its netdev " + facts.netdev + " is gone, with " + std::to_string(before.size()) +
                  " addresses and routes";
  } else if (const std::size_t set = set_state(netdev, before); set != before.size()) {
    error.what += "; of its netdev's addresses and routes " + std::to_string(set) + " of " +
                  std::to_string(before.size()) + " are on " + netdev + " again";
  }
  return error;
}

void note_companion(const std::string& pci_address, const std::string& companion,
                    const std::filesystem::path& records) {
  auto record = read_bound(pci_address, records);
  if (!record || record->companion == companion) return;
  record->companion = companion;
  (void)write_bound(pci_address, *record, records);
}

Result<GivenBack> give_back(const std::string& pci_address, const NetdevState* state, const PciBus& bus,
                            const std::filesystem::path& records) {
  const BoundRecord record = read_bound(pci_address, records).value_or(BoundRecord{});
  const std::string companion = record.companion.empty() ? record.netdev : record.companion;
  const bool left = !companion.empty() && is_tap(companion);
  NetdevState kept;
  if (state != nullptr) {
    kept = *state;
  } else if (left) {
    auto saved = NetdevState::save(if_nametoindex(companion.c_str()));
    if (!saved) return saved.error();
    kept = std::move(*saved);
  }
  if (auto done = bus.release(pci_address); !done) return done.error();
  remove_bound(pci_address, records);
  GivenBack out{wait_for_netdev(bus, pci_address), kept.size(), 0};
  if (out.netdev.empty()) return out;  // what has the addresses stays
  if (left) {
    if (auto gone = remove_tap(companion); !gone) return gone.error();
  }
  out.netdev = netdev_named(bus, pci_address, record.netdev);
  out.restored = set_state(out.netdev, kept);
  return out;
}

}  // namespace hvs
