// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/frame_gen.h"

#include <algorithm>
#include <array>

namespace hvs::test {

const char* FrameGen::ours(bool v6) {
  static constexpr std::array kV4 = {"10.10.0.100", "10.10.0.101", "10.20.0.10", "10.10.0.102"};
  static constexpr std::array kV6 = {"fd10::100", "fd20::10", "fd10::102"};
  return v6 ? kV6[below(kV6.size())] : kV4[below(kV4.size())];
}

const char* FrameGen::others(bool v6) {
  static constexpr std::array kV4 = {"192.0.2.1", "10.30.0.22", "10.30.0.21"};
  return v6 ? "2001:db8::1" : kV4[chance(80) ? 0 : below(kV4.size())];
}

std::uint16_t FrameGen::port() {
  static constexpr std::array<std::uint16_t, 14> kPorts = {80,    53,   443, 10239, 10240, 20000, 20001,
                                                           65535, 8000, 0,   8099,  8100,  9500,  8080};
  return kPorts[chance(50) ? below(2) : below(kPorts.size())];
}

void FrameGen::add_ip(Packet& packet, bool v6, const char* src, const char* dst) {
  if (!v6) {
    Ipv4Fields fields;
    if (chance(20)) fields.options = Bytes(below(41), 1);
    if (chance(15)) fields.more_fragments = true;
    if (chance(15)) fields.offset_bytes = static_cast<std::uint16_t>(below(4) * 8);
    packet.ipv4(src, dst, fields);
    return;
  }
  packet.ipv6(src, dst);
  static constexpr std::array kKinds = {IpProto::hop_by_hop, IpProto::routing, IpProto::dest_options,
                                        IpProto::fragment};
  for (std::uint32_t left = chance(50) ? 0 : below(9); left > 0; --left) {
    const IpProto kind = kKinds[below(kKinds.size())];
    if (kind != IpProto::fragment) {
      packet.extension(kind, chance(5) ? 1 + below(70) : 1 + below(3));
    } else {
      packet.fragment({.offset_bytes = static_cast<std::uint16_t>(chance(30) ? below(3) * 8 : 0),
                       .more_fragments = chance(40)});
    }
  }
}

void FrameGen::add_l4(Packet& packet, bool reversed) {
  const std::uint16_t known = port();
  const std::uint16_t src = reversed ? known : 40000;
  const std::uint16_t dst = reversed ? 40000 : known;
  if (chance(50)) {
    packet.tcp(src, dst);
  } else if (chance(20)) {
    packet.sctp(src, dst);
  } else {
    packet.udp(src, dst);
  }
}

void FrameGen::add_error(Packet& packet, bool v6, const char* dst) {
  Packet quoted;
  if (chance(80)) {
    add_ip(quoted, v6, chance(90) ? dst : ours(v6), others(v6));
    add_l4(quoted, true);
  } else {
    static constexpr std::array<std::uint8_t, 4> kProtocols = {4, 41, 47, 50};
    const std::uint8_t protocol = kProtocols[below(kProtocols.size())];
    if (v6) {
      quoted.ipv6(dst, "fd40::21", {.next_header = protocol});
    } else {
      quoted.ipv4(dst, "10.40.0.21", {.protocol = protocol});
    }
    quoted.payload_bytes(below(40));
  }
  Bytes quote = quoted.build();
  if (chance(40)) quote.resize(below(static_cast<std::uint32_t>(quote.size()) + 1));
  const auto type = static_cast<std::uint8_t>(v6 ? below(6) : below(14));
  packet.icmp_error(type, 0, quote);
}

/// Mode snat: from inside networks, and what comes back to the address that they are seen by.
Bytes FrameGen::inside_shape() {
  const bool v6 = chance(50);
  const bool back = chance(40);
  static constexpr std::array kInside4 = {"10.60.1.7", "10.60.2.7", "10.60.9.7"};
  static constexpr std::array kOutside4 = {"203.0.113.80", "198.51.100.9", "10.60.0.1", "10.10.0.100",
                                           "239.1.1.1"};
  static constexpr std::array kOutside6 = {"2001:db8:80::1", "fd60::1", "ff02::1"};
  const char* in = v6 ? "fd60::7" : kInside4[below(kInside4.size())];
  const char* out = v6 ? kOutside6[below(kOutside6.size())] : kOutside4[below(kOutside4.size())];
  const char* pool = v6 ? "fd50::9" : "10.50.0.9";
  const char* src = back ? out : in;
  const char* dst = back ? pool : out;
  static constexpr std::array<std::uint8_t, 5> kTypes4 = {0, 8, 13, 14, 10};
  static constexpr std::array<std::uint8_t, 3> kTypes6 = {128, 129, 135};
  const auto query = [&](Packet& packet) {
    const std::uint8_t type = v6 ? kTypes6[below(kTypes6.size())] : kTypes4[below(kTypes4.size())];
    packet.icmp(type, 0, std::uint32_t{port()} << 16 | 1U);
  };
  Packet packet;
  packet.eth();
  if (chance(30)) {
    Packet quoted;
    add_ip(quoted, v6, dst, back ? out : in);
    chance(60) ? query(quoted) : add_l4(quoted, back);
    Bytes quote = quoted.payload_bytes(8).build();
    if (chance(30)) quote.resize(below(static_cast<std::uint32_t>(quote.size()) + 1));
    add_ip(packet, v6, src, dst);
    packet.icmp_error(v6 ? 3 : 11, 0, quote);
  } else {
    add_ip(packet, v6, src, dst);
    chance(50) ? query(packet) : add_l4(packet, !back);
  }
  return packet.payload_bytes(below(64)).build();
}

Bytes FrameGen::shape() {
  if (chance(30)) return inside_shape();
  const bool v6 = chance(50);
  Packet packet;
  packet.eth();
  for (std::uint32_t tags = chance(70) ? 0 : below(4); tags > 0; --tags)
    packet.vlan(7, chance(50) ? EtherType::vlan : EtherType::qinq);
  const char* dst = chance(90) ? ours(v6) : others(v6);
  add_ip(packet, v6, others(v6), dst);
  if (chance(35)) {
    add_error(packet, v6, dst);
  } else if (chance(95)) {
    add_l4(packet, false);
  } else {
    packet.icmp(v6 ? 128 : 8);
  }
  packet.payload_bytes(below(64));
  if (chance(20)) packet.padding(below(30));
  return packet.build();
}

/// Bytes near the start are headers, where a change matters.
void FrameGen::mutate(Bytes& frame) {
  static constexpr std::array<std::uint8_t, 13> kTelling = {0,  1,   4,    6,    17,   44, 58,
                                                            60, 132, 0x45, 0x60, 0x80, 255};
  for (std::uint32_t left = 1 + below(3); left > 0 && !frame.empty(); --left) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    std::uint8_t& byte = frame[below(chance(80) ? std::min(size, 120U) : size)];
    switch (below(4)) {
      case 0: byte = static_cast<std::uint8_t>(byte ^ (1U << below(8))); break;
      case 1: byte = kTelling[below(kTelling.size())]; break;
      case 2: byte = static_cast<std::uint8_t>(rng_()); break;
      default: byte = static_cast<std::uint8_t>(byte + (chance(50) ? 1 : -1)); break;
    }
  }
}

Bytes FrameGen::next() {
  if (chance(3)) {
    Bytes noise(14 + below(200));
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(rng_());
    if (chance(70)) std::copy(kPortMac.begin(), kPortMac.end(), noise.begin());
    if (chance(50)) noise[12] = 8, noise[13] = 0;
    return noise;
  }
  Bytes frame = shape();
  if (chance(35)) mutate(frame);
  if (chance(15)) frame.resize(below(static_cast<std::uint32_t>(frame.size()) + 1));
  if (chance(5)) frame.resize(frame.size() + below(1200), 0x5a);
  return frame;
}

}  // namespace hvs::test
