// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/ethdev_port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "model/message_id.h"
#include "pmd/eal.h"

namespace hvs {

Result<std::unique_ptr<EthdevPort>> EthdevPort::open(PortInfo info, const EthdevOptions& options) {
  std::unique_ptr<EthdevPort> port(new EthdevPort(std::move(info), options.vdev));
  if (auto done = port->plug(options.args); !done) return done.error();
  if (auto done = port->configure(); !done) return done.error();
  for (std::uint16_t queue = 0; queue < port->info_.queues; ++queue) {
    if (auto done = port->setup_queue(QueueId{queue}, options.descriptors, options.pool); !done)
      return done.error();
  }
  if (auto done = port->start(); !done) return done.error();
  rte_ether_addr mac{};
  if (rte_eth_macaddr_get(port->ethdev_, &mac) == 0) std::memcpy(port->info_.mac.data(), mac.addr_bytes, 6);
  std::uint16_t mtu = 0;
  if (rte_eth_dev_get_mtu(port->ethdev_, &mtu) == 0) port->info_.mtu = mtu;
  return port;
}

EthdevPort::~EthdevPort() { close(); }

Error EthdevPort::failed(const std::string& step, int code) const {
  std::string said = take_eal_errors();
  std::string what = "cannot " + step + ": " + rte_strerror(code < 0 ? -code : code);
  if (!said.empty()) what += " (" + said + ")";
  return message(MessageId::port_start, "port " + info_.name, what, "");
}

Result<void> EthdevPort::plug(const std::string& args) {
  (void)take_eal_errors();
  if (const int code = rte_eal_hotplug_add(bus_, device_.c_str(), args.c_str()); code != 0) {
    const Error error = failed("create the DPDK device", code);
    device_.clear();
    return error;
  }
  if (const int code = rte_eth_dev_get_port_by_name(device_.c_str(), &ethdev_); code != 0) {
    ethdev_ = kNoEthdev;
    return failed("find the DPDK device", code);
  }
  return {};
}

std::optional<NicPort> port_of_netdev(const std::vector<NicPort>& ports, std::uint32_t netdev,
                                      const MacAddr& mac) {
  if (ports.empty()) return std::nullopt;
  if (ports.size() == 1 || netdev == 0) return ports.front();
  const auto first = [&](auto&& is_it) -> std::optional<NicPort> {
    const auto match = std::find_if(ports.begin(), ports.end(), is_it);
    return match == ports.end() ? std::nullopt : std::optional(*match);
  };
  if (auto told = first([&](const NicPort& port) { return port.netdev == netdev; })) return told;
  return first([&](const NicPort& port) { return port.netdev == 0 && port.mac == mac; });
}

Result<void> EthdevPort::adopt(std::uint32_t netdev, const MacAddr& mac) {
  ethdev_ = kNoEthdev;
  std::vector<NicPort> ports;
  std::uint16_t id = 0;
  RTE_ETH_FOREACH_DEV(id) {
    rte_eth_dev_info info{};
    if (rte_eth_dev_info_get(id, &info) != 0 || info.device == nullptr) continue;
    if (device_ != rte_dev_name(info.device)) continue;
    rte_ether_addr address{};
    NicPort port{static_cast<std::uint16_t>(id), info.if_index, {}};
    if (rte_eth_macaddr_get(port.ethdev, &address) == 0) std::memcpy(port.mac.data(), address.addr_bytes, 6);
    ports.push_back(port);
  }
  if (const auto port = port_of_netdev(ports, netdev, mac)) {
    ethdev_ = port->ethdev;
    return {};
  }
  const std::string said = take_eal_errors();
  const std::string device = std::exchange(device_, "");
  if (ports.empty()) {
    return message(MessageId::driver_unknown, "port " + info_.name,
                   "DPDK drives no device " + device + (said.empty() ? "" : " (" + said + ")"),
                   "Is DPDK's driver for it installed (Debian: librte-meta-net)?");
  }
  return message(MessageId::driver_unknown, "port " + info_.name,
                 "DPDK drives " + std::to_string(ports.size()) + " ports of " + device +
                     ", and none of them tells that it is the netdev with index " + std::to_string(netdev) +
                     " or has its MAC address",
                 "Give the netdev the MAC address that the NIC came with (`ethtool -P`)");
}

Result<void> EthdevPort::configure() {
  rte_eth_conf config{};
  config.rxmode.mtu = info_.mtu;
  return configure(config);
}

Result<void> EthdevPort::configure(const rte_eth_conf& config) {
  const int code = rte_eth_dev_configure(ethdev_, info_.queues, info_.queues, &config);
  if (code != 0) return failed("configure the DPDK device", code);
  return {};
}

Result<void> EthdevPort::setup_queue(QueueId queue, std::uint16_t descriptors, rte_mempool* pool) {
  const int node = rte_eth_dev_socket_id(ethdev_);
  const auto socket = static_cast<unsigned>(node);  // -1: SOCKET_ID_ANY
  std::uint16_t rx_descriptors = descriptors;
  std::uint16_t tx_descriptors = descriptors;
  int code = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx_descriptors, &tx_descriptors);
  if (code != 0) return failed("choose the size of the queues", code);
  const std::string number = std::to_string(queue.value);
  code = rte_eth_rx_queue_setup(ethdev_, queue.value, rx_descriptors, socket, nullptr, pool);
  if (code != 0) return failed("set up receive queue " + number, code);
  code = rte_eth_tx_queue_setup(ethdev_, queue.value, tx_descriptors, socket, nullptr);
  if (code != 0) return failed("set up transmit queue " + number, code);
  return {};
}

Result<void> EthdevPort::start() {
  if (const int code = rte_eth_dev_start(ethdev_); code != 0) return failed("start the DPDK device", code);
  started_ = true;
  return {};
}

void EthdevPort::close() noexcept {
  if (device_.empty()) return;
  if (started_) rte_eth_dev_stop(ethdev_);
  started_ = false;
  if (ethdev_ != kNoEthdev) rte_eth_dev_close(ethdev_);
  ethdev_ = kNoEthdev;
  rte_eal_hotplug_remove(bus_, device_.c_str());
  device_.clear();
}

std::uint16_t EthdevPort::rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  return rte_eth_rx_burst(ethdev_, queue.value, frames, count);
}

std::uint16_t EthdevPort::tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  return rte_eth_tx_burst(ethdev_, queue.value, frames, count);
}

PortStats EthdevPort::stats() const {
  PortStats out;
  rte_eth_stats counted{};
  if (rte_eth_stats_get(ethdev_, &counted) == 0) {
    out.rx_packets = counted.ipackets;
    out.rx_bytes = counted.ibytes;
    out.tx_packets = counted.opackets;
    out.tx_bytes = counted.obytes;
    out.rx_missed = counted.imissed;
    out.tx_dropped = counted.oerrors;
  }
  rte_eth_link link{};
  out.link_up = rte_eth_link_get_nowait(ethdev_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
  return out;
}

}  // namespace hvs
