// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "dataplane/classify/rule.h"
#include "dataplane/pipeline.h"
#include "dataplane/pipeline_inline.h"
#include "dataplane/transform/dr.h"
#include "dataplane/transform/quoted.h"
#include "dataplane/transform/tunnel.h"
#include "net/parse_plain.h"

// Mode tunnel: what pipeline.cc does in other modes, where an outer header and the way to the tunnel's end
// make a difference; and the errors that come back from that way.

namespace hvs {

namespace {

IcmpProblem problem_of(const Parsed& p, const IcmpHdr& icmp) {
  const bool too_big = p.family == Family::ipv4 ? icmp.type == 3 && icmp.code == 4 : icmp.type == 2;
  return too_big ? IcmpProblem::too_big : IcmpProblem::unreachable;
}

/// Our header was at fault, which nobody but us can mend.
bool parameter_problem(const Parsed& p, const IcmpHdr& icmp) {
  return icmp.type == (p.family == Family::ipv4 ? 12 : 4);
}

/// Next-hop MTU: the low 16 bits in IPv4 (RFC 1191), all 32 in IPv6.
std::uint32_t told_mtu(const Parsed& p, const IcmpHdr& icmp) {
  return p.family == Family::ipv4 ? icmp.rest.host() & 0xffff : icmp.rest.host();
}

/// What nobody's word makes the way into a tunnel narrower than. IPv6 hosts do not send less than 1280 bytes
/// whatever they are told (RFC 8200, section 5): a smaller MTU, which a forged error may claim, would end
/// their connections.
template <typename F>
std::uint16_t least_mtu(std::uint16_t link, std::uint16_t overhead) {
  if constexpr (F::family == Family::ipv4) return 0;
  return std::min<std::uint16_t>(link, static_cast<std::uint16_t>(kLeastIpv6Mtu + overhead));
}

/// Of a packet with this header. A quote may be longer, by zeros, where extensions follow (RFC 4884, 4).
std::size_t packet_bytes(const Ipv4Hdr& ip) { return ip.total_length.host(); }
std::size_t packet_bytes(const Ipv6Hdr& ip) { return sizeof ip + ip.payload_length.host(); }

}  // namespace

template <typename F>
bool Pipeline::leave_by_error(const Frame& frame, const Connection<F>& conn, IcmpProblem problem,
                              std::uint16_t mtu, Drop reason) {
  tables_.service(conn.service()).drops.inc();
  exits_.icmp_error(frame, problem, mtu, reason, *fib_, now_ms_);
  return false;
}

template <typename F>
bool Pipeline::leave_by_drop(const Frame& frame, const Connection<F>& conn, Drop reason) {
  tables_.service(conn.service()).drops.inc();
  exits_.drop(frame, reason);
  return false;
}

template <typename F>
bool Pipeline::may_enter_tunnel(const Frame& frame, Connection<F>& conn, WayOut& way) {
  const Parsed& p = frame.parsed;
  if (IpHeader<F>::ttl(header_at<typename IpHeader<F>::Type>(frame.data, p.l3)) <= 1)
    return leave_by_error(frame, conn, IcmpProblem::time_exceeded, 0, Drop::ttl_exceeded);
  const Encap* encap = snapshot_->encap(conn.dest_slot(), F::family);
  if (HVS_UNLIKELY(encap == nullptr)) return leave_by_drop(frame, conn, Drop::internal);
  output_.way_out(conn, Direction::to_dest, way, [&] { return encap->destination; });
  if (HVS_UNLIKELY(!way.exists()))
    return leave_by_drop(frame, conn,
                         way.kind == NextHop::Kind::no_route ? Drop::no_route : Drop::route_not_ours);
  way.encap = encap;
  way.service = &tables_.service(conn.service());
  way.source = tunnel_paths_.source(way, encap->destination);
  if (HVS_UNLIKELY(way.source == nullptr)) return leave_by_drop(frame, conn, Drop::tunnel_no_source);
  if (HVS_UNLIKELY(!Output::has_room_in_front(frame, encap->bytes)))
    return leave_by_drop(frame, conn, Drop::tunnel_no_headroom);
  way.mtu = std::max(tunnel_paths_.mtu(way.mtu, encap->destination), least_mtu<F>(way.mtu, encap->bytes));
  if (HVS_UNLIKELY(p.end - p.l3 + encap->bytes > way.mtu) && (F::family == Family::ipv6 || p.dont_fragment)) {
    const auto inner_mtu = static_cast<std::uint16_t>(way.mtu - encap->bytes);
    return leave_by_error(frame, conn, IcmpProblem::too_big, inner_mtu, Drop::mtu_exceeded);
  }
  return true;
}

/// What nearly every frame meets: a next hop and a source that are known, and a packet that fits.
template <typename F>
void Pipeline::forward_into_tunnel(Frame& frame, Connection<F>& conn) {
  const ServerSide<F>& side = conn.side();
  const Encap* encap = snapshot_->encap(side.dest_slot, F::family);
  const Adjacency* row = output_.row_of(side.hop);
  if (HVS_UNLIKELY(encap == nullptr || row == nullptr)) return forward_any(frame, conn, Direction::to_dest);
  const AdjIndex adj{side.hop.adj};
  const IpAddr* source = tunnel_paths_.known_source(adj, encap->outer());
  const auto inner = static_cast<std::uint16_t>(frame.parsed.end - kPlainL3);
  if (HVS_UNLIKELY(source == nullptr ||
                   inner + encap->bytes > tunnel_paths_.mtu(row->plain_mtu, encap->destination) ||
                   IpHeader<F>::ttl(header_at<typename IpHeader<F>::Type>(frame.data, kPlainL3)) <= 1 ||
                   !Output::has_room_in_front(frame, encap->bytes)))
    return forward_any(frame, conn, Direction::to_dest);
  track(frame, conn, Direction::to_dest, kPlainL4<F::family>);
  count(frame, side, Direction::to_dest);
  direct_route<F>(frame.data, kPlainL3);
  Output::grow(frame, encap->bytes);
  const std::uint32_t entropy = encap->entropy ? tunnel_entropy(conn.key(Direction::to_dest)) : 0;
  if (HVS_LIKELY(encap->type == TunnelType::ipip)) {
    encapsulate_in_ip<F>(frame.data + kPlainL3, inner, *encap, *source, entropy);
  } else {
    encapsulate(frame.data + kPlainL3, inner, *encap, *source, entropy);
  }
  const EtherType type = encap->outer() == Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6;
  output_.send_plain(frame, 0, static_cast<std::uint16_t>(frame.parsed.end + encap->bytes), type, *row, adj);
}

template <typename F>
void Pipeline::enter_tunnel(Frame& frame, const Connection<F>& conn, const WayOut& way) {
  const Encap& encap = *way.encap;
  const std::uint32_t entropy = encap.entropy ? tunnel_entropy(conn.key(Direction::to_dest)) : 0;
  const auto send = [&](Frame& packet, std::uint16_t l3, std::uint16_t end) {
    Output::grow(packet, encap.bytes);
    encapsulate(packet.data + l3, static_cast<std::uint16_t>(end - l3), encap, *way.source, entropy);
    output_.send(packet, l3, static_cast<std::uint16_t>(end + encap.bytes), way);
  };
  const Parsed& p = frame.parsed;
  direct_route<F>(frame.data, p.l3);
  if (HVS_LIKELY(p.end - p.l3 + encap.bytes <= way.mtu)) return send(frame, p.l3, p.end);
  // The outer packet is never fragmented, so that dests need not put it together: the inner one is.
  Pieces pieces;
  const unsigned count =
      output_.fragment(frame, p.l3, p.end, static_cast<std::uint16_t>(way.mtu - encap.bytes), way, pieces);
  for (unsigned i = 0; i < count; ++i) send(pieces[i], 0, static_cast<std::uint16_t>(pieces[i].length));
}

void Pipeline::tunnel_error(Frame& frame) {
  const Parsed& p = frame.parsed;
  const SteerMatch match = steer_rule(frame.bytes(), p, snapshot_->steer, port_macs_[frame.port.index()]);
  if (match.what != SteerMatch::What::tunnel) return exits_.punt(frame);
  const auto& icmp = header_at<IcmpHdr>(frame.data, p.l4);
  const TunnelQuote quote = read_tunnel_quote(frame.bytes(), p);
  if (problem_of(p, icmp) == IcmpProblem::too_big) tunnel_paths_.learn(quote.remote, told_mtu(p, icmp));
  if (quote.inner != 0 && !parameter_problem(p, icmp))
    quote.family == Family::ipv4 ? relay_tunnel_error<V4>(frame, quote)
                                 : relay_tunnel_error<V6>(frame, quote);
  // Every worker sends into tunnels, so every one learns; the connection is one worker's.
  if (frame.hops + 1U < workers_) return exits_.handoff(frame, next_worker());
  tables_.counters().icmp_errors_tunnel.inc();
  exits_.done(frame);
}

/// Turns an error about the outer packet into one about the inner, for the client that had sent that (RFC
/// 2003, section 4; RFC 2473, section 8).
template <typename F>
void Pipeline::relay_tunnel_error(const Frame& frame, const TunnelQuote& quote) {
  const Parsed& p = frame.parsed;
  const std::uint16_t end = end_of_quote(frame.data, p);
  const Reader packet = frame.bytes().first(end);
  const auto l4 = quoted_l4(packet, quote.inner, F::family);
  if (!l4 || l4->later_fragment) return;
  const auto* ports = packet.at<L4Ports>(l4->at);
  if (ports == nullptr) return;
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, quote.inner);
  const FlowKey<F> key{IpHeader<F>::src(ip), IpHeader<F>::dst(ip), ports->src.raw(), ports->dst.raw(),
                       static_cast<std::uint8_t>(l4->protocol)};
  const auto hit = tables_.conns<F>().lookup(key);
  if (hit.conn == nullptr || hit.conn->mode != ForwardingMode::tunnel || hit.conn->expired(now_ms_)) return;
  const IcmpProblem problem = problem_of(p, header_at<IcmpHdr>(frame.data, p.l4));
  std::uint16_t mtu = 0;
  if (problem == IcmpProblem::too_big) {
    WayOut way;
    way.mtu = 0xffff;
    mtu = static_cast<std::uint16_t>(
        std::max(tunnel_paths_.mtu(way.mtu, quote.remote), least_mtu<F>(way.mtu, quote.overhead)) -
        quote.overhead);
  }
  const std::size_t least = l4->at + sizeof *ports - quote.inner;
  const std::size_t most = static_cast<std::size_t>(end - quote.inner);
  const std::span offending(frame.data + quote.inner, std::clamp(packet_bytes(ip), least, most));
  exits_.icmp_error_about(frame, offending, F::family, F::to_ip(hit.conn->vip), problem, mtu, now_ms_);
}

#define HVS_TUNNEL_FOR(F)                                                                                   \
  template bool Pipeline::leave_by_error<F>(const Frame&, const Connection<F>&, IcmpProblem, std::uint16_t, \
                                            Drop);                                                          \
  template bool Pipeline::leave_by_drop<F>(const Frame&, const Connection<F>&, Drop);                       \
  template bool Pipeline::may_enter_tunnel<F>(const Frame&, Connection<F>&, WayOut&);                       \
  template void Pipeline::forward_into_tunnel<F>(Frame&, Connection<F>&);                                   \
  template void Pipeline::enter_tunnel<F>(Frame&, const Connection<F>&, const WayOut&)
HVS_TUNNEL_FOR(V4);
HVS_TUNNEL_FOR(V6);
#undef HVS_TUNNEL_FOR

}  // namespace hvs
