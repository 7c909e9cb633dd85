// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/devices.h"
#include "model/config.h"
#include "pmd/af_xdp_port.h"
#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "pmd/native_port.h"
#include "pmd/steering.h"

namespace hvs {

/// The instance's ports with what they stand on: packet buffers and the steering program. Opened as a whole
/// or not at all; the order of the members is the order of closing, reversed.
class Ports {
 public:
  /// Opens every port of the configuration over its device. Steered traffic does not flow before attach().
  static Result<std::unique_ptr<Ports>> open(const Config& config, const Devices& devices, unsigned workers,
                                             const Eal& eal, Steering& steering, const std::string& bpf_dir);

  Ports() = default;
  ~Ports();
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  /// The start succeeded: companions stay at the end. That of a NIC that goes back to the kernel does so
  /// until the NIC's netdev has what it has (give_back). Before that, those go that were made and have
  /// nothing.
  void keep_companions(const Config& config);

  /// Puts the steering program on every af_xdp port: from here on traffic comes.
  Result<void> attach(const Config& config, Steering& steering);

  [[nodiscard]] std::size_t size() const { return ports_.size(); }
  [[nodiscard]] Port& at(std::size_t i) const;
  [[nodiscard]] bool any_af_xdp() const {
    return std::any_of(ports_.begin(), ports_.end(), [](const auto& port) { return port.af_xdp != nullptr; });
  }
  /// The port, if it is of that kind.
  [[nodiscard]] AfXdpPort* af_xdp(std::size_t i) const { return ports_[i].af_xdp.get(); }
  [[nodiscard]] NativePort* native(std::size_t i) const { return ports_[i].native.get(); }

 private:
  struct Entry {  // one of the two
    std::unique_ptr<AfXdpPort> af_xdp;
    std::unique_ptr<NativePort> native;
    bool companion_stays = false;  // at the end; in a crash each does
    bool nic_has_another = false;  // netdev, besides the companion, because nobody takes it from the kernel
  };
  void make_room(Steering& steering) const;
  Result<void> open_af_xdp(const PortConfig& config, const DeviceFacts& device, const Eal& eal,
                           Steering& steering, const std::string& bpf_dir);
  Result<void> open_native(const PortConfig& config, const Device& device, PollMode poll);
  [[nodiscard]] PortId next_id() const { return PortId{static_cast<std::uint16_t>(ports_.size())}; }

  std::optional<PoolSet> pools_;
  std::vector<Entry> ports_;  // by PortId
};

/// What the port takes of the pools.
[[nodiscard]] PortDemand demand_of(const PortConfig& config, const Device& device);

}  // namespace hvs
