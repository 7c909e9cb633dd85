// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/conn_limits.h"
#include "model/encap.h"
#include "model/ids.h"
#include "model/placement.h"
#include "model/steer_table.h"

namespace hvs {

/// The state of a connection that its first packet opens: TCP's is a SYN of the client.
constexpr TcpState state_at_first(std::uint8_t protocol) {
  return protocol == static_cast<std::uint8_t>(IpProto::tcp) ? TcpState::syn_sent : TcpState::none;
}

/// Idle time after which a connection is gone, in milliseconds. Protocols that have states: by TcpState.
struct IdleLimits {
  std::uint32_t tcp[kTcpStates] = {};
  std::uint32_t sctp[kTcpStates] = {};
  std::uint32_t udp = 0;
  std::uint32_t udp_unreplied = 0;
  std::uint32_t icmp = 0;

  /// By state, of a protocol that has states.
  [[nodiscard]] std::uint32_t of(std::uint8_t protocol, TcpState state) const {
    const auto& limits = protocol == static_cast<std::uint8_t>(IpProto::sctp) ? sctp : tcp;
    return limits[static_cast<std::size_t>(state)];
  }
  /// Of a connection that its first packet opens.
  [[nodiscard]] std::uint32_t at_first(std::uint8_t protocol) const {
    if (is_icmp(static_cast<IpProto>(protocol))) return icmp;
    return has_states(protocol) ? of(protocol, state_at_first(protocol)) : udp_unreplied;
  }
};
IdleLimits idle_limits(const Timeouts& timeouts);

/// One real server within one service.
struct Dest {
  DestSlot slot;
  IpAddr addr;
  L4Port port;  // 0: the one that the client asked for
  std::uint16_t weight = 1;
  ForwardingMode mode = ForwardingMode::fullnat;
  ConnLimits limits;
  std::uint64_t incarnation = 0;  // another number each time the slot is given to a dest, never 0
  bool shares_ports = false;      // its ports share bitmaps of local ports (LipPorts::take_port_of_dest)
};

/// Which clients of a service are one, and for how long they keep their dest.
struct Persistence {
  std::uint32_t timeout_s = 0;
  Ipv6Bytes v4_mask{};
  Ipv6Bytes v6_mask{};
  bool moves_drained = false;
  std::vector<std::uint32_t> by_slot;  // which of dests, in the order of their slots

  [[nodiscard]] IpAddr masked(const IpAddr& client) const;
};

/// Ports that a LIP had as a VIP, of a service that may have connections by them: a frame of theirs and an
/// answer to a local port may have the same key.
struct PastVip {
  IpAddr vip;
  PortRange ports;
  bool by_client = false;  // the service's workers were found by the client (nat_owner)
};

/// LIPs of one pool, by family.
struct LipPool {
  std::string name;
  std::vector<IpAddr> v4;
  std::vector<IpAddr> v6;
  L4Port port_low;
  L4Port port_high;
  std::vector<PastVip> was_vip;  // by their lowest ports
  [[nodiscard]] const std::vector<IpAddr>& of(Family f) const { return f == Family::ipv4 ? v4 : v6; }
};

/// A service as workers see it; or a rule of mode snat, which counts as one. Such a one has no VIP, and a
/// single dest that stands for all hosts outside.
struct Service {
  ServiceSlot slot;
  std::uint64_t incarnation = 0;  // another number each time the slot is given to a service, never 0
  std::string name;
  IpAddr vip;  // the first one
  std::vector<IpAddr> vips;
  L4Proto protocol = L4Proto::tcp;
  L4Port port;  // the only one, else 0
  std::vector<PortRange> ports;
  ForwardingMode mode = ForwardingMode::fullnat;  // of dests that name none
  SchedulerKind scheduler = SchedulerKind::rr;
  SchedulerFlags scheduler_flags;
  std::shared_ptr<const LipPool> lips;  // null when no dest is reached by full NAT
  bool has_nat_dests = false;           // both directions find their worker by the client (nat_owner)
  IdleLimits idle;
  OnNoDest on_no_dest = OnNoDest::reject;
  OnDestRemoved on_dest_removed = OnDestRemoved::keep;
  DestTimeWait dest_time_wait = DestTimeWait::reset;
  MssClamp mss;
  bool one_packet = false;
  std::vector<Dest> dests;
  std::optional<Persistence> persistence;
  std::uint32_t weight_max = 0;                // over dests
  std::uint32_t weight_gcd = 0;                // over dests with weight > 0
  bool limited = false;                        // a dest has a max_conn
  std::shared_ptr<const Placement> placement;  // of the schedulers that place by a hash, else null
  std::vector<std::uint32_t> ranks;            // by rank in the placement: which of dests

