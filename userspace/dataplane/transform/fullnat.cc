// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/fullnat.h"

#include "dataplane/transform/edit.h"

namespace hvs {

template <typename F>
void fullnat_flow(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  auto& ports = header_at<L4Ports>(frame, p.l4);

  const ChecksumDelta addresses = rewrite_addresses<F>(ip, to.src, to.dst);
  ChecksumDelta header = addresses;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);

  ChecksumDelta l4 = addresses;  // through the pseudo-header
  l4.replace(ports.src.raw(), to.src_port);
  l4.replace(ports.dst.raw(), to.dst_port);
  ports.src = Be16::from_raw(to.src_port);
  ports.dst = Be16::from_raw(to.dst_port);

  if (p.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    auto& tcp = header_at<TcpHdr>(frame, p.l4);
    tcp.checksum = l4.applied_to(tcp.checksum);
  } else {
    auto& udp = header_at<UdpHdr>(frame, p.l4);
    udp.checksum = udp_checksum_after(udp.checksum, l4);
  }
}

template <typename F>
void fullnat_fragment(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  ChecksumDelta header = rewrite_addresses<F>(ip, to.src, to.dst);
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
}

template void fullnat_flow<V4>(std::uint8_t*, const Parsed&, const Rewrite<V4>&);
template void fullnat_flow<V6>(std::uint8_t*, const Parsed&, const Rewrite<V6>&);
template void fullnat_fragment<V4>(std::uint8_t*, const Parsed&, const Rewrite<V4>&);
template void fullnat_fragment<V6>(std::uint8_t*, const Parsed&, const Rewrite<V6>&);

}  // namespace hvs
