// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <optional>
#include <random>
#include <string>

#include "dataplane/conn/connection.h"
#include "tests/support/packet.h"

namespace hvs::test {

/// Where a packet goes: what a transform changes, and nothing else.
struct Path {
  std::string src, dst;
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint8_t ttl = 64;
};

/// The addresses of a connection as text, of either family.
struct Ends {
  std::string client, vip, lip, dest;
  std::uint16_t client_port = 0, vip_port = 0, lip_port = 0, dest_port = 0;

  template <typename F>
  [[nodiscard]] LooseConnection<F> connection() const {
    LooseConnection<F> c;
    c.client = F::from(*IpAddr::parse(client));
    c.vip = F::from(*IpAddr::parse(vip));
    c.side().lip = F::from(*IpAddr::parse(lip));
    c.side().dest = F::from(*IpAddr::parse(dest));
    c.client_port = Be16{client_port}.raw();
    c.vip_port = Be16{vip_port}.raw();
    c.lip_port = Be16{lip_port}.raw();
    c.dest_port = Be16{dest_port}.raw();
    return c;
  }
  /// As the sender of direction `d` writes it, and as HVS sends it on.
  [[nodiscard]] Path before(Direction d, std::uint8_t ttl) const {
    if (d == Direction::to_dest) return {client, vip, client_port, vip_port, ttl};
    return {dest, lip, dest_port, lip_port, ttl};
  }
  [[nodiscard]] Path after(Direction d, std::uint8_t ttl) const {
    if (d == Direction::to_dest) return {lip, dest, lip_port, dest_port, ttl};
    return {vip, client, vip_port, client_port, ttl};
  }
};

/// Everything of a TCP or UDP packet that a transform leaves alone, drawn at random.
struct PacketShape {
  Family family = Family::ipv4;
  bool tcp = true;
  unsigned vlan_tags = 0;
  Bytes options;            // IPv4 or TCP
  unsigned extensions = 0;  // IPv6
  bool fragment_header = false;
  std::uint8_t flags = 0;
  std::uint8_t tos = 0;
  std::uint32_t seq = 0;
  Bytes payload;
  std::size_t padding = 0;
  std::optional<std::uint16_t> ip_checksum;  // wrong on purpose
  std::optional<std::uint16_t> l4_checksum;

  static Bytes random_bytes(std::mt19937& rng, std::size_t count) {
    Bytes out(count);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(rng());
    return out;
  }
  static PacketShape random(std::mt19937& rng, Family family) {
    PacketShape s;
    s.family = family;
    s.tcp = rng() % 2 == 0;
    s.vlan_tags = static_cast<unsigned>(rng() % 3);
    s.options = random_bytes(rng, rng() % 3 == 0 ? rng() % 37 : 0);
    s.extensions = rng() % 3 == 0 ? static_cast<unsigned>(rng() % 4) : 0;
    s.fragment_header = rng() % 8 == 0;
    s.flags = static_cast<std::uint8_t>(rng());
    s.tos = static_cast<std::uint8_t>(rng());
    s.seq = static_cast<std::uint32_t>(rng());
    s.payload = random_bytes(rng, rng() % 4 == 0 ? rng() % 1400 : rng() % 40);
    s.padding = rng() % 4 == 0 ? rng() % 20 : 0;
    return s;
  }

  /// The frame; without `eth` the IP packet alone.
  [[nodiscard]] Bytes build(const Path& path, bool eth = true) const {
    Packet packet;
    if (eth) packet.eth();
    for (unsigned i = 0; eth && i < vlan_tags; ++i) packet.vlan(static_cast<std::uint16_t>(100 + i));
    if (family == Family::ipv4) {
      packet.ipv4(path.src, path.dst,
                  {.ttl = path.ttl, .tos = tos, .options = options, .checksum = ip_checksum});
    } else {
      packet.ipv6(path.src, path.dst, {.hop_limit = path.ttl, .traffic_class = tos});
      for (unsigned i = 0; i < extensions; ++i) packet.extension(IpProto::dest_options, 1 + i);
      if (fragment_header) packet.fragment({});  // atomic (RFC 6946)
    }
    if (tcp) {
      packet.tcp(path.src_port, path.dst_port,
                 {.flags = flags,
                  .seq = seq,
                  .options = family == Family::ipv6 ? options : Bytes{},
                  .checksum = l4_checksum});
    } else {
      packet.udp(path.src_port, path.dst_port, {.checksum = l4_checksum});
    }
    packet.payload(payload);
    if (eth) packet.padding(padding);
    return packet.build();
  }
};

inline std::string random_address(std::mt19937& rng, Family family) {
  IpAddr addr;
  addr.family = family;
  const std::size_t size = family == Family::ipv4 ? 4 : 16;
  // Words of zeros and ones now and then: where one's complement sums have two forms.
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned dice = static_cast<unsigned>(rng() % 6);
    addr.bytes[i] = dice == 0 ? 0 : dice == 1 ? 0xff : static_cast<std::uint8_t>(rng());
  }
  return addr.text();
}

inline std::uint16_t random_port(std::mt19937& rng) {
  const unsigned dice = static_cast<unsigned>(rng() % 8);
  return dice == 0 ? 0 : dice == 1 ? 0xffff : static_cast<std::uint16_t>(rng());
}

inline Ends random_ends(std::mt19937& rng, Family family) {
  Ends e;
  for (std::string* text : {&e.client, &e.vip, &e.lip, &e.dest}) *text = random_address(rng, family);
  for (std::uint16_t* port : {&e.client_port, &e.vip_port, &e.lip_port, &e.dest_port})
    *port = random_port(rng);
  return e;
}

}  // namespace hvs::test
