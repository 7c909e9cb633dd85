// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/traffic.h"

#include <algorithm>
#include <stdexcept>

#include "control/config/config_file.h"
#include "net/parse.h"
#include "tests/support/packet.h"

namespace hvs::golden {

namespace {

/// The ends of a TCP or UDP frame as the builder takes them.
struct Ends {
  std::string src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
};

Ends ends_of(const Bytes& frame, const Parsed& p) {
  const Reader bytes{frame.data(), frame.size()};
  Ends e;
  if (p.family == Family::ipv4) {
    e.src = IpAddr::v4(bytes.at<Ipv4Hdr>(p.l3)->src).text();
    e.dst = IpAddr::v4(bytes.at<Ipv4Hdr>(p.l3)->dst).text();
  } else {
    e.src = IpAddr::v6(bytes.at<Ipv6Hdr>(p.l3)->src).text();
    e.dst = IpAddr::v6(bytes.at<Ipv6Hdr>(p.l3)->dst).text();
  }
  const auto* ports = bytes.at<L4Ports>(p.l4);
  e.src_port = ports->src.host();
  e.dst_port = ports->dst.host();
  return e;
}

}  // namespace

Config config_of(const std::string& text) {
  auto parsed = parse_config(text, "golden");
  if (!parsed) throw std::runtime_error(parsed.problems().text());
  return *parsed;
}

std::string traffic_config(bool crosses) {
  std::string text =
      "instance: golden\nports:\n  - { name: outside, device: out0 }\n  - { name: inside, device: in0 }\n"
      "lip_pools:\n  - name: inside\n    addresses: [ 10.20.0.10, \"fd20::10\" ]\n    ports: "
      "20001-20064\n  - { name: public, addresses: [ 10.10.0.10, \"fd10::10\" ], ports: 20001-20064 }\n"
      "snat:\n  - { name: office, from: [ 10.30.0.0/24, \"fd30::/64\" ], in: inside, out: outside, lip_pool: "
      "public, "
      "timeouts: { udp_unreplied: 2s, icmp: 2s } }\nservices:\n";
  for (const bool v4 : {true, false}) {
    for (const bool tcp : {true, false}) {
      text += std::string("  - name: ") + (tcp ? "web" : "dns") + (v4 ? "4" : "6") +
              "\n    vip: " + (v4 ? "10.10.0.100" : "\"fd10::100\"") +
              "\n    protocol: " + (tcp ? "tcp" : "udp") +
              "\n    port: 80\n    scheduler: " + (tcp ? "wrr" : "rr") +
              "\n    lip_pool: inside\n    timeouts: { udp_unreplied: 2s, udp: 5s, tcp_established: 6s }\n   "
              " dests:\n";
      for (const unsigned n : {21U, 22U, 23U, 24U}) {
        const bool v4_dest = crosses && n % 2 == 0 ? !v4 : v4;
        const std::string net = v4_dest ? "10.20.0." : "fd20::";
        text += "      - { address: \"" + net + std::to_string(n) +
                "\", port: 8080, weight: " + std::to_string(n - 20) + " }\n";
      }
    }
  }
  return text;
}

std::string traffic_world() {
  return R"(
port outside mac 02:00:00:00:00:01
port inside mac 02:00:00:00:00:02
interface 1 outside address 10.10.0.1 address fd10::1
interface 2 inside mtu 1400 address 10.20.0.1 address fd20::1
route 10.20.0.0/24 dev 2
route 10.20.0.24/32 unreachable
route 10.30.0.0/24 dev 2 via 10.20.0.21
route 0.0.0.0/0 dev 1 via 10.10.0.254
route fd20::/64 dev 2
route fd30::/64 dev 2 via fd20::21
route fd20::24/128 dev 77
route ::/0 dev 1 via fd10::fe
neighbour 1 10.10.0.254 02:00:00:00:01:fe
neighbour 2 10.20.0.21 02:00:00:00:02:21
neighbour 2 10.20.0.22 02:00:00:00:02:22
neighbour 2 10.20.0.23 unresolved
neighbour 1 fd10::fe 02:00:00:00:01:fe
neighbour 2 fd20::21 02:00:00:00:02:21
neighbour 2 fd20::22 02:00:00:00:02:22
)";
}

std::uint8_t Traffic::flags() {
  constexpr std::uint8_t kUsual[] = {TcpHdr::kSyn,
                                     TcpHdr::kSyn,
                                     TcpHdr::kAck,
                                     TcpHdr::kAck | TcpHdr::kPsh,
                                     TcpHdr::kFin | TcpHdr::kAck,
                                     TcpHdr::kRst,
                                     TcpHdr::kSyn | TcpHdr::kAck};
  return kUsual[number(std::size(kUsual))];
}

Traffic::Sent Traffic::from_client() {
  const bool v4 = number(surge_ ? 8 : 2) != 1;
  const unsigned client = number(clients_);
  test::Packet packet;
  packet.eth(number(50) == 0 ? kInsideMac : kOutsideMac);
  packet.ip(v4 ? "192.0.2." + std::to_string(1 + client % 7) : "2001:db8::" + std::to_string(1 + client % 7),
            v4 ? "10.10.0.100" : "fd10::100", ttl());
  const auto port = static_cast<std::uint16_t>(3000 + client);
  const auto to = static_cast<std::uint16_t>(number(40) == 0 ? 81 : 80);
  if (number(surge_ ? 8 : 2) == 0) {
    packet.tcp(port, to, {.flags = flags(), .seq = number(100000)});
  } else {
    packet.udp(port, to);
  }
  packet.payload_bytes(number(8) == 0 ? number(1440) : number(30));
  return {kOutside, packet.build()};
}

