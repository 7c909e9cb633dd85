// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <type_traits>

#include "base/check.h"
#include "dataplane/conn/mapped.h"
#include "dataplane/pipeline_inline.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/translate.h"
#include "dataplane/transform/translate_headers.h"
#include "net/parse_plain.h"

// Mode fullnat to a dest of the other family (docs/adr/0019-families-cross-in-the-ipv6-table.md): what
// pipeline.cc does, where the packet leaves with another IP header than it came with.

namespace hvs {

namespace {

/// Of a frame of either family.
FragmentTable<V6>::Key crossing_fragment_key(const Frame& frame) {
  const Parsed& p = frame.parsed;
  if (p.family == Family::ipv4) {
    const auto& ip = header_at<Ipv4Hdr>(frame.data, p.l3);
    return {mapped(ip.src.raw()), mapped(ip.dst.raw()), p.fragment_id, p.protocol};
  }
  const auto& ip = header_at<Ipv6Hdr>(frame.data, p.l3);
  return {V6::from(ip.src), V6::from(ip.dst), p.fragment_id, 0};  // as fragment_key() does
}

std::uint8_t ttl_of(const Frame& frame) {
  const Parsed& p = frame.parsed;
  return p.family == Family::ipv4 ? header_at<Ipv4Hdr>(frame.data, p.l3).ttl
                                  : header_at<Ipv6Hdr>(frame.data, p.l3).hop_limit;
}

/// Later ones could not be told from its payload (RFC 7915, 5.1.1).
bool extension_behind_fragment(const Frame& frame) {
  const Parsed& p = frame.parsed;
  if (p.family == Family::ipv4 || p.dont_fragment) return false;
  const Ipv6FragHdr* header = fragment_header(frame.data, p.l3, p.l4);
  return header == nullptr ||
         reinterpret_cast<const std::uint8_t*>(header) + sizeof *header != frame.data + p.l4;
}

bool lacks_checksum(const Frame& frame) {
  return frame.parsed.family == Family::ipv4 && frame.parsed.first_fragment &&
         frame.parsed.protocol == static_cast<std::uint8_t>(IpProto::udp) &&
         header_at<UdpHdr>(frame.data, frame.parsed.l4).checksum.raw() == 0;
}

/// Room for a longer header.
void make_room_in_front(Frame& frame, std::uint16_t bytes) {
  Output::grow(frame, bytes);
  Parsed& p = frame.parsed;
  for (std::uint16_t* at : {&p.l3, &p.l4, &p.end, &p.quote_l3, &p.quote_l4})
    *at = static_cast<std::uint16_t>(*at + bytes);
}

}  // namespace

/// What is in no connection of IPv4 may cross: looked up together, so that the misses overlap.
void Pipeline::look_across(unsigned count) {
  auto& table = tables_.conns<V6>();
  auto& [looked, at, burst] = across_;
  const Scratch<V4>& own = scratch<V4>();
  unsigned found = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (own.hits[i].conn != nullptr) continue;
    looked |= std::uint64_t{1} << i;
    at[i] = static_cast<std::uint8_t>(found);
    burst.keys[found] = mapped(own.keys[i]);
    burst.hashes[found] = table.hash(burst.keys[found]);
    table.prefetch(burst.hashes[found++]);
  }
  table.mark_entries();
  (void)table.lookup_burst({burst.keys.data(), found}, burst.hashes.data(), burst.hits.data());
  if (HVS_UNLIKELY(many_counters_)) {
    for (unsigned i = 0; i < found; ++i) prefetch_counters(burst.hits[i].conn);
  }
}

/// What the look across found for frame `i`, unless an earlier frame has changed that.
ConnTable<V6>::Hit Pipeline::hit_across(unsigned i) {
  auto& table = tables_.conns<V6>();
  const auto& [looked, at, burst] = across_;
  if (closed_in_burst_ || (looked >> i & 1) == 0) return table.lookup(mapped(scratch<V4>().keys[i]));
  const auto& hit = burst.hits[at[i]];
  if (hit.conn == nullptr && table.entered_since(burst.hashes[at[i]]))
    return table.lookup(burst.keys[at[i]], burst.hashes[at[i]]);
  return hit;
}

