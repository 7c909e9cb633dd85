// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pmd/mempool.h"
#include "pmd/port.h"

struct rte_eth_conf;
struct rte_eth_dev_info;
struct rte_mempool;

namespace hvs {

struct EthdevOptions {
  std::string vdev;  // EAL's device name, for example "net_null0"
  std::string args;  // its arguments, for example "size=64,copy=1"
  std::uint16_t descriptors = kDefaultDescriptors;
  rte_mempool* pool = nullptr;  // outlives the port
};

/// One of the DPDK devices that a NIC has, and the netdev beside which it works (0: none, or the driver does
/// not tell, as mana's).
struct NicPort {
  std::uint16_t ethdev;
  std::uint32_t netdev;
  MacAddr mac{};
};

/// The one of that netdev, by its MAC address where the driver does not tell; the only one in any case (a
/// bond hides its netdev), else the first if no netdev is asked for. Nothing: it is none of them.
[[nodiscard]] std::optional<NicPort> port_of_netdev(const std::vector<NicPort>& ports, std::uint32_t netdev,
                                                    const MacAddr& mac);

/// A port over one DPDK device: a virtual one is plugged in here, a physical one was found by EAL at its
/// start; both are unplugged at the end. As it is, for net_null, net_ring and net_pcap in tests; AfXdpPort
/// and NativePort build on it.
class EthdevPort : public Port {
 public:
  /// info.queues receive and transmit queues; mac and mtu are filled from the device. A failure leaves
  /// nothing.
  static Result<std::unique_ptr<EthdevPort>> open(PortInfo info, const EthdevOptions& options);
  ~EthdevPort() override;

  std::uint16_t rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) final;
  std::uint16_t tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) final;
  [[nodiscard]] PortStats stats() const override;

 protected:
  explicit EthdevPort(PortInfo info, std::string device, const char* bus = "vdev")
      : Port(std::move(info)), device_(std::move(device)), bus_(bus) {}
  Result<void> plug(const std::string& args);
  /// Takes a device that EAL found on its bus; of a NIC with several, that of the netdev with this index
  /// (0: the NIC has none) and MAC address.
  Result<void> adopt(std::uint32_t netdev, const MacAddr& mac);
  Result<void> configure();
  Result<void> configure(const rte_eth_conf& config);
  Result<void> setup_queue(QueueId queue, std::uint16_t descriptors, rte_mempool* pool);
  Result<void> start();
  /// Stops, closes and unplugs, as far as the device has come. Again: does nothing.
  void close() noexcept;
  /// Unplugs nothing: the device is left to the end of the process.
  void abandon() noexcept { device_.clear(); }
  [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }
  [[nodiscard]] Error failed(const std::string& step, int code) const;

 private:
  std::string device_;  // EAL's name of it
  const char* bus_;
  std::uint16_t ethdev_ = kNoEthdev;
  bool started_ = false;
  static constexpr std::uint16_t kNoEthdev = 0xffff;
};

}  // namespace hvs
