// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/devices.h"

#include <algorithm>
#include <utility>

#include "daemon/log.h"
#include "model/message_id.h"
#include "pmd/af_xdp_port.h"
#include "pmd/kept_state.h"
#include "pmd/take_device.h"

namespace hvs {

std::vector<std::string> taken_together(const Config& config) {
  std::vector<std::string> addresses;
  for (const PortConfig& port : config.ports) {
    const DeviceFacts facts = probe_device(port.device);
    const auto decision = decide_port_kind(port, facts);
    if (!decision || decision->kind != PortKind::native || facts.is_vdev || facts.bifurcated) continue;
    addresses.push_back(facts.pci_address);
  }
  return addresses;
}

Result<Device> look_at_device(const PortConfig& config, const std::vector<std::string>& together,
                              int own_process) {
  Device device{probe_device(config.device), {}, {}};
  auto decision = decide_port_kind(config, device.facts);
  if (!decision) return decision.error();
  device.decision = std::move(*decision);
  if (device.decision.kind == PortKind::native) {
    if (device.facts.is_vdev) return device;
    if (auto may = may_take_over(device.facts, config.bind, config.force, together, own_process); !may)
      return may.error();
    return device;
  }
  if (auto usable = check_af_xdp_device(config, device.facts); !usable) return usable.error();
  return device;
}

Error nic_of_two_ports(const PortConfig& config, const std::string& pci_address) {
  return message(MessageId::device_in_use, "ports." + config.name + ".device",
                 config.device + " is PCI device " + pci_address + ", which another port of this file has",
                 "A native port needs a PCI device of its own, whatever that has besides");
}

Result<Devices> Devices::take(const Config& config) {
  Devices devices;
  const auto together = taken_together(config);
  for (const PortConfig& port : config.ports) {
    if (auto locked = devices.lock_nic(port); !locked) return locked.error();
    auto device = look_at_device(port, together);
    if (!device) return device.error();
    spdlog::info("port {}: {} as {} ({})", port.name, port.device, name_of(device->decision.kind),
                 device->decision.why);
    devices.list_.push_back(std::move(*device));
  }
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    if (auto taken = devices.take_nic(config.ports[i], devices.list_[i], together); !taken)
      return taken.error();
  }
  return devices;
}

/// Nobody else takes the NIC or gives it back from here on, and what it is now it stays.
Result<void> Devices::lock_nic(const PortConfig& config) {
  const DeviceFacts facts = probe_device(config.device);
  const auto decision = decide_port_kind(config, facts);
  // What stands against it is told when it is looked at.
  if (!decision || decision->kind != PortKind::native || facts.pci_address.empty()) return {};
  if (lock_of(facts.pci_address) != nullptr) return nic_of_two_ports(config, facts.pci_address);
  auto lock = DeviceLock::acquire(facts.pci_address);
  if (!lock) return lock.error();
  locks_.push_back(std::move(*lock));
  return {};
}

const DeviceLock* Devices::lock_of(const std::string& address) const {
  const auto lock = std::find_if(locks_.begin(), locks_.end(),
                                 [&](const DeviceLock& held) { return held.address() == address; });
  return lock == locks_.end() ? nullptr : &*lock;
}

Result<void> Devices::take_nic(const PortConfig& config, Device& device,
                               const std::vector<std::string>& together) {
  DeviceFacts& facts = device.facts;
  if (device.decision.kind != PortKind::native || facts.is_vdev || facts.bifurcated) return {};
  const DeviceLock* lock = lock_of(facts.pci_address);
  if (lock == nullptr) {
    return message(MessageId::device_in_use, "PCI device " + facts.pci_address,
                   "is being taken or given back by somebody else just now", "Try again");
  }
  const bool bound = facts.for_userspace();
  auto state = bound ? kept_state(facts.pci_address)
                     : take_from_kernel(*lock, facts, config.bind, config.force, together);
  if (!state) return state.error();
  device.state = std::move(*state);
  if (bound) {
    if (device.state.size() != 0)
      spdlog::info("port {}: {} was taken before; what it had is kept", config.name, facts.pci_address);
    if (config.restore_driver) taken_.push_back({facts.pci_address, config.name, true, false});
    return {};
  }
  taken_.push_back({facts.pci_address, config.name, config.restore_driver, true});
  spdlog::info("port {}: {} taken from {} by {}", config.name, facts.pci_address,
               facts.driver.empty() ? "no driver" : facts.driver, name_of(config.bind));
  // A NIC that was without a driver has no netdev, but its record may name one.
  if (!facts.netdev.empty()) facts.former_netdev = facts.netdev;
  facts.driver = name_of(config.bind);
  return {};
}

void Devices::remember(std::size_t port, std::uint32_t companion) {
  auto saved = NetdevState::save(companion);
  if (saved) {
    list_[port].state = std::move(*saved);
  } else {  // what it was at the start is more than nothing
    log_error(saved.error());
  }
}

void Devices::keep() {
  for (Taken& nic : taken_) nic.give_back_now = nic.restore;
}

Devices::~Devices() {
  for (const Taken& nic : taken_) {
    if (nic.give_back_now) bring_back(nic);
  }
}

void Devices::bring_back(const Taken& nic) const {
  const auto device = std::find_if(list_.begin(), list_.end(), [&](const Device& candidate) {
    return candidate.facts.pci_address == nic.address;
  });
  const auto given = give_back(*lock_of(nic.address), device == list_.end() ? nullptr : &device->state);
  if (!given) {
    log_error(given.error());
    return;
  }
  spdlog::info("port {}: {} given back to the kernel{}, with {} of {} addresses and routes", nic.port,
               nic.address, given->netdev.empty() ? "" : " as " + given->netdev, given->restored,
               given->saved);
  if (const std::string advice = advice_after(*given, nic.address); !advice.empty())
    spdlog::warn("port {}: {}", nic.port, advice);
}

std::vector<std::string> Devices::pci() const {
  std::vector<std::string> addresses;
  for (const Device& device : list_) {
    if (device.decision.kind == PortKind::native && !device.facts.is_vdev)
      addresses.push_back(device.facts.pci_address);
  }
  return addresses;
}

namespace {

bool has_no_iommu(const Device& device) {
  return device.facts.driver == "uio_pci_generic" || device.facts.driver == "igb_uio";
}

}  // namespace

bool Devices::physical_addresses() const {
  return std::any_of(list_.begin(), list_.end(), [](const Device& device) {
    return device.decision.kind == PortKind::native && has_no_iommu(device);
  });
}

Devices::MemoryLocks Devices::locks_memory() const {
  MemoryLocks locks;
  for (const Device& device : list_) {
    if (device.decision.kind != PortKind::native || device.facts.is_vdev || has_no_iommu(device)) continue;
    if (device.facts.bifurcated) {
      ++locks.kept;
    } else {
      locks.vfio = true;
    }
  }
  return locks;
}

}  // namespace hvs