/// Frame `i` of IPv4, which is in no connection of IPv4. True: it has taken its way.
bool Pipeline::cross_flow(Frame& frame, unsigned i) {
  auto hit = hit_across(i);
  if (hit.conn == nullptr || !hit.conn->crosses) return false;
  if (is_over(frame, *hit.conn, hit.direction)) {
    if (hit.conn->expired(now_ms_)) tables_.counters().connections_expired.inc();
    tables_.close(hit.conn);
    closed_in_burst_ = true;
    return false;
  }
  if (!snapshot_->removed_dests.empty()) {
    if (leaves_with_dest<V6>(frame, hit)) return true;
    if (hit.conn == nullptr) return false;
  }
  forward_across<V4>(frame, *hit.conn, hit.direction);
  return true;
}

/// What must not be translated, though its family's routers would take it.
bool Pipeline::may_be_translated(const Frame& frame, const Connection<V6>& conn) {
  const Parsed& p = frame.parsed;
  if (p.family == Family::ipv6) return true;
  const auto& ip = header_at<Ipv4Hdr>(frame.data, p.l3);
  if (HVS_UNLIKELY(!sound_header(ip))) return leave_by_drop(frame, conn, Drop::ipv4_checksum);
  const unsigned growth = p.kind == Parsed::Kind::icmp_error ? kIcmpGrowth : kIpGrowth;
  if (HVS_UNLIKELY(!Output::has_room_in_front(frame, growth)))
    return leave_by_drop(frame, conn, Drop::translate_no_headroom);
  return true;
}

bool Pipeline::may_cross(const Frame& frame, Connection<V6>& conn, Direction d, WayOut& way) {
  const Parsed& p = frame.parsed;
  if (ttl_of(frame) <= 1)
    return leave_by_error(frame, conn, IcmpProblem::time_exceeded, 0, Drop::ttl_exceeded);
  way_of(conn, d, way);
  if (!way.exists()) {
    return leave_by_drop(frame, conn,
                         way.kind == NextHop::Kind::no_route ? Drop::no_route : Drop::route_not_ours);
  }
  if (!may_be_translated(frame, conn)) return false;
  way.service = &tables_.service(conn.service());
  if (p.kind == Parsed::Kind::icmp_error) return true;
  const unsigned size = p.family == Family::ipv4 ? size_as_ipv6(frame.data, p) : size_as_ipv4(p);
  if (size <= way.mtu) return true;
  if (p.family == Family::ipv4) {
    // What may be cut, send_across() cuts before it is translated.
    if (!p.dont_fragment) return true;
    const unsigned growth = size - (p.end - p.l3);
    return leave_by_error(frame, conn, IcmpProblem::too_big, static_cast<std::uint16_t>(way.mtu - growth),
                          Drop::mtu_exceeded);
  }
  if (p.dont_fragment && size > kMayBeCut) {
    constexpr std::uint16_t kShrinks = sizeof(Ipv6Hdr) - sizeof(Ipv4Hdr);
    return leave_by_error(frame, conn, IcmpProblem::too_big, static_cast<std::uint16_t>(way.mtu + kShrinks),
                          Drop::mtu_exceeded);
  }
  way.row = nullptr;  // output's long way, where it is cut to pieces
  return true;
}

