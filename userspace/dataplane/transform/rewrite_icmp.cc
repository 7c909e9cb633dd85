// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/edit.h"
#include "dataplane/transform/quoted.h"
#include "dataplane/transform/rewrite.h"

namespace hvs {

namespace {

/// Length of the SCTP packet that was quoted, maybe in part.
std::size_t sctp_bytes(const Ipv4Hdr& ip, const Parsed& p) {
  const unsigned headers = p.quote_l4 - p.quote_l3;
  const unsigned total = ip.total_length.host();
  return total > headers ? total - headers : 0;
}
std::size_t sctp_bytes(const Ipv6Hdr& ip, const Parsed& p) {
  const unsigned headers = p.quote_l4 - p.quote_l3 - unsigned{sizeof(Ipv6Hdr)};
  const unsigned payload = ip.payload_length.host();
  return payload > headers ? payload - headers : 0;
}

template <typename F>
void rewrite_quoted_ports(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to, const ChecksumDelta& l4,
                          ChecksumDelta& icmp) {
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.quote_l3);
  edit_quoted_ports(frame, p, {to.src_port, to.dst_port}, sctp_bytes(ip, p), l4, icmp);
}

/// The first 8 bytes of a query are there, its id and checksum among them.
template <typename F>
void rewrite_quoted_query(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to, ChecksumDelta l4,
                          ChecksumDelta& icmp) {
  auto& query = header_at<IcmpQueryHdr>(frame, p.quote_l4);
  const bool request = is_icmp_request(query.type, F::family == Family::ipv4);
  if (F::family == Family::ipv4) l4 = {};  // no pseudo-header
  edit_quoted(query.id, request ? to.src_port : to.dst_port, l4, icmp);
  const Be16 before = query.checksum;
  query.checksum = l4.applied_to(before);
  icmp.replace(before, query.checksum);
}

/// Turns the quoted packet into the one that its sender knows, and adds to `icmp` what that changes in the
/// sum over the ICMP message.
template <typename F>
void rewrite_quote(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to, ChecksumDelta& icmp) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.quote_l3);
  const ChecksumDelta addresses = rewrite_addresses<F>(ip, to.src, to.dst);
  icmp.merge(addresses);
  if constexpr (F::family == Family::ipv4) {
    const Be16 before = ip.checksum;
    ip.checksum = addresses.applied_to(before);
    icmp.replace(before, ip.checksum);
  }
  quotes_query(p) ? rewrite_quoted_query<F>(frame, p, to, addresses, icmp)
                  : rewrite_quoted_ports<F>(frame, p, to, addresses, icmp);
}

}  // namespace

template <typename F>
void rewrite_icmp_error(std::uint8_t* frame, const Parsed& p, const Connection<F>& conn, Direction quoted) {
  // HVS had sent the quoted packet in direction `quoted`; its sender had addressed it to us.
  const FlowKey<F> original = conn.key(quoted);
  const bool to_client = quoted == Direction::to_dest;  // the sender of packets to the dest is the client
  const typename F::Addr& their_address = to_client ? conn.client : conn.dest();

  auto& icmp = header_at<IcmpHdr>(frame, p.l4);
  ChecksumDelta delta;
  rewrite_quote<F>(frame, p, {original.src, original.dst, original.src_port, original.dst_port}, delta);

  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  const bool keep_sender = conn.mode == (to_client ? ForwardingMode::snat : ForwardingMode::nat);
  const typename F::Addr sender = keep_sender ? IpHeader<F>::src(ip) : to_client ? conn.vip : conn.lip();
  const ChecksumDelta addresses = rewrite_addresses<F>(ip, sender, their_address);
  ChecksumDelta header = addresses;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
  if constexpr (F::family == Family::ipv6) delta.merge(addresses);  // ICMPv6 sums a pseudo-header (RFC 4443)
  icmp.checksum = delta.applied_to(icmp.checksum);
}

template void rewrite_icmp_error<V4>(std::uint8_t*, const Parsed&, const Connection<V4>&, Direction);
template void rewrite_icmp_error<V6>(std::uint8_t*, const Parsed&, const Connection<V6>&, Direction);

}  // namespace hvs
