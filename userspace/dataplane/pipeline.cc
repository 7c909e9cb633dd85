// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/pipeline.h"

#include <cstring>

#include "base/check.h"
#include "dataplane/classify/rule.h"
#include "dataplane/conn/mapped.h"
#include "dataplane/pipeline_inline.h"
#include "dataplane/transform/dr.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/rewrite.h"
#include "net/parse_plain.h"

// The table of contents of the data path; read it from run() downward.
//
//   rx -> classify -> conn lookup -> schedule (new flows) -> transform -> output
//             |            |              |                      |           |
//             +---- exits: punt (kernel) . drop (reason) . handoff . icmp error

namespace hvs {

struct Pipeline::Sorted {
  FrameList flows_v4;
  FrameList flows_v6;
  FrameList queries;  // of ICMP
  FrameList rest;     // later fragments and ICMP errors: rare, one by one
};

namespace {

/// Connections between families are in the IPv6 table alone.
bool crosses(const Connection<V4>&) { return false; }
bool crosses(const Connection<V6>& conn) { return conn.crosses; }

FlowPorts raw_ports(const L4Ports& ports) { return {ports.src.raw(), ports.dst.raw()}; }

}  // namespace

void Pipeline::run(Frame* frames, unsigned count) {
  Sorted sorted;
  classify(frames, count, sorted);
  flows<V4>(frames, sorted.flows_v4);
  flows<V6>(frames, sorted.flows_v6);
  for (unsigned i = 0; i < sorted.queries.count; ++i) {
    Frame& frame = frames[sorted.queries.at[i]];
    frame.parsed.family == Family::ipv4 ? icmp_query<V4>(frame) : icmp_query<V6>(frame);
  }
  if (sorted.queries.count != 0) {
    settle<V4>();
    settle<V6>();
  }
  for (unsigned i = 0; i < sorted.rest.count; ++i) {
    Frame& frame = frames[sorted.rest.at[i]];
    const bool v4 = frame.parsed.family == Family::ipv4;
    if (frame.parsed.kind == Parsed::Kind::icmp_error) {
      v4 ? icmp_error<V4>(frame) : icmp_error<V6>(frame);
    } else {
      v4 ? later_fragment<V4>(frame) : later_fragment<V6>(frame);
    }
  }
  exits_.flush();
}

void Pipeline::classify(Frame* frames, unsigned count, Sorted& sorted) {
  for (unsigned i = 0; i < count; ++i) {
    Frame& frame = frames[i];
    frame.plain = parse_plain(frame.bytes(), frame.parsed);
    if (HVS_LIKELY(frame.plain &&
                   same_mac(header_at<EthHdr>(frame.data, 0).dst, port_macs_[frame.port.index()]))) {
      (frame.parsed.family == Family::ipv4 ? sorted.flows_v4 : sorted.flows_v6).add(i);
    } else {
      classify_any(frame, i, sorted);
    }
  }
}

void Pipeline::classify_any(Frame& frame, unsigned i, Sorted& sorted) {
  if (!frame.plain) parse_frame(frame.bytes(), frame.parsed);
  if (frame.parsed.kind != Parsed::Kind::other &&
      !same_mac(header_at<EthHdr>(frame.data, 0).dst, port_macs_[frame.port.index()])) {
    frame.parsed.kind = Parsed::Kind::other;  // flooded to us by a switch
  }
  switch (frame.parsed.kind) {
    case Parsed::Kind::flow:
      if (frame.parsed.defect != Parsed::Defect::none) {
        refuse(frame);
      } else {
        (frame.parsed.family == Family::ipv4 ? sorted.flows_v4 : sorted.flows_v6).add(i);
      }
      break;
    case Parsed::Kind::icmp_query: sorted.queries.add(i); break;
    case Parsed::Kind::later_fragment:
    case Parsed::Kind::icmp_error: sorted.rest.add(i); break;
    case Parsed::Kind::other: exits_.punt(frame); break;
  }
}

template <typename F>
void Pipeline::flows(Frame* frames, FrameList& list) {
  if (list.count == 0) return;
  auto& table = tables_.conns<F>();
  auto& [keys, hashes, hits] = scratch<F>();
  const auto asking = table.asking();
  for (unsigned i = 0; i < list.count; ++i) {
    const Frame& frame = frames[list.at[i]];
    const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, frame.parsed.l3);
    const auto& ports = header_at<L4Ports>(frame.data, frame.parsed.l4);
    const std::uint8_t protocol = frame.parsed.protocol;
    std::uint32_t both_ports = 0;
    std::memcpy(&both_ports, &ports, sizeof both_ports);
    const std::uint64_t hash = asking.hash(IpHeader<F>::src(ip), IpHeader<F>::dst(ip), both_ports, protocol);
    asking.prefetch(hash);
    hashes[i] = hash;
    keys[i] = {IpHeader<F>::src(ip), IpHeader<F>::dst(ip), ports.src.raw(), ports.dst.raw(), protocol};
  }
  table.mark_entries();
  closed_in_burst_ = false;
  const unsigned misses = table.lookup_burst({keys.data(), list.count}, hashes.data(), hits.data());
  if (HVS_UNLIKELY(many_counters_)) {
    for (unsigned i = 0; i < list.count; ++i) prefetch_counters(hits[i].conn);
  }
  if (HVS_UNLIKELY(misses != 0)) {
    table.prefetch_free(misses);
    if (snapshot_->has_nat_dests) foresee_answers<F>(list.count);
  }
  if (HVS_UNLIKELY(!snapshot_->removed_dests.empty())) part_from_removed<F>(frames, list);
  if constexpr (F::family == Family::ipv4) {
    across_.looked = 0;
    if (HVS_UNLIKELY(tables_.crossing() != 0)) look_across(list.count);
  }