/// What nearly every frame that crosses meets: a plain one, a next hop that is known, a packet that fits, a
/// checksum.
template <typename From>
void Pipeline::forward_across(Frame& frame, Connection<V6>& conn, Direction d) {
  if (HVS_UNLIKELY(!frame.plain)) return forward_across_any(frame, conn, d);
  constexpr bool kFromV4 = From::family == Family::ipv4;
  constexpr std::uint16_t kL4 = kPlainL4<From::family>;
  constexpr std::uint16_t kDifference = sizeof(Ipv6Hdr) - sizeof(Ipv4Hdr);
  constexpr std::size_t kNewIp = kFromV4 ? sizeof(Ipv6Hdr) : sizeof(Ipv4Hdr);
  using Ip = typename IpHeader<From>::Type;
  // The new header overlaps: what is read of an IPv4 header after that is read of a copy.
  std::conditional_t<kFromV4, const Ip, const Ip&> ip = header_at<Ip>(frame.data, kPlainL3);
  const auto payload = static_cast<std::uint16_t>(frame.parsed.end - kL4);
  ServerSide<V6>& side = conn.side();
  const Connection<V6>::There there(conn, side, d);
  const Adjacency* row = output_.row_of(there.hop());
  if (HVS_UNLIKELY(crossing_arrives_as_v4(conn, d) != kFromV4 || row == nullptr ||
                   kNewIp + payload > row->plain_mtu || IpHeader<From>::ttl(ip) <= 1))
    return forward_across_any(frame, conn, d);
  if constexpr (kFromV4) {
    if (HVS_UNLIKELY(!sound_plain_header(ip) || !Output::has_room_in_front(frame, kDifference)))
      return forward_across_any(frame, conn, d);
  }
  const bool tcp = frame.parsed.protocol == static_cast<std::uint8_t>(IpProto::tcp);
  Be16& checksum =
      tcp ? header_at<TcpHdr>(frame.data, kL4).checksum : header_at<UdpHdr>(frame.data, kL4).checksum;
  if (HVS_UNLIKELY(!tcp && checksum.raw() == 0)) return forward_across_any(frame, conn, d);

  track(frame, conn, d, kL4);
  count(frame, side, d);
  const V6::Addr src = there.src();
  const V6::Addr dst = there.dst();
  auto& ports = header_at<L4Ports>(frame.data, kL4);
  ChecksumDelta delta;
  if constexpr (kFromV4) {
    delta = pseudo_delta(ip, src, dst);
  } else {
    delta = pseudo_delta(ip, unmapped(src), unmapped(dst));
  }
  delta.replace(ports.src.raw(), conn.src_port_there(d));
  delta.replace(ports.dst.raw(), conn.dst_port_there(d));
  ports.src = Be16::from_raw(conn.src_port_there(d));
  ports.dst = Be16::from_raw(conn.dst_port_there(d));
  const Be16 after = delta.applied_to(checksum);
  checksum = !tcp && after.raw() == 0 ? Be16::from_raw(0xffff) : after;

  const Upper upper{static_cast<IpProto>(frame.parsed.protocol),
                    static_cast<std::uint8_t>(IpHeader<From>::ttl(ip) - 1)};
  const AdjIndex adj{there.hop().adj};
  const std::uint16_t end = frame.parsed.end;
  if constexpr (kFromV4) {
    Output::grow(frame, kDifference);
    put_ipv6_headers(frame.data + kPlainL3, ip, {src, dst}, payload, upper);
    output_.send_plain(frame, 0, static_cast<std::uint16_t>(end + kDifference), EtherType::ipv6, *row, adj);
  } else {
    ipv4_id_ = static_cast<std::uint16_t>(ipv4_id_ + workers_);
    put_ipv4_header(frame.data + kPlainL3 + kDifference, ip, nullptr, {unmapped(src), unmapped(dst)}, payload,
                    upper, ipv4_id_);
    output_.send_plain(frame, kDifference, end, EtherType::ipv4, *row, adj);
  }
}
template void Pipeline::forward_across<V4>(Frame&, Connection<V6>&, Direction);
template void Pipeline::forward_across<V6>(Frame&, Connection<V6>&, Direction);

[[gnu::noinline]] void Pipeline::forward_across_any(Frame& frame, Connection<V6>& conn, Direction d) {
  const Parsed& p = frame.parsed;
  // The mapped address may also have stood in an IPv6 header.
  if (p.family != arrives_as(conn, d)) return exits_.punt(frame);
  WayOut way;
  if (!may_cross(frame, conn, d, way)) return;
  if (extension_behind_fragment(frame)) return (void)leave_by_drop(frame, conn, Drop::ipv6_extensions);
  const bool first_fragment = p.first_fragment;
  if (first_fragment) {
    if (lacks_checksum(frame)) return (void)leave_by_drop(frame, conn, Drop::fragment_udp_checksum);
    if (!may_begin_fragments(frame, conn, d)) return;
    note_held(frame);
    const auto verdict = fragments_v6_.remember(crossing_fragment_key(frame), fragment_span(frame.bytes(), p),
                                                &conn, d, now_ms_);
    if (verdict != FragmentExtents::Verdict::goes_on)
      return (void)leave_by_drop(frame, conn, Drop::fragment_overlap);
  }
  track(frame, conn, d, p.l4);
  count(frame, conn, d);
  const Crossing to = Crossing::of(conn, d);
  cross_l4(frame.data, p, to);
  send_across(frame, to, way);
  if (first_fragment) release_held();
}

