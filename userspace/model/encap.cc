// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/encap.h"

#include <cstring>

#include "net/checksum.h"
#include "net/tunnel_headers.h"

namespace hvs {

namespace {

/// Puts headers one behind another.
class Writer {
 public:
  explicit Writer(Encap& out) : out_(out) {}
  template <typename T>
  void add(const T& header) {
    std::memcpy(out_.header.data() + out_.bytes, &header, sizeof header);
    out_.bytes = static_cast<std::uint8_t>(out_.bytes + sizeof header);
  }

 private:
  Encap& out_;
};

void add_ip(Writer& writer, const IpAddr& destination, IpProto protocol) {
  if (destination.is_v4()) {
    Ipv4Hdr ip{};
    ip.version_ihl = 0x45;
    // Never fragmented on its way, so the id may be anything (RFC 6864, 4.1).
    ip.flags_offset = Be16{Ipv4Hdr::kDontFragment};
    ip.ttl = kTunnelTtl;
    ip.protocol = Be{protocol};
    ip.dst = destination.as_v4();
    return writer.add(ip);
  }
  Ipv6Hdr ip{};
  ip.version_class_flow = Be32{std::uint32_t{6} << 28};
  ip.next_header = Be{protocol};
  ip.hop_limit = kTunnelTtl;
  ip.dst = destination.bytes;
  writer.add(ip);
}

IpProto protocol_of(TunnelType type, IpProto inner) {
  switch (type) {
    case TunnelType::ipip: return inner;
    case TunnelType::gre: return IpProto::gre;
    case TunnelType::gue: return IpProto::udp;
  }
  return inner;
}

/// Zero is a valid UDP checksum over IPv6 for tunnels only, and has to be wanted (RFC 6935, RFC 6936).
bool wants_checksum(const TunnelConfig& config, Family outer) {
  switch (config.checksum) {
    case TunnelChecksum::on: return true;
    case TunnelChecksum::off: return false;
    case TunnelChecksum::automatic: return config.type == TunnelType::gue && outer == Family::ipv6;
  }
  return false;
}

}  // namespace

IpProto Encap::protocol() const {
  const std::size_t at =
      outer() == Family::ipv4 ? offsetof(Ipv4Hdr, protocol) : offsetof(Ipv6Hdr, next_header);
  return static_cast<IpProto>(header[at]);
}

L4Port Encap::port() const {
  if (type != TunnelType::gue) return L4Port{};
  Be16 port;
  std::memcpy(&port, header.data() + l4 + offsetof(L4Ports, dst), sizeof port);
  return L4Port{port.host()};
}

Encap make_encap(const TunnelConfig& config, Family inner, const IpAddr& destination) {
  Encap out;
  out.type = config.type;
  out.destination = destination;
  const bool checksum = wants_checksum(config, destination.family);
  const IpProto inner_protocol = inner == Family::ipv4 ? IpProto::ipip : IpProto::ipv6;
  Writer writer(out);
  add_ip(writer, destination, protocol_of(config.type, inner_protocol));
  out.l4 = out.bytes;
  out.entropy = config.type == TunnelType::gue || destination.family == Family::ipv6;
  if (destination.family == Family::ipv4) {
    out.ip_sum = fold_checksum(sum_bytes({out.header.data(), sizeof(Ipv4Hdr)}));
  }
  switch (config.type) {
    case TunnelType::ipip: break;
    case TunnelType::gre: {
      GreHdr gre{};
      gre.flags_version = Be16{checksum ? GreHdr::kChecksum : std::uint16_t{0}};
      gre.type = Be{inner == Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6};
      writer.add(gre);
      if (checksum) writer.add(GreChecksum{});
      if (checksum) out.checksum = Encap::Checksum::gre;
      break;
    }
    case TunnelType::gue: {
      UdpHdr udp{};
      udp.ports.dst = Be16{config.port.value};
      writer.add(udp);
      if (config.gue_variant == 0) writer.add(GueHdr{0, Be{inner_protocol}, Be16{}});
      if (checksum) out.checksum = Encap::Checksum::udp;
      break;
    }
  }
  return out;
}

}  // namespace hvs
