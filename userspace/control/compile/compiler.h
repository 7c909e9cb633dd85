// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/compile/slots.h"
#include "control/compile/steer_rows.h"
#include "model/config.h"
#include "model/snapshot.h"

namespace hvs {

/// Asks the workers whether a connection still carries a slot (its active count is not 0). An empty function
/// means that none does.
struct SlotProbe {
  std::function<bool(ServiceSlot)> service_in_use;
  std::function<bool(DestSlot)> dest_in_use;
};

/// Identity of a service and of a dest within it: what keeps its slot over reloads. Of several VIPs and ports
/// the first ones count, which no other service can have. A rule of mode snat is known by its name, and has
/// one dest.
struct ServiceIdentity {
  IpAddr vip;
  L4Proto protocol = L4Proto::tcp;
  PortRange port;
  std::string snat = {};
  friend auto operator<=>(const ServiceIdentity&, const ServiceIdentity&) = default;
};
struct DestIdentity {
  ServiceIdentity service;
  IpAddr addr;
  L4Port port;
  friend auto operator<=>(const DestIdentity&, const DestIdentity&) = default;
};
ServiceIdentity identity_of(const ServiceConfig& service);
DestIdentity identity_of(const ServiceConfig& service, const DestConfig& dest);
ServiceIdentity identity_of(const SnatConfig& rule);
DestIdentity outside_of(const SnatConfig& rule);

/// What compile() made: to be published, and then committed.
struct Compiled {
  std::shared_ptr<const Snapshot> snapshot;
  /// Slots that something new got: their counters and scheduler state must be zeroed before publication.
  std::vector<ServiceSlot> fresh_services;
  std::vector<DestSlot> fresh_dests;

  Slots<ServiceIdentity, ServiceSlot> services;  // the compiler's next state
  Slots<DestIdentity, DestSlot> dests;
  FormerRows former;
};

/// Turns configurations into snapshots and keeps the slots of services and dests stable on the way: the same
/// (first) VIP, protocol and port is the same ServiceSlot; within it, the same address and port the same
/// DestSlot. Not thread-safe: one control thread owns it.
///
/// Between commit() of one snapshot and compile() of the next, every worker must have left the snapshot
/// before (RCU grace period): a slot that was dropped is given away as soon as no connection carries it.
class SnapshotCompiler {
 public:
  explicit SnapshotCompiler(std::uint32_t max_services = kMaxServices, std::uint32_t max_dests = kMaxDests)
      : services_(max_services), dests_(max_dests) {}

  /// `config` is valid (control/config). Fails when slots run out; nothing changes until commit().
  [[nodiscard]] Result<Compiled> compile(const Config& config, const SlotProbe& probe) const;

  /// `compiled` was published: the next compile() starts from it.
  void commit(Compiled compiled);

  /// `compiled` was published and taken back: the snapshot before it is in force again. Workers may have
  /// opened connections in its fresh slots, so those count as given.
  void withdraw(Compiled compiled);

  /// Addresses that are the host's own, by the kernel: no connection in mode snat goes there, and steering is
  /// told so. compile() uses those that were set last. Not null: the current snapshot with these, to be
  /// published.
  [[nodiscard]] std::shared_ptr<const Snapshot> set_own_addresses(std::set<IpAddr> addresses);

  /// After a reload, LIPs and real servers in mode nat that a service has no more are steered until it has no
  /// connections, and workers know of removed dests that are not to be used on. This is the current snapshot
  /// without those whose time has come, to be published; null when there are none. Every
  /// worker must have left the snapshot before the current one.
  [[nodiscard]] std::shared_ptr<const Snapshot> settle(const SlotProbe& probe);

  /// settle() has found that connections by a VIP that became a LIP have ended: compile() gives its ports
  /// back (PastVip).
  [[nodiscard]] bool past_vips_ended() const { return past_vips_ended_; }

  /// The last committed snapshot, or null.
  [[nodiscard]] const std::shared_ptr<const Snapshot>& current() const { return current_; }

 private:
  Slots<ServiceIdentity, ServiceSlot> services_;
  Slots<DestIdentity, DestSlot> dests_;
  FormerRows former_;
  std::set<IpAddr> own_addresses_;
  std::shared_ptr<const Snapshot> current_;
  bool past_vips_ended_ = false;
  std::uint64_t last_generation_ = 0;  // of what was published, withdrawn or not
};

}  // namespace hvs
