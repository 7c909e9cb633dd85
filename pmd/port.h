// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/ids.h"
#include "model/names.h"
#include "model/rss.h"
#include "net/headers.h"

struct rte_mbuf;

namespace hvs {

struct PortInfo {
  PortId id;
  std::string name;
  std::string device;
  PortKind kind = PortKind::memory;
  XdpMode xdp = XdpMode::automatic;  // af_xdp: what the kernel gave
  std::uint16_t queues = 1;          // receive queues = transmit queues
  std::uint16_t mtu = 1500;
  MacAddr mac{};
  std::uint32_t ifindex = 0;  // of the netdev (af_xdp) or the companion (native); 0: none
  int numa_node = -1;
  /// True: only steered frames arrive (XDP applied the rule). False: classify/ applies it.
  bool pre_steered = false;
  RssInfo rss;
  std::vector<std::string> offloads;  // what of the NIC is in use beyond moving frames; native
};

struct PortStats {
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t rx_missed = 0;   // the device or socket had no buffer or room
  std::uint64_t tx_dropped = 0;  // errors in transmission
  bool link_up = false;
};

/// All that the forwarding core knows of a NIC. One object per port, shared by the workers; a queue is
/// used by one worker only. Virtual calls are per burst, never per packet.
class Port {
 public:
  explicit Port(PortInfo info) : info_(std::move(info)) {}
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  virtual ~Port() = default;

  [[nodiscard]] const PortInfo& info() const { return info_; }
  /// Takes up to `count` frames; the caller owns the mbufs. Returns how many.
  virtual std::uint16_t rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) = 0;
  /// Gives up to `count` frames; the port owns the first N (returned), the caller keeps the rest.
  virtual std::uint16_t tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) = 0;
  /// A descriptor that becomes readable when the queue has frames, or -1.
  [[nodiscard]] virtual int wait_fd(QueueId) const { return -1; }
  /// Called before and after a sleep on wait_fd(). True: the queue has to be looked at once more before the
  /// sleep, for frames that came before the device was asked to tell.
  virtual bool arm(QueueId) { return false; }
  virtual void disarm(QueueId) {}
  /// Frames were there and nobody told: wait_fd() is -1 from here on. Called by any worker.
  virtual void distrust_waits() {}
  [[nodiscard]] virtual PortStats stats() const = 0;
  /// Counters of the device's driver beyond those, by the driver's names.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::uint64_t>> xstats() const { return {}; }

 protected:
  PortInfo info_;
};

}  // namespace hvs
