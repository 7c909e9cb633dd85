// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "base/check.h"
#include "bpf/steer_abi.h"
#include "model/ids.h"
#include "model/port_range.h"
#include "net/ip_addr.h"

namespace hvs {

/// The rows of the steering maps as a value: what control/steering writes into the kernel's maps and what
/// classify/ looks up are built from the same rows (DESIGN: one rule, two places, same contents).
struct SteerRows {
  struct ServiceRow {
    hvs_steer_service_key key;
    ServiceSlot slot;
  };
  /// Ports of a VIP that no single row names. Those of one VIP and protocol are at most HVS_STEER_VIP_RANGES,
  /// apart from each other but for any port, which is the last of them.
  struct RangeRow {
    hvs_steer_vip_key key;
    PortRange ports;
    ServiceSlot slot;
  };
  struct LipRow {
    hvs_steer_lip_key key;
    hvs_steer_lip ports;
  };
  struct DestRow {
    hvs_steer_service_key
        key;  // of a real server in mode nat: where its replies come from; or a tunnel's end
    hvs_steer_dest row;
  };
  struct NetRow {
    hvs_steer_net_key key;
    hvs_steer_net net;
  };
  std::vector<ServiceRow> services;
  std::vector<LipRow> lips;
  std::vector<DestRow> dests;  // the rows with port 0 among them
  std::vector<RangeRow> ranges;
  std::vector<NetRow> inside;   // mode snat: where connections come from
  std::vector<NetRow> outside;  // and where they go to
};

inline hvs_steer_service_key service_key(const IpAddr& addr, std::uint8_t protocol, Be16 port) {
  hvs_steer_service_key key{};
  std::memcpy(key.addr, addr.bytes.data(), sizeof key.addr);
  key.port = port.raw();
  key.protocol = protocol;
  key.family = static_cast<std::uint8_t>(addr.family);
  return key;
}
inline hvs_steer_lip_key lip_key(const IpAddr& addr) {
  hvs_steer_lip_key key{};
  std::memcpy(key.addr, addr.bytes.data(), sizeof key.addr);
  key.family = static_cast<std::uint8_t>(addr.family);
  return key;
}
inline hvs_steer_vip_key vip_key(const IpAddr& addr, std::uint8_t protocol) {
  hvs_steer_vip_key key{};
  std::memcpy(key.addr, addr.bytes.data(), sizeof key.addr);
  key.protocol = protocol;
  key.family = static_cast<std::uint8_t>(addr.family);
  return key;
}

inline hvs_steer_net_key net_key(const IpPrefix& prefix) {
  hvs_steer_net_key key{};
  key.prefix_bits = HVS_STEER_NET_FAMILY_BITS + prefix.length;
  key.family = static_cast<std::uint8_t>(prefix.addr.family);
  std::memcpy(key.addr, prefix.addr.bytes.data(), sizeof key.addr);
  return key;
}
/// Of protocols that mode snat has no use for: 0.
constexpr std::uint32_t net_bit(std::uint8_t protocol) {
  switch (static_cast<IpProto>(protocol)) {
    case IpProto::tcp: return HVS_STEER_TCP;
    case IpProto::udp: return HVS_STEER_UDP;
    case IpProto::sctp: return HVS_STEER_SCTP;
    case IpProto::icmp:
    case IpProto::icmpv6: return HVS_STEER_ICMP;
    case IpProto::hop_by_hop:
    case IpProto::ipip:
    case IpProto::ipv6:
    case IpProto::routing:
    case IpProto::fragment:
    case IpProto::gre:
    case IpProto::no_next:
    case IpProto::dest_options: break;
  }
  return 0;
}

/// Userspace's form of the steering maps: open addressing, immutable after construction, no allocation and
/// at most a few cache lines per lookup, whatever the number of services.
class SteerTable {
 public:
  SteerTable() = default;
  explicit SteerTable(const SteerRows& rows);

