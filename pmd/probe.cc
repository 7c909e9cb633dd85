// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "pmd/ethtool.h"

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

// Routes by /proc: the control plane's mirror is not there yet when a device is probed.
bool has_default_route(const std::string& netdev) {
  std::ifstream v4("/proc/self/net/route");
  std::string line;
  std::getline(v4, line);  // titles
  while (std::getline(v4, line)) {
    std::istringstream fields(line);
    std::string name, destination, gateway, flags, refs, use, metric, mask;
    fields >> name >> destination >> gateway >> flags >> refs >> use >> metric >> mask;
    if (name == netdev && destination == "00000000" && mask == "00000000") return true;
  }
  std::ifstream v6("/proc/self/net/ipv6_route");
  while (std::getline(v6, line)) {
    std::istringstream fields(line);
    std::string destination, length, src, src_length, hop, metric, refs, use, flags, name;
    fields >> destination >> length >> src >> src_length >> hop >> metric >> refs >> use >> flags >> name;
    const unsigned long bits = std::strtoul(flags.c_str(), nullptr, 16);
    constexpr unsigned long kReject = 0x0200;
    if (name == netdev && length == "00" && destination.find_first_not_of('0') == std::string::npos &&
        (bits & kReject) == 0) {
      return true;
    }
  }
  return false;
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

bool is_pci_address(std::string_view device) {
  // [DDDD:]BB:DD.F
  if (device.size() == 12) {
    const std::string_view domain = device.substr(0, 4);
    if (!std::all_of(domain.begin(), domain.end(), [](unsigned char c) { return std::isxdigit(c) != 0; })) {
      return false;
    }
    if (device[4] != ':') return false;
    device.remove_prefix(5);
  }
  const auto hex = [&](std::size_t i) { return std::isxdigit(static_cast<unsigned char>(device[i])) != 0; };
  return device.size() == 7 && hex(0) && hex(1) && device[2] == ':' && hex(3) && hex(4) && device[5] == '.' &&
         device[6] >= '0' && device[6] <= '7';
}

DeviceFacts probe_device(const std::string& device) {
  DeviceFacts facts;
  facts.device = device;
  if (!is_pci_address(device)) {
    read_netdev(device, facts);
    return facts;
  }
  facts.is_pci_address = true;
  facts.pci_address = full_pci_address(device);
  const fs::path path = kPciDevices + facts.pci_address;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return facts;
  facts.exists = true;
  fs::directory_iterator netdevs(path / "net", ignored);
  if (!ignored && netdevs != fs::directory_iterator()) read_netdev(netdevs->path().filename(), facts);
  read_pci(path, facts);
  return facts;
}

RssInfo probe_rss(const std::string& netdev) { return EthtoolSocket(netdev).rss(); }

Error native_not_available(const PortConfig& config, const DeviceFacts& facts) {
  const std::string netdev =
      facts.netdev.empty() ? "the netdev that the kernel's driver gives it" : facts.netdev;
  return {"native ports are not available yet (device " + config.device + ")",
          "ports." + config.name + ".mode", "Name the netdev and use mode af_xdp: device: " + netdev};
}

Result<PortDecision> decide_port_kind(const PortConfig& config, const DeviceFacts& facts) {
  const std::string where = "ports." + config.name + ".device";
  if (!facts.exists) {
    if (facts.is_pci_address) {
      return Error{"no PCI device " + facts.pci_address, where, "List them with: lspci"};
    }
    return Error{"no netdev " + config.device + " in this network namespace", where,
                 "List them with: ip link"};
  }
  if (config.mode == PortMode::native) return native_not_available(config, facts);
  if (!facts.is_pci_address) {
    const char* asked =
        config.mode == PortMode::af_xdp ? "mode is af_xdp" : "the kernel's driver has the device";
    return PortDecision{PortKind::af_xdp, asked};
  }
  if (config.mode == PortMode::af_xdp) {
    return Error{"an af_xdp port is named by its netdev, not by the PCI address " + config.device, where,
                 facts.netdev.empty() ? "Bind the device to its kernel driver and name the netdev"
                                      : "Write device: " + facts.netdev};
  }
  return native_not_available(config, facts);
}

}  // namespace hvs