/// In: a packet whose L4 header is that of the other family. A flow or a fragment.
void Pipeline::send_across(Frame& frame, const Crossing& to, const WayOut& way) {
  const Parsed& p = frame.parsed;
  if (p.family == Family::ipv6) {
    ipv4_id_ = static_cast<std::uint16_t>(ipv4_id_ + workers_);
    const std::uint16_t l3 = become_ipv4(frame.data, p, unmapped(to.src), unmapped(to.dst), ipv4_id_);
    return output_.send(frame, l3, p.end, way);
  }
  const auto send = [&](Frame& packet, std::uint16_t l3, std::uint16_t end) {
    Output::grow(packet, kIpGrowth);
    end = static_cast<std::uint16_t>(end + kIpGrowth);
    const std::uint16_t at =
        become_ipv6(packet.data, static_cast<std::uint16_t>(l3 + kIpGrowth), end, to.src, to.dst);
    output_.send(packet, at, end, way);
  };
  if (size_as_ipv6(frame.data, p) <= way.mtu) return send(frame, p.l3, p.end);
  Pieces pieces;
  const unsigned count =
      output_.fragment(frame, p.l3, p.end, static_cast<std::uint16_t>(way.mtu - kIpGrowth), way, pieces);
  for (unsigned i = 0; i < count; ++i) send(pieces[i], 0, static_cast<std::uint16_t>(pieces[i].length));
}

/// A later fragment of either family. True when this worker knows the first fragment.
bool Pipeline::follow_across(Frame& frame) {
  const auto found = fragments_v6_.find(crossing_fragment_key(frame), now_ms_);
  if (found.conn == nullptr || !found.conn->crosses ||
      frame.parsed.family != arrives_as(*found.conn, found.direction))
    return false;
  WayOut way;
  if (!may_cross(frame, *found.conn, found.direction, way)) return true;
  if (found.extents->add(fragment_span(frame.bytes(), frame.parsed)) != FragmentExtents::Verdict::goes_on) {
    (void)leave_by_drop(frame, *found.conn, Drop::fragment_overlap);
    return true;
  }
  count(frame, *found.conn, found.direction);
  send_across(frame, Crossing::of(*found.conn, found.direction), way);
  return true;
}

/// An ICMP error that quotes a packet which `conn` had sent to the side whose frames have direction `d`.
void Pipeline::error_across(Frame& frame, Connection<V6>& conn, Direction d) {
  const Parsed& p = frame.parsed;
  if (p.family != arrives_as(conn, d)) return exits_.punt(frame);
  WayOut way;
  if (!may_cross(frame, conn, d, way)) return;
  const auto& icmp = header_at<IcmpHdr>(frame.data, p.l4);
  WayOut back;
  way_of(conn, opposite(d), back);
  const IcmpMtus mtus{back.exists() ? back.mtu : std::uint16_t{0xffff}, way.mtu};
  const auto translated =
      p.family == Family::ipv4
          ? icmp_as_ipv6(icmp, header_at<Ipv4Hdr>(frame.data, p.quote_l3).total_length.host(), mtus)
          : icmp_as_ipv4(icmp, mtus);
  if (!translated) return (void)leave_by_drop(frame, conn, Drop::icmp_untranslatable);
  tables_.counters().icmp_errors_relayed.inc();
  if (p.family == Family::ipv4) make_room_in_front(frame, kIcmpGrowth);
  ipv4_id_ = static_cast<std::uint16_t>(ipv4_id_ + workers_);
  // The quoted packet had come the other way; it is shown as its sender knows it.
  const FlowKey<V6> sent = conn.key(opposite(d));
  const CrossedError error = cross_icmp_error(
      frame.data, p, {sent.src, sent.dst, sent.src_port, sent.dst_port}, *translated, ipv4_id_);
  if (error.end - error.l3 > way.mtu) way.row = nullptr;
  output_.send(frame, error.l3, error.end, way);
}

}  // namespace hvs