  /// A row of a VIP, a LIP, a dest or of a network of one address may name the address. False is certain, and
  /// is nearly always so for hosts elsewhere: then nothing but inside_out() need be asked.
  [[nodiscard]] bool names(const IpAddr& addr) const {
    if (named_.empty()) return false;
    const std::size_t bit = std::hash<IpAddr>{}(addr) >> named_shift_;
    return (named_[bit / 64] >> bit % 64 & 1) != 0;
  }
  [[nodiscard]] std::optional<ServiceSlot> service(const hvs_steer_service_key& key) const;
  [[nodiscard]] bool vip(const hvs_steer_vip_key& key) const;
  /// The service that has `port` of the VIP among others.
  [[nodiscard]] std::optional<ServiceSlot> ranged(const hvs_steer_vip_key& key, Be16 port) const;
  [[nodiscard]] const hvs_steer_lip* lip(const hvs_steer_lip_key& key) const;
  /// A LIP to the protocol.
  [[nodiscard]] const hvs_steer_lip* lip_for(const hvs_steer_lip_key& key, std::uint8_t protocol) const {
    const hvs_steer_lip* range = lip(key);
    if (range == nullptr || !is_icmp(static_cast<IpProto>(protocol))) return range;
    return (range->uses & HVS_STEER_LIP_QUERIES) != 0 ? range : nullptr;
  }
  /// The LIP's range holds `port` (network byte order).
  [[nodiscard]] bool lip_port(const hvs_steer_lip_key& key, std::uint8_t protocol, Be16 port) const {
    const hvs_steer_lip* range = lip_for(key, protocol);
    return range != nullptr && range->port_low <= port.host() && port.host() <= range->port_high;
  }
  /// HVS_STEER_DEST_*: a real server in mode nat sends from there (port 0: from any of its ports), a tunnel
  /// ends there.
  [[nodiscard]] std::uint32_t dest_uses(const hvs_steer_service_key& key) const {
    const std::uint32_t row = find(dests_, &key);
    return row == 0 ? 0 : rows_.dests[row - 1].row.uses;
  }
  [[nodiscard]] bool nat_dest(const hvs_steer_service_key& key) const {
    return (dest_uses(key) & HVS_STEER_DEST_NAT) != 0;
  }
  [[nodiscard]] bool nat_on_any_port(const IpAddr& addr, std::uint8_t protocol) const {
    return (dest_uses(service_key(addr, protocol, Be16{})) & HVS_STEER_DEST_NAT_ANY) != 0;
  }
  /// From an inside network to an outside one.
  [[nodiscard]] bool inside_out(const IpAddr& from, const IpAddr& to, std::uint8_t protocol) const {
    if (rows_.inside.empty()) return false;
    return (find(inside_[at(from.family)], from) & find(outside_[at(to.family)], to) & net_bit(protocol)) !=
           0;
  }
  [[nodiscard]] const SteerRows& rows() const { return rows_; }

 private:
  struct Cell {
    std::uint8_t key[20];
    std::uint32_t value;  // index + 1; 0: empty
  };
  /// A key in registers: one that was just written byte by byte is not read again at once.
  struct Words {
    std::uint64_t a, b;  // the address
    std::uint32_t c;     // the rest
  };
  [[nodiscard]] static Words words_of(const void* key);
  [[nodiscard]] static std::uint64_t hash(const Words& words);
  [[nodiscard]] static std::uint32_t find(const std::vector<Cell>& cells, const Words& key);
  [[nodiscard]] static std::uint32_t find(const std::vector<Cell>& cells, const void* key) {
    return find(cells, words_of(key));
  }
  static void insert(std::vector<Cell>& cells, const void* key, std::uint32_t value);
  static std::vector<Cell> sized_for(std::size_t rows);
  /// Networks of one prefix length; longest first. Few are compared with one by one.
  struct NetLevel {
    Words mask{};
    struct Net {
      std::uint64_t a, b;  // its address
      std::uint32_t value;
    };
    std::vector<Net> few;
    std::vector<Cell> cells;  // those of more; the value is that of hvs_steer_net, plus kNetRow
  };
  static constexpr std::size_t kFewNets = 4;
  static constexpr std::uint32_t kNetRow = 0x80000000U;  // a row without protocols is not an empty cell
  /// Networks of one family.
  struct Nets {
    std::vector<Cell> hosts;  // of one address, as a level has them; names() knows of them
    // What the longest network has of an address with this first byte; kNetRow: it depends on the rest.
    std::array<std::uint32_t, 256> by_first_byte{};
    std::vector<NetLevel> levels;  // of several addresses
  };
  using FamilyNets = std::array<Nets, 2>;
  static constexpr std::size_t at(Family family) { return family == Family::ipv6 ? 1 : 0; }
  static Nets nets_of(const std::vector<SteerRows::NetRow>& rows, Family family);
  static NetLevel level_of(const std::vector<const SteerRows::NetRow*>& rows);
  /// What the longest network that has the address has: 0 also when none does.
  [[nodiscard]] std::uint32_t find(const Nets& nets, const IpAddr& addr) const {
    if (!nets.hosts.empty() && HVS_UNLIKELY(names(addr))) {
      const hvs_steer_lip_key key = lip_key(addr);
      if (const std::uint32_t found = find(nets.hosts, &key); found != 0) return found & ~kNetRow;
    }
    const std::uint32_t known = nets.by_first_byte[addr.bytes[0]];
    return HVS_LIKELY(known != kNetRow) ? known : search(nets.levels, addr);
  }
  [[nodiscard]] static std::uint32_t search(const std::vector<NetLevel>& levels, const IpAddr& addr);

  struct Vip {
    std::uint32_t count = 0;
    std::array<PortRange, HVS_STEER_VIP_RANGES> ports;
    std::array<ServiceSlot, HVS_STEER_VIP_RANGES> slots;
  };
  Vip& vip_row(const hvs_steer_vip_key& key);
  void note_names();

  SteerRows rows_;
  std::vector<Vip> vip_rows_;
  std::vector<Cell> services_;
  std::vector<Cell> vips_;
  std::vector<Cell> lips_;
  std::vector<Cell> dests_;
  FamilyNets inside_;
  FamilyNets outside_;
  std::vector<std::uint64_t> named_;  // a bit for each address, by the highest bits of its hash
  unsigned named_shift_ = 0;
};

}  // namespace hvs