  for (unsigned i = 0; i < list.count; ++i) {
    Frame& frame = frames[list.at[i]];
    auto hit = hits[i];
    // An earlier frame of this burst may have opened the connection or closed it.
    if (HVS_UNLIKELY(closed_in_burst_ || (hit.conn == nullptr && table.entered_since(hashes[i]))))
      hit = table.lookup(keys[i], hashes[i]);
    if (hit.conn != nullptr && HVS_UNLIKELY(is_over(frame, *hit.conn, hit.direction))) {
      if (hit.conn->expired(now_ms_)) tables_.counters().connections_expired.inc();
      tables_.close(hit.conn);
      closed_in_burst_ = true;
      hit = {};
    }
    if (HVS_UNLIKELY(hit.conn == nullptr)) {
      if constexpr (F::family == Family::ipv4) {
        if (HVS_UNLIKELY(tables_.crossing() != 0) && cross_flow(frame, i)) continue;
      }
      hit = admit<F>(frame, keys[i], hashes[i]);
      if (hit.conn == nullptr) continue;
    }
    forward(frame, *hit.conn, hit.direction);
  }
  if (HVS_UNLIKELY(!table.settled())) settle<F>();
}

template <typename F>
void Pipeline::settle() {
  static_assert(ConnTable<F>::kMaxAhead >= kBurstFrames);
  tables_.conns<F>().settle([this](Connection<F>* conn) {
    tables_.counters().connections_evicted.inc();
    tables_.close(conn);
    closed_in_burst_ = true;
  });
}
template void Pipeline::settle<V4>();
template void Pipeline::settle<V6>();

