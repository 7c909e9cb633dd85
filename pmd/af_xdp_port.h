// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "model/device_facts.h"
#include "pmd/ethdev_port.h"
#include "pmd/fd_watch.h"

namespace hvs {

struct AfXdpOptions {
  PortId id;
  std::string bootstrap_object;  // path of bootstrap.bpf.o
  rte_mempool* pool = nullptr;   // of the device's NUMA node; outlives the port
  /// Forbids zero-copy. Without hugepages it is forced: a zero-copy NIC wants buffers that do not cross
  /// pages.
  bool force_copy = false;
  std::uint16_t descriptors = kDefaultDescriptors;
  /// Makes the interface free of XDP programs, which the driver needs. Called before its start, and again
  /// when that fails.
  std::function<Result<void>()> make_room;
  /// Called when the driver has attached the bootstrap.
  std::function<Result<void>()> bootstrap_attached;
};

/// What can be known before anything is opened; used by --check too. An error names the reason and the way
/// out. Whether another XDP program holds the device is steering's question and is not asked here.
Result<void> check_af_xdp_device(const PortConfig& config, const DeviceFacts& facts);

/// Raises the limit on locked memory when this process is subject to it, or says that it is too low for what
/// `who` lock.
Result<void> ensure_memlock(std::uint64_t bytes, const std::string& who = "AF_XDP sockets");

/// Waits until no AF_XDP socket holds the port's queues, for a second or so: the kernel gives a queue free a
/// while after its last socket is closed, and a process that was killed is followed by the next one at once.
Result<void> wait_for_queues(const PortConfig& config, const DeviceFacts& facts);

/// A netdev whose frames, those that the XDP program redirects, arrive on one AF_XDP socket per queue.
///
/// open() attaches bootstrap.bpf.o, which passes everything to the kernel; the daemon then lets Steering put
/// the steering program in its place. The device must be free of XDP programs (Steering::make_room). At the
/// end the program is detached, whichever leads to these sockets then, and the sockets and the vdev are gone.
/// A program of somebody else's stays: then the process must end, as after leave_program_attached().
class AfXdpPort final : public EthdevPort {
 public:
  static Result<std::unique_ptr<AfXdpPort>> open(const PortConfig& config, const AfXdpOptions& options);
  ~AfXdpPort() override;

  /// The queue's AF_XDP socket: readable when frames wait.
  [[nodiscard]] int wait_fd(QueueId queue) const override;
  /// Any thread may ask; the queues are not disturbed.
  [[nodiscard]] PortStats stats() const override;

  /// Remarks for the log: the device is down, generic mode, ...
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  /// Records the mode in which Steering::attach runs its program.
  void set_xdp_mode(XdpMode mode) { info_.xdp = mode; }
  /// Records that the program was taken off the device, or is there again: without it no frame comes.
  void set_steered(bool steered) { steered_.store(steered, std::memory_order_relaxed); }
  [[nodiscard]] bool steered() const { return steered_.load(std::memory_order_relaxed); }
  /// Records the MAC address that the netdev has now, for the control thread.
  void set_mac(const MacAddr& mac) { info_.mac = mac; }
  /// The same of its MTU, as far as it is in use: max_mtu() at most.
  void set_mtu(std::uint16_t mtu) { info_.mtu = mtu; }
  /// What the packet buffers, made at the start, hold: of a larger frame the kernel counts a miss.
  [[nodiscard]] std::uint16_t max_mtu() const;
  /// Makes the end of the port close its sockets only: the attached program stays, so that it can hold
  /// traffic while the daemon restarts. The process must end after that (Eal then leaves its memory to the
  /// kernel).
  void leave_program_attached() { leave_program_ = true; }

 private:
  AfXdpPort(PortInfo info, std::string vdev, rte_mempool* pool)
      : EthdevPort(std::move(info), std::move(vdev)), pool_(pool) {}
  Result<void> open_device(const AfXdpOptions& options);
  Result<void> open_queue(QueueId queue, const AfXdpOptions& options);
  Result<void> note_state(const PortConfig& config);

  rte_mempool* pool_;
  std::vector<WatchedFd> sockets_;  // by queue
  std::vector<WatchedFd> bpf_;      // of the bootstrap's object, which the driver never closes
  std::vector<std::string> warnings_;
  std::uint32_t sockets_map_ = 0;  // id of the XDP program's map of our sockets
  std::atomic<bool> steered_{true};
  bool leave_program_ = false;
};

}  // namespace hvs
