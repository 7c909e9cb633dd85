// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/traffic.h"

#include <algorithm>

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

/// In a tunnel of any type.
bool is_wrapped(const Bytes& frame) {
  const Reader bytes{frame.data(), frame.size()};
  const auto* eth = bytes.at<EthHdr>(0);
  const auto* v4 = bytes.at<Ipv4Hdr>(sizeof(EthHdr));
  const auto* v6 = bytes.at<Ipv6Hdr>(sizeof(EthHdr));
  unsigned protocol = 0, l4 = 0;
  if (eth != nullptr && eth->type == Be{EtherType::ipv4} && v4 != nullptr) {
    protocol = static_cast<unsigned>(v4->protocol.host());
    l4 = sizeof(EthHdr) + sizeof(Ipv4Hdr);
  } else if (eth != nullptr && eth->type == Be{EtherType::ipv6} && v6 != nullptr) {
    protocol = static_cast<unsigned>(v6->next_header.host());
    l4 = sizeof(EthHdr) + sizeof(Ipv6Hdr);
  }
  if (protocol == 4 || protocol == 41 || protocol == 47) return true;
  const auto* ports = bytes.at<L4Ports>(l4);
  return protocol == 17 && ports != nullptr && ports->dst.host() == 6080;
}

}  // namespace

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

SctpChunk Traffic::chunk() {
  constexpr SctpChunk kUsual[] = {SctpChunk::init,
                                  SctpChunk::init_ack,
                                  SctpChunk::cookie_echo,
                                  SctpChunk::cookie_ack,
                                  SctpChunk{0},  // data
                                  SctpChunk{0},
                                  SctpChunk::abort,
                                  SctpChunk::shutdown,
                                  SctpChunk::shutdown_ack,
                                  SctpChunk::shutdown_complete};
  return kUsual[number(std::size(kUsual))];
}

/// To the services of every mode, and to ports beside theirs.
Traffic::Sent Traffic::to_any_mode() {
  constexpr std::uint16_t kTcp[] = {80, 81, 82, 90, 91, 443, 8000, 8003, 8010, 8011};
  constexpr std::uint16_t kUdp[] = {53, 54, 54, 55, 55, 56, 5353, 5354};
  constexpr std::uint16_t kSctp[] = {2905, 2910, 2912, 2913};
  const bool v4 = number(2) == 0;
  const unsigned client = number(clients_);
  test::Packet packet;
  packet.eth(kOutsideMac);
  const std::string host = std::to_string(1 + client % 7);
  if (v4) {
    packet.ipv4("192.0.2." + host, "10.10.0.101", {.ttl = ttl(), .dont_fragment = number(3) != 0});
  } else {
    packet.ip("2001:db8::" + host, "fd10::101", ttl());
  }
  const auto port = static_cast<std::uint16_t>(3000 + client);
  switch (number(3)) {
    case 0: {
      test::TcpFields fields{.flags = flags(), .seq = number(100000)};
      if ((fields.flags & TcpHdr::kSyn) != 0) fields.options = {2, 4, 0x05, 0xb4};  // MSS 1460
      packet.tcp(port, kTcp[number(std::size(kTcp))], fields);
      break;
    }
    case 1: packet.udp(port, kUdp[number(std::size(kUdp))]); break;
    default: packet.sctp(port, kSctp[number(std::size(kSctp))], {.chunk = chunk()});
  }
  packet.payload_bytes(number(8) == 0 ? number(1440) : number(30));
  return {kOutside, packet.build()};
}

Traffic::Sent Traffic::from_client() {
  if (modes_ && number(4) != 0) return to_any_mode();
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
  } else if (p.protocol == 132) {
    packet.sctp(e.dst_port, e.src_port, {.chunk = chunk()});
  } else {
    packet.udp(e.dst_port, e.src_port);
  }
  packet.payload_bytes(number(60));
  return {sent.port, packet.build()};
}

/// What a router on the way to a tunnel's end says.
Traffic::Sent Traffic::tunnel_error() {
  const Sent& sent = wrapped_[number(static_cast<unsigned>(wrapped_.size()))];
  const Reader bytes{sent.bytes.data(), sent.bytes.size()};
  const bool v4 = bytes.at<EthHdr>(0)->type == Be{EtherType::ipv4};
  const std::string from =
      v4 ? IpAddr::v4(bytes.at<Ipv4Hdr>(14)->src).text() : IpAddr::v6(bytes.at<Ipv6Hdr>(14)->src).text();
  const Bytes quoted = test::truncated(Bytes(sent.bytes.begin() + 14, sent.bytes.end()), 28 + number(120));
  test::Packet packet;
  packet.eth(kInsideMac).ip(v4 ? "10.20.0.254" : "fd20::fe", from, ttl());
  if (number(3) == 0) {
    packet.icmp_error(v4 ? 3 : 1, v4 ? 1 : 3, quoted);
  } else {
    packet.icmp_error(v4 ? 3 : 2, v4 ? 4 : 0, quoted, 1280 + number(100));
  }
  return {kInside, packet.build()};
}

Traffic::Sent Traffic::icmp_error() {
  if (!wrapped_.empty() && number(3) == 0) return tunnel_error();
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
  const bool modes = modes_ && number(2) == 0;
  const std::string to = (v4 ? "10.10.0.10" : "fd10::10") + std::string(modes ? "1" : "0");
  const auto port = static_cast<std::uint16_t>(modes ? 53 + number(4) : 80);
  const Bytes whole = test::Packet()
                          .eth(kOutsideMac)
                          .ip(v4 ? "192.0.2.9" : "2001:db8::9", to)
                          .udp(static_cast<std::uint16_t>(5000 + client), port)
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
  const auto keep = [&](std::vector<Sent>& kept) {
    if (kept.size() < 64) {
      kept.push_back(frame);
    } else {
      kept[number(64)] = frame;
    }
  };
  if (is_wrapped(frame.bytes)) return keep(wrapped_);
  if (p.kind == Parsed::Kind::flow && p.defect == Parsed::Defect::none) keep(learned_);
}

}  // namespace hvs::golden