/// What nearly every frame meets takes one test each here; anything else takes the long way to the same end.
template <typename F>
[[gnu::always_inline]] inline void Pipeline::forward(Frame& frame, Connection<F>& conn, Direction d) {
  constexpr std::uint16_t kL4 = kPlainL4<F::family>;
  constexpr EtherType kType = F::family == Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6;
  if constexpr (F::family == Family::ipv6) {
    if (HVS_UNLIKELY(conn.crosses)) return forward_across<V6>(frame, conn, d);
  }
  if (HVS_UNLIKELY(!frame.plain)) return forward_any(frame, conn, d);
  if (HVS_UNLIKELY(conn.mode == ForwardingMode::tunnel)) return forward_into_tunnel(frame, conn);
  ServerSide<F>& side = conn.side();
  const typename Connection<F>::There there(conn, side, d);
  const Adjacency* row = output_.row_of<F>(there.hop(), [&] { return there.dst(); });
  if (HVS_UNLIKELY(row == nullptr || frame.parsed.end - kPlainL3 > row->plain_mtu ||
                   IpHeader<F>::ttl(header_at<typename IpHeader<F>::Type>(frame.data, kPlainL3)) <= 1))
    return forward_any(frame, conn, d);
  track(frame, conn, d, kL4);
  count(frame, side, d);
  if (has_local_port(conn.mode)) {
    rewrite_flow<F>(frame.data, kPlainL3, kL4, frame.parsed.end, conn.protocol,
                    {there.src(), there.dst(), conn.src_port_there(d), conn.dst_port_there(d)});
  } else if (conn.mode == ForwardingMode::nat) {
    rewrite_end<F>(frame.data, kPlainL3, kL4, frame.parsed.end, conn.protocol, d, conn.other_end(d));
  } else {
    direct_route<F>(frame.data, kPlainL3);
  }
  output_.send_plain(frame, 0, frame.parsed.end, kType, *row, AdjIndex{there.hop().adj});
}

template <typename F>
[[gnu::noinline]] void Pipeline::forward_any(Frame& frame, Connection<F>& conn, Direction d) {
  if (!sees_replies(conn.mode)) return forward_one_way(frame, conn);
  WayOut way;
  if (!may_leave(frame, conn, d, way)) return;
  const Parsed& p = frame.parsed;
  if (HVS_UNLIKELY(p.first_fragment)) return forward_first_fragment(frame, conn, d, way);
  track(frame, conn, d, p.l4);
  count(frame, conn, d);
  rewrite_flow<F>(frame.data, p, Rewrite<F>::of(conn, d));
  output_.send(frame, p.l3, p.end, way);
}

template <typename F>
[[gnu::noinline]] void Pipeline::forward_first_fragment(Frame& frame, Connection<F>& conn, Direction d,
                                                        const WayOut& way) {
  if (!begin_fragments(frame, conn, d)) return;
  track(frame, conn, d, frame.parsed.l4);
  count(frame, conn, d);
  rewrite_flow<F>(frame.data, frame.parsed, Rewrite<F>::of(conn, d));
  output_.send(frame, frame.parsed.l3, frame.parsed.end, way);
  release_held();
}

template <typename F>
void Pipeline::pass_on(Frame& frame, Connection<F>& conn, Direction d) {
  if constexpr (F::family == Family::ipv6) {
    if (conn.crosses) return forward_across_any(frame, conn, d);  // of either family
  }
  forward(frame, conn, d);
}
template void Pipeline::pass_on<V4>(Frame&, Connection<V4>&, Direction);
template void Pipeline::pass_on<V6>(Frame&, Connection<V6>&, Direction);

template <typename F>
[[gnu::noinline]] void Pipeline::forward_one_way(Frame& frame, Connection<F>& conn) {
  WayOut way;
  if (!may_go_on(frame, conn, Direction::to_dest, way)) return;
  if (HVS_UNLIKELY(frame.parsed.first_fragment) && !begin_fragments(frame, conn, Direction::to_dest)) return;
  track(frame, conn, Direction::to_dest, frame.parsed.l4);
  count(frame, conn, Direction::to_dest);
  const bool first_fragment = frame.parsed.first_fragment;
  forward_unchanged(frame, conn, way);
  if (HVS_UNLIKELY(first_fragment)) release_held();
}

template <typename F>
void Pipeline::forward_unchanged(Frame& frame, const Connection<F>& conn, const WayOut& way) {
  if (conn.mode == ForwardingMode::tunnel) return enter_tunnel(frame, conn, way);
  direct_route<F>(frame.data, frame.parsed.l3);
  output_.send_towards(frame, frame.parsed.l3, frame.parsed.end, way, F::to_ip(conn.dest()));
}

