// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_port.h"

#include <net/if.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "pmd/ethtool.h"
#include "pmd/native_rss.h"
#include "pmd/tap_device.h"

namespace hvs {
namespace {

constexpr std::string_view kVdev = "vdev:";

PortInfo make_info(const PortConfig& config, const DeviceFacts& facts, const NativeOptions& options) {
  PortInfo info;
  info.id = options.id;
  info.name = config.name;
  info.device = config.device;
  info.kind = PortKind::native;
  info.queues = config.queues;
  info.mtu = options.mtu;
  info.mac = facts.mac;
  info.numa_node = facts.numa_node;
  info.pre_steered = false;
  return info;
}

/// A driver tells the largest frame, the largest MTU, or both; what a frame has besides is the difference.
std::uint32_t largest_mtu(const rte_eth_dev_info& device) {
  constexpr std::uint32_t kUsual = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  const bool told = device.max_mtu != 0 && device.max_mtu != UINT16_MAX;
  const std::uint32_t mtu = told ? device.max_mtu : UINT16_MAX;
  const std::uint32_t besides = told && device.max_rx_pktlen > mtu ? device.max_rx_pktlen - mtu : kUsual;
  return device.max_rx_pktlen > besides ? std::min(mtu, device.max_rx_pktlen - besides) : mtu;
}

/// "vdev:net_af_packet0,iface=veth0": EAL's name, and its arguments.
std::pair<std::string, std::string> split_vdev(const std::string& device) {
  const std::string text = device.substr(kVdev.size());
  const auto comma = text.find(',');
  if (comma == std::string::npos) return {text, ""};
  return {text.substr(0, comma), text.substr(comma + 1)};
}

}  // namespace

std::string companion_name(const PortConfig& config, const DeviceFacts& facts) {
  if (!config.companion.empty()) return config.companion;
  if (facts.bifurcated) return "hvs-" + config.name.substr(0, IFNAMSIZ - 5);  // its netdev stays
  if (!facts.former_netdev.empty()) return facts.former_netdev;
  if (!facts.netdev.empty()) return facts.netdev;
  return config.name.substr(0, IFNAMSIZ - 1);
}

std::uint16_t native_mtu(const PortConfig& config, const DeviceFacts& facts) {
  if (config.mtu != 0) return config.mtu;
  const std::string companion = companion_name(config, facts);
  if (is_tap(companion)) return EthtoolSocket(companion).mtu();
  return facts.mtu != 0 ? facts.mtu : 1500;
}

bool may_have_mtu(int code, std::uint16_t mtu, std::uint16_t started_with) {
  return code == 0 || (code == -EBUSY && mtu <= started_with);
}

std::vector<StartWishes> start_tries(const StartWishes& wishes) {
  std::vector<StartWishes> tries{wishes};
  if (wishes.interrupts) tries.push_back({false, wishes.offloads});
  if (wishes.offloads != 0) {
    tries.push_back({wishes.interrupts, 0});
    if (wishes.interrupts) tries.push_back({false, 0});
  }
  return tries;
}

Result<std::unique_ptr<NativePort>> NativePort::open(const PortConfig& config, const DeviceFacts& facts,
                                                     const NativeOptions& options) {
  HVS_CHECK(options.pool != nullptr);
  auto [device, args] =
      facts.is_vdev ? split_vdev(config.device) : std::pair(facts.pci_address, std::string());
  std::unique_ptr<NativePort> port(new NativePort(make_info(config, facts, options), device,
                                                  facts.is_vdev ? "vdev" : "pci", options.pool));
  if (facts.is_vdev) {
    if (auto found = port->plug(args); !found) return found.error();
  } else if (auto found = port->adopt(facts.bifurcated ? facts.ifindex : 0, facts.mac); !found) {
    return found.error();
  }
  if (auto up = port->bring_up(options); !up) return up.error();
  port->started_mtu_ = options.mtu;
  auto companion = NativeCompanion::open(options.companion, port->info_.mac, options.mtu, options.up);
  if (!companion) return companion.error();
  port->companion_ = std::move(*companion);
  auto why_not = port->companion_->use_vhost(port->info_.mac, options.mtu, options.pool);
  if (!why_not) return why_not.error();
  port->companion_note_ = std::move(*why_not);
  port->info_.ifindex = port->companion_->ifindex();
  port->companion_->set_carrier(false);
  port->follow_companion();
  return port;
}

NativePort::~NativePort() {
  if (companion_) companion_->set_carrier(false);
  close();
}

Error NativePort::refusal(MessageId id, const std::string& what, const char* key,
                          const std::string& fix) const {
  return message(id, "ports." + info_.name + "." + key, what, fix);
}

Result<void> NativePort::check_limits(const rte_eth_dev_info& device) const {
  const std::string driver = device.driver_name != nullptr ? device.driver_name : "?";
  const unsigned queues = std::min(device.max_rx_queues, device.max_tx_queues);
  if (info_.queues > queues) {
    return refusal(MessageId::queue_count,
                   info_.device + " has " + std::to_string(queues) + " queue(s) (driver " + driver +
                       "), fewer than `queues`",
                   "queues", "Set queues: " + std::to_string(queues));
  }
  if (const std::uint32_t largest = largest_mtu(device); info_.mtu > largest) {
    return refusal(MessageId::mtu_native,
                   "the MTU of " + info_.device + " is at most " + std::to_string(largest) + " (driver " +
                       driver + "), " + std::to_string(info_.mtu) + " is wanted",
                   "mtu", "Set mtu: " + std::to_string(largest) + ", on the companion, too");
  }
  return {};
}

Result<void> NativePort::bring_up(const NativeOptions& options) {
  rte_eth_dev_info device{};
  if (const int code = rte_eth_dev_info_get(ethdev(), &device); code != 0)
    return failed("ask the DPDK device", code);
  if (auto fits = check_limits(device); !fits) return fits;
  RssPlan rss = plan_rss(device, info_.queues);
  rte_eth_conf config{};
  config.rxmode.mtu = info_.mtu;
  rss.enter(config);
  if (auto started = start_with_what_it_has(options, config, device.rx_offload_capa); !started)
    return started;
  if (config.intr_conf.rxq != 0) find_interrupts();
  // Neighbour discovery, VRRP and routing protocols come by multicast.
  if (rte_eth_allmulticast_enable(ethdev()) != 0) {
    stands_in_for_multicast_ = true;
    set_promiscuous(true);
    if (!promiscuous_)
      warnings_.push_back(info_.device + " receives no multicast: IPv6 and routing protocols will not work");
  }
  if (info_.queues > 1) {
    info_.rss = read_rss(ethdev(), rss, info_.queues);
    if (!rss.usable)
      warnings_.push_back(info_.device + " does not tell how it spreads frames over its queues");
    if (rss.functions != 0) info_.offloads.emplace_back("rss");
  }
  if ((config.rxmode.offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0)
    info_.offloads.emplace_back("rx_ipv4_checksum");
  read_device();
  return {};
}

/// Not every driver has interrupts, nor every interrupt enough vectors. `config` is left as the device took
/// it.
Result<void> NativePort::start_with_what_it_has(const NativeOptions& options, rte_eth_conf& config,
                                                std::uint64_t offered) {
  // Checks of L4 are not asked for: a virtual NIC that has them may deliver sums that are not whole yet.
  Result<void> started;
  for (const auto& [interrupts, offloads] :
       start_tries({options.interrupts, offered & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM})) {
    config.intr_conf.rxq = interrupts ? 1 : 0;
    config.rxmode.offloads = offloads;
    started = start_device(options, config);
    if (started) break;
  }
  return started;
}

Result<void> NativePort::start_device(const NativeOptions& options, const rte_eth_conf& config) {
  if (auto done = configure(config); !done) return done;
  for (std::uint16_t queue = 0; queue < info_.queues; ++queue) {
    if (auto done = setup_queue(QueueId{queue}, options.descriptors, pool_); !done) return done;
  }
  return start();
}

/// All queues have one or none is used.
void NativePort::find_interrupts() {
  for (std::uint16_t queue = 0; queue < info_.queues; ++queue) {
    const int fd = rte_eth_dev_rx_intr_ctl_q_get_fd(ethdev(), queue);
    if (fd < 0 || rte_eth_dev_rx_intr_enable(ethdev(), queue) != 0) return waits_.clear();
    rte_eth_dev_rx_intr_disable(ethdev(), queue);
    waits_.push_back(fd);
  }
}

int NativePort::wait_fd(QueueId queue) const {
  if (waits_.empty() || distrusted_.load(std::memory_order_relaxed)) return -1;
  return waits_[queue.value];
}

bool NativePort::arm(QueueId queue) {
  return wait_fd(queue) >= 0 && rte_eth_dev_rx_intr_enable(ethdev(), queue.value) == 0;
}

void NativePort::disarm(QueueId queue) {
  const int fd = wait_fd(queue);
  if (fd < 0) return;
  rte_eth_dev_rx_intr_disable(ethdev(), queue.value);
  std::uint64_t events = 0;
  [[maybe_unused]] const ssize_t got = read(fd, &events, sizeof events);
}

bool NativePort::take_distrust() {
  return distrusted_.load(std::memory_order_relaxed) && !std::exchange(distrust_told_, true);
}

void NativePort::read_device() {
  rte_ether_addr mac{};
  if (rte_eth_macaddr_get(ethdev(), &mac) == 0) std::memcpy(info_.mac.data(), mac.addr_bytes, 6);
  if (const int node = rte_eth_dev_socket_id(ethdev()); node >= 0) info_.numa_node = node;
}

PortStats NativePort::stats() const {
  PortStats out = EthdevPort::stats();
  rte_eth_stats counted{};
  // Frames for which the pool had no buffer are missed, too.
  if (rte_eth_stats_get(ethdev(), &counted) == 0) out.rx_missed += counted.rx_nombuf;
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> NativePort::xstats() const {
  const int count = rte_eth_xstats_get_names(ethdev(), nullptr, 0);
  if (count <= 0) return {};
  std::vector<rte_eth_xstat_name> names(static_cast<std::size_t>(count));
  std::vector<rte_eth_xstat> values(static_cast<std::size_t>(count));
  if (rte_eth_xstats_get_names(ethdev(), names.data(), static_cast<unsigned>(count)) != count) return {};
  const int got = rte_eth_xstats_get(ethdev(), values.data(), static_cast<unsigned>(count));
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (int i = 0; i < std::min(got, count); ++i) {
    const auto id = static_cast<std::size_t>(values[static_cast<std::size_t>(i)].id);
    if (id < names.size()) out.emplace_back(names[id].name, values[static_cast<std::size_t>(i)].value);
  }
  return out;
}

Result<void> NativePort::follow_mac(const MacAddr& mac) {
  info_.mac = mac;
  rte_ether_addr address{};
  std::memcpy(address.addr_bytes, mac.data(), mac.size());
  const int code = rte_eth_dev_default_mac_addr_set(ethdev(), &address);
  stands_in_for_mac_ = code != 0;
  if (code == 0) return {};
  set_promiscuous(true);
  if (promiscuous_) return {};
  return failed("give the NIC the MAC address of " + companion_->name(), code);
}

Result<void> NativePort::follow_mtu(std::uint16_t mtu) {
  if (mtu == info_.mtu) return {};
  const std::uint16_t before = std::exchange(info_.mtu, mtu);
  if (data_room_for(mtu) <= rte_pktmbuf_data_room_size(pool_) &&
      may_have_mtu(rte_eth_dev_set_mtu(ethdev(), mtu), mtu, started_mtu_)) {
    return {};
  }
  info_.mtu = before;
  (void)companion_->set_mtu(before);
  return refusal(MessageId::mtu_native,
                 "the MTU of " + info_.device + " cannot become " + std::to_string(mtu) + " while HVS runs",
                 "mtu",
                 "Set `mtu: " + std::to_string(mtu) + "` and restart; " + companion_->name() +
                     " is back at " + std::to_string(before));
}

void NativePort::follow_companion() {
  // What is not known or not done now is looked at again the next time.
  const NetdevLink wanted = companion_->link();
  if (wanted.exists) set_promiscuous(wanted.promiscuous || stands_in_for_multicast_ || stands_in_for_mac_);
  if (wanted.exists && wanted.up != companion_up_) {
    // As the kernel's driver does it; where DPDK's cannot, the link stays.
    const int code = wanted.up ? rte_eth_dev_set_link_up(ethdev()) : rte_eth_dev_set_link_down(ethdev());
    if (code == 0 || code == -ENOTSUP) companion_up_ = wanted.up;
  }
  const bool up = EthdevPort::stats().link_up;
  if (up != carrier_ && companion_->set_carrier(up)) carrier_ = up;
}

void NativePort::set_promiscuous(bool wanted) {
  if (wanted == promiscuous_) return;
  const int code = wanted ? rte_eth_promiscuous_enable(ethdev()) : rte_eth_promiscuous_disable(ethdev());
  if (code == 0) promiscuous_ = wanted;
}

}  // namespace hvs
