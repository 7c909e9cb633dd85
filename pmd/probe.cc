// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "model/message_id.h"
#include "pmd/bind_guard.h"
#include "pmd/bound_record.h"
#include "pmd/dpdk_drivers.h"
#include "pmd/ethtool.h"
#include "pmd/nic_netdevs.h"
#include "pmd/pci_bus.h"

namespace hvs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPciDevices = "/sys/bus/pci/devices/";

std::string full_pci_address(std::string_view address) {
  return address.size() == 7 ? "0000:" + std::string(address) : std::string(address);
}

std::string link_name(const fs::path& link) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(link, failed);
  return failed ? std::string() : target.filename().string();
}

void read_xdp(DeviceFacts& facts) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(static_cast<int>(facts.ifindex), 0, &query) != 0) return;
  if (query.attach_mode == XDP_ATTACHED_NONE) return;
  if (query.attach_mode == XDP_ATTACHED_SKB) {
    facts.xdp_program_id = query.skb_prog_id != 0 ? query.skb_prog_id : query.prog_id;
    facts.xdp_mode = XdpMode::generic;
  } else {
    facts.xdp_program_id = query.drv_prog_id != 0 ? query.drv_prog_id : query.prog_id;
    facts.xdp_mode = XdpMode::native;
  }
  const int program = bpf_prog_get_fd_by_id(facts.xdp_program_id);
  if (program < 0) return;
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) == 0) facts.xdp_program = info.name;
  close(program);
}

void read_pci(const fs::path& device, DeviceFacts& facts) {
  facts.driver = link_name(device / "driver");
  std::ifstream(device / "numa_node") >> facts.numa_node;
}

/// A NIC that a kernel driver has may stay with it if DPDK's driver works beside that one.
void read_bifurcation(DeviceFacts& facts) {
  if (facts.pci_address.empty() || facts.driver.empty() || facts.for_userspace()) return;
  facts.bifurcated =
      works_beside_kernel(read_pci_id(kPciDevices + facts.pci_address), dpdk_driver_directory());
}

// sysfs shows the network namespace in which it was mounted, so a netdev's own facts come by ioctl; sysfs is
// asked only for what a PCI device has, which lives in the first namespace or came from there.
void read_netdev(const std::string& netdev, DeviceFacts& facts) {
  EthtoolSocket socket(netdev);
  const unsigned index = if_nametoindex(netdev.c_str());
  if (index == 0) return;
  facts.exists = true;
  facts.netdev = netdev;
  facts.ifindex = index;
  facts.mtu = socket.mtu();
  facts.mac = socket.mac();
  const unsigned flags = socket.flags();
  facts.up = (flags & IFF_UP) != 0;
  facts.running = (flags & IFF_RUNNING) != 0;
  facts.loopback = (flags & IFF_LOOPBACK) != 0;
  facts.channels = socket.channels();
  const EthtoolDriver driver = socket.driver();
  facts.driver = driver.name;
  if (is_pci_address(driver.bus)) {
    facts.pci_address = driver.bus;
    const fs::path device = kPciDevices + driver.bus;
    if (fs::exists(device)) std::ifstream(device / "numa_node") >> facts.numa_node;
  }
  facts.has_default_route = has_default_route(netdev);
  read_xdp(facts);
}

}  // namespace

namespace {

Result<PortDecision> decide_af_xdp(const PortConfig& config, const DeviceFacts& facts,
                                   const std::string& where) {
  if (facts.for_userspace()) {
    return message(MessageId::port_mode, where,
                   config.device + " is bound to " + facts.driver + ", so the kernel cannot share it",
                   "Give it back: hvsctl unbind " + facts.pci_address + ", or write mode: native");
  }
  if (!facts.is_pci_address) return PortDecision{PortKind::af_xdp, "mode is af_xdp"};
  return message(MessageId::port_mode, where,
                 "an af_xdp port is named by its netdev, not by the PCI address " + config.device,
                 facts.netdev.empty() ? "Bind the device to its kernel driver and name the netdev"
                                      : "Write device: " + facts.netdev);
}

Result<PortDecision> decide_native(const PortConfig& config, const DeviceFacts& facts) {
  if (facts.for_userspace()) return PortDecision{PortKind::native, "bound to " + facts.driver};
  if (facts.bifurcated)
    return PortDecision{PortKind::native, "DPDK's driver works beside the kernel's " + facts.driver};
  if (facts.pci_address.empty()) {
    return message(
        MessageId::port_mode, "ports." + config.name + ".mode",
        config.device + " (driver " + facts.driver + ") is no PCI device, so no DPDK driver can own it",
        "Use mode: af_xdp");
  }
  if (config.bind == BindDriver::none) {
    return message(MessageId::port_mode, "ports." + config.name + ".bind",
                   config.device + " belongs to the kernel's driver " + facts.driver + ", and `bind` is none",
                   "Bind it: hvsctl bind " + facts.pci_address + ", or set bind: vfio-pci");
  }
  return PortDecision{PortKind::native, "taken from " + (facts.driver.empty() ? "no driver" : facts.driver) +
                                            " by " + std::string(name_of(config.bind))};
}

}  // namespace

