// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/tunnel.h"

#include <cstring>

#include "dataplane/transform/edit.h"
#include "net/tunnel_headers.h"

namespace hvs {

namespace {

std::uint32_t mixed(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint32_t>(
      detail::multiply_fold(a ^ 0x9e3779b97f4a7c15ULL, b ^ 0xd1b54a32d192ed03ULL));
}

Be16 complement(std::uint64_t sum) { return Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum))); }

std::uint8_t traffic_class(const std::uint8_t* packet) {
  if (packet[0] >> 4 == 4) return packet[1];
  return static_cast<std::uint8_t>(packet[0] << 4 | packet[1] >> 4);
}

void finish_ipv4(std::uint8_t* at, std::uint16_t total, std::uint8_t tos, const IpAddr& source,
                 std::uint16_t prepared) {
  auto& ip = header_at<Ipv4Hdr>(at, 0);
  ip.tos = tos;
  ip.total_length = Be16{total};
  ip.src = source.as_v4();
  // Of the prepared header's words these were 0.
  ip.checksum = complement(std::uint64_t{prepared} + Be16{std::uint16_t{tos}}.raw() + ip.total_length.raw() +
                           ip.src.raw());
}

void finish_ipv6(std::uint8_t* at, std::uint16_t payload, std::uint8_t tos, const IpAddr& source,
                 std::uint32_t label) {
  auto& ip = header_at<Ipv6Hdr>(at, 0);
  ip.version_class_flow = Be32{std::uint32_t{6} << 28 | std::uint32_t{tos} << 20 | (label & kFlowLabelMask)};
  ip.payload_length = Be16{payload};
  ip.src = source.bytes;
}

void finish_udp(std::uint8_t* at, std::uint16_t bytes, std::uint16_t source_port) {
  auto& udp = header_at<UdpHdr>(at, 0);
  udp.ports.src = Be16{source_port};
  udp.length = Be16{bytes};
}

/// Unused bytes of an IPv4 address are 0.
void add_udp_checksum(std::uint8_t* at, std::uint16_t bytes, const IpAddr& a, const IpAddr& b) {
  auto& udp = header_at<UdpHdr>(at, 0);
  const std::uint64_t pseudo = sum_bytes(a.bytes, sum_bytes(b.bytes)) + udp.length.raw() +
                               Be16{static_cast<std::uint16_t>(IpProto::udp)}.raw();
  const Be16 sum = complement(sum_bytes({at, bytes}, pseudo));
  udp.checksum = sum.raw() == 0 ? Be16::from_raw(0xffff) : sum;
}

}  // namespace

std::uint32_t tunnel_entropy(const FlowKey<V4>& flow) {
  return mixed(flow.src | std::uint64_t{flow.dst} << 32, flow.ports() | std::uint64_t{flow.protocol} << 32);
}

std::uint32_t tunnel_entropy(const FlowKey<V6>& flow) {
  const std::uint64_t addresses = detail::multiply_fold(flow.src.lo ^ 0xa0761d6478bd642fULL, flow.src.hi) ^
                                  detail::multiply_fold(flow.dst.lo ^ 0xe7037ed1a0b428dbULL, flow.dst.hi);
  return mixed(addresses, flow.ports() | std::uint64_t{flow.protocol} << 32);
}

void encapsulate(std::uint8_t* outer, std::uint16_t inner_bytes, const Encap& encap, const IpAddr& source,
                 std::uint32_t entropy) {
  std::memcpy(outer, encap.header.data(), encap.bytes);
  const auto total = static_cast<std::uint16_t>(encap.bytes + inner_bytes);
  const auto payload = static_cast<std::uint16_t>(total - encap.l4);
  const std::uint8_t tos = traffic_class(outer + encap.bytes);
  if (encap.outer() == Family::ipv4) {
    finish_ipv4(outer, total, tos, source, encap.ip_sum);
  } else {
    finish_ipv6(outer, payload, tos, source, entropy);
  }
  std::uint8_t* l4 = outer + encap.l4;
  switch (encap.type) {
    case TunnelType::ipip: return;
    case TunnelType::gre: {
      if (encap.checksum != Encap::Checksum::gre) return;
      header_at<GreChecksum>(l4, sizeof(GreHdr)).checksum = complement(sum_bytes({l4, payload}));
      return;
    }
    case TunnelType::gue: {
      const auto port = static_cast<std::uint16_t>(kTunnelPortLow | (entropy & (0xffffU - kTunnelPortLow)));
      finish_udp(l4, payload, port);
      if (encap.checksum == Encap::Checksum::udp) add_udp_checksum(l4, payload, encap.destination, source);
      return;
    }
  }
}

}  // namespace hvs
