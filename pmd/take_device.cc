// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/take_device.h"

#include <linux/sockios.h>
#include <net/if.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/units.h"
#include "model/message_id.h"
#include "pmd/bind_guard.h"
#include "pmd/bound_record.h"
#include "pmd/netdev_control.h"
#include "pmd/pci_bus.h"

namespace hvs {
namespace {

/// The netdev that the driver makes for the device, when it has come.
std::string wait_for_netdev(const PciBus& bus, const std::string& address) {
  for (int i = 0; i < 100; ++i) {
    if (const auto names = bus.netdevs_of(address); !names.empty()) return names.front();
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

std::string rename_netdev(const std::string& from, const std::string& to) {
  if (to.empty() || from == to || from.empty() || if_nametoindex(to.c_str()) != 0) return from;
  ifreq request = request_for(from);
  std::copy_n(to.data(), std::min(to.size(), sizeof request.ifr_newname - 1), request.ifr_newname);
  request.ifr_newname[std::min(to.size(), sizeof request.ifr_newname - 1)] = '\0';
  return NetdevControl().call(SIOCSIFNAME, request) ? to : from;
}

}  // namespace

Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force, int own_process) {
  const PciBus bus;
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
  if (!force && !facts.netdev.empty()) {
    if (auto may = may_take(facts.netdev, surroundings_here()); !may) return may;
  }
  return bus.may_bind(facts.pci_address, std::string(name_of(driver)));
}

Result<void> take_from_kernel(const DeviceFacts& facts, BindDriver driver, bool force) {
  const std::string wanted(name_of(driver));
  const std::string& address = facts.pci_address;
  if (address.empty()) {
    return message(MessageId::bind_not_pci, facts.device, "is no PCI device (driver " + facts.driver + ")",
                   "Only PCI devices can be handed to DPDK; use mode: af_xdp");
  }
  if (driver == BindDriver::none || facts.driver == wanted) return {};
  if (auto may = may_take_over(facts, driver, force); !may) return may;
  const PciBus bus;
  if (auto has = bus.need_driver(wanted); !has) return has;
  const bool noted = facts.for_userspace() && read_bound(address).has_value();
  if (!noted) {
    const std::string former = facts.for_userspace() ? "" : facts.driver;
    if (auto done = write_bound(address, {former, facts.netdev, facts.mac, facts.mtu}); !done) return done;
  }
  auto bound = bus.bind(address, wanted);
  if (!bound && !noted) remove_bound(address);
  return bound;
}

Result<std::string> give_back(const std::string& pci_address) {
  const PciBus bus;
  if (auto done = bus.release(pci_address); !done) return done.error();
  const auto record = read_bound(pci_address);
  remove_bound(pci_address);
  const std::string netdev = wait_for_netdev(bus, pci_address);
  return record ? rename_netdev(netdev, record->netdev) : netdev;
}

}  // namespace hvs
