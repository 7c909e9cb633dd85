// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "model/ids.h"
#include "model/names.h"
#include "model/port_range.h"
#include "net/ip_addr.h"

// Configuration is a value: what the file says, validated, with defaults filled in. Nothing in here
// is running state; control/ compiles it into a Snapshot.
namespace hvs {

/// All in whole seconds. Defaults are those of the field; udp_unreplied bounds spoofed floods.
struct Timeouts {
  std::chrono::seconds tcp_syn_sent = 3s;
  std::chrono::seconds tcp_syn_recv = 30s;
  std::chrono::seconds tcp_established = 900s;
  std::chrono::seconds tcp_fin_wait = 60s;
  std::chrono::seconds tcp_time_wait = 7s;
  std::chrono::seconds tcp_close_wait = 60s;
  std::chrono::seconds tcp_last_ack = 7s;
  std::chrono::seconds tcp_close = 3s;
  std::chrono::seconds udp = 300s;
  std::chrono::seconds udp_unreplied = 30s;
  std::chrono::seconds sctp_init = 60s;
  std::chrono::seconds sctp_established = 900s;
  std::chrono::seconds sctp_shutdown = 60s;
  std::chrono::seconds sctp_close = 3s;
  std::chrono::seconds icmp = 30s;  // queries, in mode snat
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

/// What packets to a dest in mode tunnel are wrapped in.
struct TunnelConfig {
  TunnelType type = TunnelType::ipip;
  L4Port port{6080};  // gue: the dest's UDP port
  TunnelChecksum checksum = TunnelChecksum::automatic;
  std::uint16_t gue_variant = 0;
  friend bool operator==(const TunnelConfig&, const TunnelConfig&) = default;
};

struct DestConfig {
  IpAddr address;
  L4Port port;                                        // 0: the one that the client asked for
  std::uint16_t weight = 1;                           // 0: drains, takes no new connections
  std::optional<ForwardingMode> mode = std::nullopt;  // nothing: the service's
  std::uint32_t max_conn = 0;  // takes no new connections from this many on; 0: no bound
  std::uint32_t min_conn = 0;  // takes them again below this many; 0: three quarters of max_conn
  std::optional<TunnelConfig> tunnel = std::nullopt;  // nothing: the service's
  friend bool operator==(const DestConfig&, const DestConfig&) = default;
};

/// What the hashing schedulers do besides.
struct SchedulerFlags {
  bool port = false;      // the client's port counts, too
  bool fallback = false;  // the next dest, when the one that is hit takes no connections
  friend bool operator==(const SchedulerFlags&, const SchedulerFlags&) = default;
};

/// The most that the MSS option of a SYN may say.
struct MssClamp {
  bool automatic = true;   // what both ways' MTU take
  std::uint16_t most = 0;  // unless automatic; 0: any
  friend bool operator==(const MssClamp&, const MssClamp&) = default;
};

/// A client of the service returns to the dest that it had.
struct PersistenceConfig {
  std::chrono::seconds timeout = 300s;  // after its last connection
  std::uint16_t v4_mask = 32;           // bits of the address that make a client
  std::uint16_t v6_prefix = 128;
  OnDrain on_drain = OnDrain::keep;
  friend bool operator==(const PersistenceConfig&, const PersistenceConfig&) = default;
};

struct LipPoolConfig {
  std::string name;
  std::vector<IpAddr> addresses;  // both families may be mixed
  L4Port port_low{10240};         // inclusive
  L4Port port_high{65535};        // inclusive
  friend bool operator==(const LipPoolConfig&, const LipPoolConfig&) = default;
};

struct ServiceConfig {
  std::string name;
  IpAddr vip;                     // the first one
  std::vector<IpAddr> more_vips;  // the others
  L4Proto protocol = L4Proto::tcp;
  L4Port port;                         // the only one; 0: those of port_ranges
  std::vector<PortRange> port_ranges;  // sorted, apart from each other; none and no port: any port
  ForwardingMode mode = ForwardingMode::fullnat;
  TunnelConfig tunnel;  // of dests that name none
  SchedulerKind scheduler = SchedulerKind::rr;
  SchedulerFlags scheduler_flags;
  std::uint32_t mh_table_size = 65537;
  std::optional<PersistenceConfig> persistence = std::nullopt;
  std::string lip_pool;  // may be empty while there are no dests that need one
  Timeouts timeouts;
  OnDestRemoved on_dest_removed = OnDestRemoved::keep;
  OnNoDest on_no_dest = OnNoDest::reject;
  DestTimeWait dest_time_wait = DestTimeWait::reset;
  MssClamp mss;
  bool one_packet = false;  // UDP: every datagram is placed for itself
  std::vector<DestConfig> dests;
  friend bool operator==(const ServiceConfig&, const ServiceConfig&) = default;
};

/// Some dest of the service is reached from local addresses of ours.
[[nodiscard]] bool needs_lips(const ServiceConfig& service);
/// All of them, in the order of the file; and all ports, by number.
[[nodiscard]] std::vector<IpAddr> vips_of(const ServiceConfig& service);
[[nodiscard]] std::vector<PortRange> ports_of(const ServiceConfig& service);
/// "80", "any", "80,443,8000-8099".
[[nodiscard]] std::string ports_text(const std::vector<PortRange>& ports);

/// Mode snat: what comes from inside networks and goes to outside ones leaves from an address of ours. The
/// first rule that fits a new connection, in the order of the file, takes it.
struct SnatConfig {
  std::string name;
  std::vector<IpPrefix> from;
  std::vector<IpPrefix> to;  // empty: everywhere
  SnatProtocol protocol = SnatProtocol::any;
  PortRange from_ports = kAnyPort;
  PortRange to_ports = kAnyPort;
  std::string in;   // name of the port that it comes in at; empty: any
  std::string out;  // name of the port that the route leads out of; empty: any of ours
  std::string lip_pool;
  Timeouts timeouts;
  friend bool operator==(const SnatConfig&, const SnatConfig&) = default;
};
/// Where the rule's connections of that family may go to; nothing when it has none of the family.
[[nodiscard]] std::vector<IpPrefix> destinations_of(const SnatConfig& rule, Family family);
[[nodiscard]] bool has_family(const SnatConfig& rule, Family family);
/// Addresses of the link, of many hosts, and of none: nothing is routed there.
[[nodiscard]] const std::vector<IpPrefix>& never_outside();
/// The earlier rule takes all that the later one could.
[[nodiscard]] bool hides(const SnatConfig& earlier, const SnatConfig& later);

/// A service on more ports than this whose dest keeps the client's port: who scans it must not use up the
/// bitmaps of local ports, so the dest's ports share some for each LIP and protocol (conn/lip_ports.h).
inline constexpr std::size_t kOwnPortBitmaps = 32;
inline constexpr unsigned kDestGroups = 8;
[[nodiscard]] bool shares_ports(const ServiceConfig& service, const DestConfig& dest);

/// Addresses that the rules may use in all: each has local ports in so many groups (conn/lip_ports.h).
inline constexpr std::size_t kMaxSnatLips = 64;
inline constexpr unsigned kSnatGroups = 32;              // of hosts outside, for each address and protocol
inline constexpr unsigned kSnatPairs = 4 * kSnatGroups;  // TCP, UDP, SCTP, ICMP

struct PortConfig {
  std::string name;
  std::string device;  // netdev name, PCI address, or for tests "vdev:" and a DPDK device with its arguments
  PortMode mode = PortMode::automatic;
  XdpMode xdp = XdpMode::automatic;
  std::uint16_t queues = 1;
  OnDown on_down = OnDown::hold;
  std::chrono::seconds hold = 30s;
  // Native ports only.
  BindDriver bind = BindDriver::vfio_pci;
  bool restore_driver = false;
  bool force = false;
  std::string companion;  // name of its netdev; empty: chosen by HVS
  std::uint16_t mtu = 0;  // 0: that of its netdev
  friend bool operator==(const PortConfig&, const PortConfig&) = default;
};

struct WorkersConfig {
  std::vector<unsigned> cpus;  // one worker on each; empty: chosen at start
  unsigned count = 1;
  PollMode poll = PollMode::adaptive;
  Simd simd = Simd::automatic;
  friend bool operator==(const WorkersConfig&, const WorkersConfig&) = default;
};

struct MemoryConfig {
  Hugepages hugepages = Hugepages::automatic;
  std::uint64_t limit_bytes = 256_MiB;
  friend bool operator==(const MemoryConfig&, const MemoryConfig&) = default;
};

struct Config {
  std::string instance = "default";
  std::string log_level = "info";
  std::string control_socket;  // default filled in: /run/hvs/<instance>/api.sock
  WorkersConfig workers;
  MemoryConfig memory;
  std::uint64_t connections_max = 262144;
  std::uint32_t persistent_clients = 65536;  // whose dests are remembered, over all services
  Timeouts timeouts;  // what services have that say nothing else; those of a service are in it, all of them
  std::vector<PortConfig> ports;
  std::vector<LipPoolConfig> lip_pools;
  std::vector<ServiceConfig> services;
  std::vector<SnatConfig> snat;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace hvs