template <typename F>
bool Pipeline::may_begin_fragments(const Frame& frame, const Connection<F>& conn, Direction d) {
  if (sees_replies(conn.mode) && conn.protocol == static_cast<std::uint8_t>(IpProto::sctp)) {
    // A change of ports changes the CRC by the length of the whole packet, which the first fragment does not
    // tell.
    const FlowKey<F> here = conn.key(d);
    const FlowKey<F> there = conn.key(opposite(d));
    if (here.src_port != there.dst_port || here.dst_port != there.src_port)
      return leave_by_drop(frame, conn, Drop::fragment_sctp);
  }
  return true;
}

template bool Pipeline::may_begin_fragments<V6>(const Frame&, const Connection<V6>&, Direction);

template <typename F>
bool Pipeline::begin_fragments(const Frame& frame, Connection<F>& conn, Direction d) {
  if (!may_begin_fragments(frame, conn, d)) return false;
  note_held(frame);
  const auto verdict = fragments<F>().remember(fragment_key<F>(frame),
                                               fragment_span(frame.bytes(), frame.parsed), &conn, d, now_ms_);
  if (verdict != FragmentExtents::Verdict::goes_on) return leave_by_drop(frame, conn, Drop::fragment_overlap);
  return true;
}

template <typename F>
void Pipeline::icmp_query(Frame& frame) {
  const Parsed& p = frame.parsed;
  if (p.defect != Parsed::Defect::none) return refuse(frame);
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, p.l3);
  const auto& icmp = header_at<IcmpQueryHdr>(frame.data, p.l4);
  const FlowPorts ports = query_ports(icmp, F::family);
  const FlowKey<F> key{IpHeader<F>::src(ip), IpHeader<F>::dst(ip), ports.src, ports.dst, p.protocol};
  auto& table = tables_.conns<F>();
  if (!table.settled()) settle<F>();  // what the last query has opened
  const std::uint64_t hash = table.hash(key);
  auto hit = table.lookup(key, hash);
  if (hit.conn != nullptr && hit.conn->expired(now_ms_)) {
    tables_.counters().connections_expired.inc();
    tables_.close(hit.conn);
    hit = {};
  }
  // Ids may be 0: who asks and who answers says the type.
  const bool asks = is_icmp_request(icmp.type, F::family == Family::ipv4);
  if (hit.conn != nullptr && asks != (hit.direction == Direction::to_dest)) return exits_.punt(frame);
  if (hit.conn == nullptr) hit = admit<F>(frame, key, hash);
  if (hit.conn == nullptr) return;
  Connection<F>& conn = *hit.conn;
  WayOut way;
  if (!may_leave(frame, conn, hit.direction, way)) return;
  const bool first_fragment = p.first_fragment;
  if (first_fragment && !begin_fragments(frame, conn, hit.direction)) return;
  conn.stamp_ms = now_ms_;
  if (!asks) conn.replied = true;
  count(frame, conn, hit.direction);
  rewrite_query<F>(frame.data, p, Rewrite<F>::of(conn, hit.direction));
  output_.send(frame, p.l3, p.end, way);
  if (HVS_UNLIKELY(first_fragment)) release_held();
}

/// True when this worker knows the first fragment, so that this one has taken its way.
template <typename F>
bool Pipeline::follow_first(Frame& frame) {
  if (HVS_UNLIKELY(tables_.crossing() != 0) && follow_across(frame)) return true;
  const auto found = fragments<F>().find(fragment_key<F>(frame), now_ms_);
  if (found.conn == nullptr || crosses(*found.conn)) return false;
  WayOut way;
  if (!may_go_on(frame, *found.conn, found.direction, way)) return true;
  if (found.extents->add(fragment_span(frame.bytes(), frame.parsed)) != FragmentExtents::Verdict::goes_on) {
    leave_by_drop(frame, *found.conn, Drop::fragment_overlap);
    return true;
  }
  count(frame, *found.conn, found.direction);
  if (!sees_replies(found.conn->mode)) {
    forward_unchanged(frame, *found.conn, way);
    return true;
  }
  rewrite_fragment<F>(frame.data, frame.parsed, Rewrite<F>::of(*found.conn, found.direction));
  output_.send(frame, frame.parsed.l3, frame.parsed.end, way);
  return true;
}
template bool Pipeline::follow_first<V4>(Frame&);
template bool Pipeline::follow_first<V6>(Frame&);

