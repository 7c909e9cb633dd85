// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "model/device_facts.h"
#include "model/message_id.h"
#include "pmd/ethdev_port.h"
#include "pmd/native_companion.h"

struct rte_mempool;

namespace hvs {

struct NativeOptions {
  PortId id;
  rte_mempool* pool = nullptr;  // of the device's NUMA node; outlives the port
  std::uint16_t mtu = 1500;
  std::string companion;  // the name of its netdev
  bool up = true;         // to be set up, if it is made
  std::uint16_t descriptors = kDefaultDescriptors;
  bool interrupts = false;  // workers sleep: to be used if the device has them
};

/// The netdev that the port gets: the name that was asked for, else the one that the NIC had, else the
/// port's.
[[nodiscard]] std::string companion_name(const PortConfig& config, const DeviceFacts& facts);
/// What was asked for, else what the companion has from before, else what the NIC's netdev had, else 1500.
[[nodiscard]] std::uint16_t native_mtu(const PortConfig& config, const DeviceFacts& facts);
/// The companion may have this MTU, after the driver has answered with `code` (0 or -errno). Many drivers
/// (i40e, ice, iavf) change nothing on a NIC that runs. A smaller MTU needs no change: the kernel and HVS
/// send no larger frames, and larger ones are received as before.
[[nodiscard]] bool may_have_mtu(int code, std::uint16_t mtu, std::uint16_t started_with);

/// What a start asks of a device beyond moving frames.
struct StartWishes {
  bool interrupts = false;     // on receipt
  std::uint64_t offloads = 0;  // RTE_ETH_RX_OFFLOAD_*
};
/// Both wishes first, nothing last: a driver may refuse what it offers, and none of it is required.
[[nodiscard]] std::vector<StartWishes> start_tries(const StartWishes& wishes);

/// A NIC that a DPDK driver owns, with its companion netdev. All frames arrive here, whoever they are for.
///
/// What a NIC can do beyond moving frames is used where it is known to be right and required nowhere: receive
/// hashes spread frames over the queues where it has them (and local ports then follow, ADR 0008), and IPv4
/// headers are checked on arrival. Checksums of what is sent are edited by what changes in a packet, and VLAN
/// tags are part of the frame, so the NIC's help with these is left off (ADR 0021). info().offloads has what
/// is in use.
class NativePort final : public EthdevPort {
 public:
  /// The device is bound, and EAL has been told of it (EalOptions::pci); a "vdev:" is plugged in here.
  static Result<std::unique_ptr<NativePort>> open(const PortConfig& config, const DeviceFacts& facts,
                                                  const NativeOptions& options);
  ~NativePort() override;

  [[nodiscard]] PortStats stats() const override;
  [[nodiscard]] int wait_fd(QueueId queue) const override;
  bool arm(QueueId queue) override;
  void disarm(QueueId queue) override;
  void distrust_waits() override { distrusted_.store(true, std::memory_order_relaxed); }
  /// Once, after workers have found that the device does not tell of frames.
  [[nodiscard]] bool take_distrust();
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> xstats() const override;
  [[nodiscard]] NativeCompanion& companion() const { return *companion_; }

  /// The companion has another MAC address or MTU now: the NIC follows, if it can. An MTU that is no larger
  /// than the one at the start is accepted even where it cannot.
  Result<void> follow_mac(const MacAddr& mac);
  Result<void> follow_mtu(std::uint16_t mtu);
  /// Buffers for frames that the kernel sends.
  [[nodiscard]] rte_mempool* pool() const { return pool_; }
  /// Brings the NIC's link state to the companion; and to the NIC, that the companion is down or up, and
  /// that somebody wants frames for every address.
  void follow_companion();

  /// Why frames do not go to the companion by vhost-net; empty when they do.
  [[nodiscard]] const std::string& companion_note() const { return companion_note_; }
  /// Remarks for the log.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  NativePort(PortInfo info, std::string device, const char* bus, rte_mempool* pool)
      : EthdevPort(std::move(info), std::move(device), bus), pool_(pool) {}
  Result<void> bring_up(const NativeOptions& options);
  Result<void> start_device(const NativeOptions& options, const rte_eth_conf& config);
  Result<void> start_with_what_it_has(const NativeOptions& options, rte_eth_conf& config,
                                      std::uint64_t offered);
  void find_interrupts();
  void set_promiscuous(bool wanted);
  Result<void> check_limits(const rte_eth_dev_info& device) const;
  void read_device();
  [[nodiscard]] Error refusal(MessageId id, const std::string& what, const char* key,
                              const std::string& fix) const;

  rte_mempool* pool_;
  std::uint16_t started_mtu_ = 0;
  std::unique_ptr<NativeCompanion> companion_;
  std::vector<std::string> warnings_;
  std::string companion_note_;
  std::vector<int> waits_;  // by queue; empty: the device has no receive interrupts
  std::atomic<bool> distrusted_{false};
  bool distrust_told_ = false;
  // What the NIC and the companion were told, and took.
  bool carrier_ = false;
  bool promiscuous_ = false;
  bool companion_up_ = true;
  // Promiscuous without anybody's wish, because the driver does not do otherwise.
  bool stands_in_for_multicast_ = false;
  bool stands_in_for_mac_ = false;
};

}  // namespace hvs