DeviceFacts probe_device(const std::string& device) {
  DeviceFacts facts;
  facts.device = device;
  if (device.starts_with("vdev:")) {
    facts.is_vdev = facts.exists = true;
    return facts;
  }
  if (!is_pci_address(device)) {
    const auto nic = find_bound_by_netdev(device);
    if (!nic || nic->kernel_has_it) {
      read_netdev(device, facts);
      const bool another = facts.exists && facts.driver != "tun";
      if (nic && !another) facts.left_by = nic->address;
      read_bifurcation(facts);
      return facts;
    }
    facts.pci_address = nic->address;
  } else {
    facts.is_pci_address = true;
    facts.pci_address = full_pci_address(device);
  }
  const fs::path path = kPciDevices + facts.pci_address;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return facts;
  facts.exists = true;
  if (const auto netdevs = netdevs_of_nic(facts.pci_address); !netdevs.here.empty())
    read_netdev(netdevs.here.front(), facts);
  read_pci(path, facts);
  read_bifurcation(facts);
  if (const auto record = read_bound(facts.pci_address);
      record && (facts.for_userspace() || facts.driver.empty())) {
    facts.former_netdev = record->netdev;
    facts.mtu = record->mtu;
    facts.mac = record->mac;
  }
  return facts;
}

RssInfo probe_rss(const std::string& netdev) { return EthtoolSocket(netdev).rss(); }

Result<PortDecision> decide_port_kind(const PortConfig& config, const DeviceFacts& facts) {
  const std::string where = "ports." + config.name + ".device";
  if (facts.is_vdev) {
    if (config.mode == PortMode::native) return PortDecision{PortKind::native, "a virtual device of DPDK's"};
    return Error{"a virtual device of DPDK's is a native port", "ports." + config.name + ".mode",
                 "Write mode: native; it is meant for tests"};
  }
  if (!facts.left_by.empty()) {
    return message(MessageId::bind_unfinished, where,
                   config.device +
                       (facts.exists ? " is the companion that was left of" : " was the netdev of") +
                       " the NIC " + facts.left_by + ", which was not wholly given back to the kernel",
                   "Finish that: hvsctl unbind " + facts.left_by);
  }
  if (!facts.exists) {
    if (facts.is_pci_address) {
      return message(MessageId::device_missing, where, "no PCI device " + facts.pci_address,
                     "List them with: lspci");
    }
    return message(MessageId::device_missing, where,
                   "no netdev " + config.device + " in this network namespace",
                   "List them with: ip link; a NIC that is bound to vfio-pci is named by its PCI address");
  }
  if (facts.loopback) {
    return message(MessageId::port_mode, where,
                   config.device + " is the loopback device, which leads to no other host",
                   "Name a NIC, or a VLAN, bond or bridge on one");
  }
  switch (config.mode) {
    case PortMode::af_xdp: return decide_af_xdp(config, facts, where);
    case PortMode::native: return decide_native(config, facts);
    case PortMode::automatic: break;
  }
  if (facts.for_userspace()) return PortDecision{PortKind::native, "bound to " + facts.driver};
  if (!facts.netdev.empty() && !facts.is_pci_address)
    return PortDecision{PortKind::af_xdp, "the kernel's driver has the device"};
  return message(MessageId::port_mode, "ports." + config.name + ".mode",
                 "mode auto leaves a NIC with the driver it has, and " + config.device + " is " +
                     (facts.driver.empty() ? "bound to none" : "the kernel's (" + facts.driver + ")"),
                 facts.netdev.empty() ? "Write mode: native, or bind it: hvsctl bind " + facts.pci_address
                                      : "Write device: " + facts.netdev +
                                            " to share it with the kernel (af_xdp), "
                                            "or mode: native to take it over");
}

}  // namespace hvs