template <typename F>
void Pipeline::icmp_error(Frame& frame) {
  const Parsed& p = frame.parsed;
  if (p.defect != Parsed::Defect::none) return refuse(frame);
  if (quotes_tunnel(p)) return tunnel_error(frame);
  // The quoted packet is one that we sent; its reverse is how that side's packets look to us.
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, p.quote_l3);
  const FlowPorts ports = quotes_query(p)
                              ? query_ports(header_at<IcmpQueryHdr>(frame.data, p.quote_l4), F::family)
                              : raw_ports(header_at<L4Ports>(frame.data, p.quote_l4));
  const FlowKey<F> reverse{IpHeader<F>::dst(ip), IpHeader<F>::src(ip), ports.dst, ports.src,
                           p.quote_protocol};
  // Its sender is told, so that is where the error goes to; else it is none of ours (bpf/steer_abi.h).
  const auto& outer = header_at<typename IpHeader<F>::Type>(frame.data, p.l3);
  if (!(IpHeader<F>::dst(outer) == reverse.dst)) return exits_.punt(frame);
  if (HVS_UNLIKELY(tables_.crossing() != 0)) {
    if (const auto across = tables_.conns<V6>().lookup(mapped(reverse));
        across.conn != nullptr && across.conn->crosses && !across.conn->expired(now_ms_))
      return error_across(frame, *across.conn, across.direction);
  }
  const auto hit = tables_.conns<F>().lookup(reverse);
  if (hit.conn == nullptr || hit.conn->expired(now_ms_)) {
    const SteerMatch match = steer_rule(frame.bytes(), p, snapshot_->steer, port_macs_[frame.port.index()]);
    if (match.what == SteerMatch::What::pass) return exits_.punt(frame);
    if (match.what == SteerMatch::What::tunnel) return tunnel_error(frame);
    // The connection may be another worker's.
    if (frame.hops + 1U < workers_) return exits_.handoff(frame, next_worker());
    // Or the kernel's: its own from one of these addresses, or one that it routes past us. Inside networks
    // have such all the time.
    if (match.what != SteerMatch::What::inside) tables_.counters().icmp_no_connection.inc();
    return exits_.punt(frame);
  }
  WayOut way;
  if (!may_go_on(frame, *hit.conn, hit.direction, way)) return;
  tables_.counters().icmp_errors_relayed.inc();
  if (!sees_replies(hit.conn->mode)) return forward_unchanged(frame, *hit.conn, way);
  rewrite_icmp_error<F>(frame.data, p, *hit.conn, opposite(hit.direction));
  output_.send(frame, p.l3, p.end, way);
}

template <typename F>
[[gnu::always_inline]] inline bool Pipeline::may_leave(const Frame& frame, Connection<F>& conn, Direction d,
                                                       WayOut& way) {
  const Parsed& p = frame.parsed;
  if (HVS_UNLIKELY(IpHeader<F>::ttl(header_at<typename IpHeader<F>::Type>(frame.data, p.l3)) <= 1)) {
    return leave_by_error(frame, conn, IcmpProblem::time_exceeded, 0, Drop::ttl_exceeded);
  }
  way = output_.way_out(conn, d);
  if (HVS_UNLIKELY(!way.exists())) {
    return leave_by_drop(frame, conn,
                         way.kind == NextHop::Kind::no_route ? Drop::no_route : Drop::route_not_ours);
  }
  if (HVS_UNLIKELY(p.end - p.l3 > way.mtu)) {
    if (F::family == Family::ipv6 || p.dont_fragment)
      return leave_by_error(frame, conn, IcmpProblem::too_big, way.mtu, Drop::mtu_exceeded);
    way.row = nullptr;  // output's long way, where it is cut to pieces
  }
  way.service = &tables_.service(conn.service());
  return true;
}

}  // namespace hvs