  /// Of a persistent service: its dest in that slot, or nullptr.
  [[nodiscard]] const Dest* dest_in(DestSlot slot) const;
};

/// A rule of mode snat (SnatConfig), as workers match it.
struct SnatRule {
  ServiceSlot service;
  std::vector<IpPrefix> from;  // of both families
  std::vector<IpPrefix> to;
  std::uint32_t protocols = 0;  // HVS_STEER_*
  PortRange from_ports = kAnyPort;
  PortRange to_ports = kAnyPort;
  std::optional<PortId> in;
  std::optional<PortId> out;

  struct Flow {
    IpAddr src;
    IpAddr dst;
    L4Port src_port;
    L4Port dst_port;
    std::uint8_t protocol = 0;
  };
  friend bool operator==(const SnatRule&, const SnatRule&) = default;
  /// But for the NIC ports.
  [[nodiscard]] bool fits(const Flow& flow) const;
};

/// The published immutable configuration of the data path. Rows are found by slot; a slot without a service
/// is a null pointer (removed, or never used).
struct Snapshot {
  // Never 0, and never that of a snapshot with other services, even one that was withdrawn: workers remember
  // by it whom a VIP is (classify/vip_memo.h). Own addresses may be others.
  std::uint64_t generation = 0;
  unsigned workers = 1;
  std::vector<std::shared_ptr<const Service>> services;  // by ServiceSlot
  /// By DestSlot and the family of what is wrapped (encap_row); null where no connection is in mode tunnel.
  /// Rows stay while connections carry the slot.
  std::vector<std::shared_ptr<const Encap>> encaps;
  /// By DestSlot: what becomes of connections to dests that are no more, for as long as there are any. Empty
  /// while all such connections go on.
  std::vector<OnDestRemoved> removed_dests;
  std::vector<SnatRule> snat;  // the first that fits
  bool has_nat_dests = false;  // a service has
  SteerTable steer;
  std::uint16_t least_mss = 0xffff;  // that a service's MssClamp names

  [[nodiscard]] const Service* service(ServiceSlot slot) const {
    return slot.index() < services.size() ? services[slot.index()].get() : nullptr;
  }
  [[nodiscard]] static constexpr std::size_t encap_row(DestSlot slot, Family inner) {
    return 2 * slot.index() + (inner == Family::ipv6 ? 1 : 0);
  }
  [[nodiscard]] const Encap* encap(DestSlot slot, Family inner) const {
    const std::size_t row = encap_row(slot, inner);
    return row < encaps.size() ? encaps[row].get() : nullptr;
  }
  [[nodiscard]] OnDestRemoved on_removed(DestSlot slot) const {
    return slot.index() < removed_dests.size() ? removed_dests[slot.index()] : OnDestRemoved::keep;
  }
};

/// Which worker tracks the flows of a client to services with dests in mode nat. Frames of both directions
/// name the client, the replies nothing else of the flow that could tell the worker.
[[nodiscard]] WorkerId nat_owner(const IpAddr& client, L4Port port, unsigned workers);

}  // namespace hvs