Traffic::Sent Traffic::from_inside() {
  const bool v4 = number(2) == 0;
  const unsigned host = number(clients_);
  test::Packet packet;
  packet.eth(kInsideMac)
      .ip(v4 ? "10.30.0." + std::to_string(1 + host % 5) : "fd30::" + std::to_string(1 + host % 5),
          v4 ? "203.0.113." + std::to_string(1 + number(3)) : "2001:db8:1::1", ttl());
  const auto port = static_cast<std::uint16_t>(4000 + host);
  switch (number(4)) {
    case 0: packet.tcp(port, 443, {.flags = flags(), .seq = number(100000)}); break;
    case 1: packet.udp(port, 53); break;
    case 2: packet.icmp(v4 ? 8 : 128, 0, std::uint32_t{port} << 16 | number(5)); break;
    default:  // the answer to a ping, whoever's it is
      packet = test::Packet();
      packet.eth(kOutsideMac).ip(v4 ? "203.0.113.1" : "2001:db8:1::1", v4 ? "10.10.0.10" : "fd10::10", ttl());
      packet.icmp(v4 ? 0 : 129, 0, (20001U + number(20)) << 16 | number(5));
      return {kOutside, packet.payload_bytes(number(40)).build()};
  }
  packet.payload_bytes(number(40));
  return {kInside, packet.build()};
}

Traffic::Sent Traffic::reply() {
  if (learned_.empty()) return from_client();
  const Sent& sent = learned_[number(static_cast<unsigned>(learned_.size()))];
  const Parsed p = parse_frame(Reader{sent.bytes.data(), sent.bytes.size()});
  const Ends e = ends_of(sent.bytes, p);
  test::Packet packet;
  packet.eth(sent.port == kInside ? kInsideMac : kOutsideMac).ip(e.dst, e.src, ttl());
  if (p.protocol == 6) {
    packet.tcp(e.dst_port, e.src_port, {.flags = flags(), .seq = number(100000)});
  } else {
    packet.udp(e.dst_port, e.src_port);
  }
  packet.payload_bytes(number(60));
  return {sent.port, packet.build()};
}

Traffic::Sent Traffic::icmp_error() {
  if (learned_.empty()) return from_client();
  const Sent& sent = learned_[number(static_cast<unsigned>(learned_.size()))];
  const Parsed p = parse_frame(Reader{sent.bytes.data(), sent.bytes.size()});
  const Ends e = ends_of(sent.bytes, p);
  const Bytes quoted(sent.bytes.begin() + p.l3, sent.bytes.begin() + p.end);
  const std::size_t l4 = p.l4 - p.l3 + (number(10) == 0 ? 4U : 8U) + number(40) * number(2);
  const bool v4 = p.family == Family::ipv4;
  test::Packet packet;
  packet.eth(sent.port == kInside ? kInsideMac : kOutsideMac)
      .ip(e.dst, e.src, ttl())
      .icmp_error(v4 ? 3 : 1, 1, test::truncated(quoted, l4));
  return {sent.port, packet.build()};
}

Traffic::Sent Traffic::fragment() {
  const bool v4 = number(2) == 0;
  const unsigned client = number(3);
  const Bytes whole = test::Packet()
                          .eth(kOutsideMac)
                          .ip(v4 ? "192.0.2.9" : "2001:db8::9", v4 ? "10.10.0.100" : "fd10::100")
                          .udp(static_cast<std::uint16_t>(5000 + client), 80)
                          .payload_bytes(200)
                          .build();
  const auto parts = test::fragments_of(whole, 80, client);
  return {kOutside, parts[number(static_cast<unsigned>(parts.size()))]};
}

void Traffic::spoil(Bytes& frame) {
  if (number(3) == 0) {
    frame.resize(number(static_cast<unsigned>(frame.size())) + 1);
    return;
  }
  // Headers lie in the first bytes; a few bits of them.
  const unsigned end = std::min<unsigned>(static_cast<unsigned>(frame.size()), 70);
  for (unsigned i = 0; i <= number(3); ++i) frame[number(end)] ^= static_cast<std::uint8_t>(1U << number(8));
}

Traffic::Sent Traffic::next() {
  const unsigned dice = number(110);
  Sent frame = surge_ || dice < 50 ? from_client()
               : dice < 85         ? reply()
               : dice < 93         ? icmp_error()
               : dice < 100        ? fragment()
                                   : from_inside();
  if (damage_ && number(10) == 0) spoil(frame.bytes);
  return frame;
}

void Traffic::learn(const Sent& frame) {
  const Parsed p = parse_frame(Reader{frame.bytes.data(), frame.bytes.size()});
  if (p.kind != Parsed::Kind::flow || p.defect != Parsed::Defect::none) return;
  if (learned_.size() < 64) {
    learned_.push_back(frame);
  } else {
    learned_[number(64)] = frame;
  }
}

}  // namespace hvs::golden
