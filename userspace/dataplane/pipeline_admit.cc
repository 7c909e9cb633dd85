// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "base/check.h"
#include "dataplane/classify/opening.h"
#include "dataplane/classify/rule.h"
#include "dataplane/pipeline.h"
#include "dataplane/schedule/open_connection.h"
#include "dataplane/transform/edit.h"
#include "net/source_address.h"

// Frames that no connection of this worker explains: whose they are, and whether they open one.

namespace hvs {

namespace {

L4Port host_port(std::uint16_t raw) { return L4Port{Be16::from_raw(raw).host()}; }

}  // namespace

/// The steering rule for a flow. A service is known by the frame's destination alone.
template <typename F>
SteerMatch Pipeline::match_of(const Frame& frame, const FlowKey<F>& key) {
  auto& known = vip_memo<F>().row(key);
  if (known.is(key, snapshot_->generation)) return {SteerMatch::What::service, known.service};
  const SteerMatch match =
      steer_rule(frame.bytes(), frame.parsed, snapshot_->steer, port_macs_[frame.port.index()]);
  if (match.what == SteerMatch::What::service) known.remember(key, snapshot_->generation, match.slot);
  return match;
}

template <typename F>
typename ConnTable<F>::Hit Pipeline::admit(Frame& frame, const FlowKey<F>& key, std::uint64_t hash) {
  const SteerMatch match = match_of<F>(frame, key);
  switch (match.what) {
    case SteerMatch::What::pass:
    case SteerMatch::What::tunnel:
    case SteerMatch::What::fragment: exits_.punt(frame); return {};
    case SteerMatch::What::nat_dest:
    case SteerMatch::What::lip: return admit_reply<F>(frame, key, hash, match.what);
    case SteerMatch::What::inside: {
      if (const Service* rule = snat_service<F>(frame, key)) return admit_to<F>(frame, key, hash, *rule);
      exits_.punt(frame);
      return {};
    }
    case SteerMatch::What::service: break;
  }
  const Service* service = snapshot_->service(match.slot);
  HVS_CHECK(service != nullptr);
  return admit_to<F>(frame, key, hash, *service);
}

template <typename F>
typename ConnTable<F>::Hit Pipeline::admit_to(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                              const Service& service) {
  if (workers_ > 1 && service.has_nat_dests) {
    const WorkerId owner = nat_owner(F::to_ip(key.src), host_port(key.src_port), workers_);
    if (owner != self_) {
      exits_.handoff(frame, owner);
      return {};
    }
  } else if (frame.parsed.first_fragment && workers_ > 1 && frame.hops < workers_) {
    // NICs spread fragments by addresses alone, so the flow may be another worker's. When nobody knows it, it
    // is opened where its whole packets come to; a datagram that is placed for itself, by the last one asked.
    const bool last = frame.hops + 1U == workers_;
    const WorkerId next = !last ? next_worker() : service.one_packet ? self_ : home_of(key);
    if (next != self_) {
      exits_.handoff(frame, next);
      return {};
    }
  }
  return admit_here(frame, key, hash, service);
}

template <typename F>
typename ConnTable<F>::Hit Pipeline::admit_here(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                                const Service& service) {
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, frame.parsed.l3);
  if (HVS_UNLIKELY(!may_be_source(ip.src))) {
    tables_.service(service.slot).drops.inc();
    exits_.drop(frame, Drop::source_address);
    return {};
  }
  if (IpHeader<F>::ttl(ip) <= 1) {
    tables_.service(service.slot).drops.inc();
    exits_.icmp_error(frame, IcmpProblem::time_exceeded, 0, Drop::ttl_exceeded, *fib_, now_ms_);
    return {};
  }
  if (has_states(key.protocol) && !opens_connection(frame.bytes(), frame.parsed)) {
    no_such_connection(frame);
    return {};
  }
  if (service.one_packet) return admit_datagram(frame, key, service);
  const Opened<F> opened =
      service.mode == ForwardingMode::snat
          ? open_snat<F>(tables_, service, key, hash, now_ms_)
          : open_connection<F>(tables_, schedulers_[service.slot.index()], service, key, hash, now_ms_);
  if (opened.evicted) closed_in_burst_ = true;
  if constexpr (F::family == Family::ipv4) {
    if (opened.across != nullptr) {
      forward_across<V4>(frame, *opened.across, Direction::to_dest);
      return {};
    }
  }
  if (opened.conn == nullptr) {
    refuse_new(frame, service, opened.reason);
  }
  return {opened.conn, Direction::to_dest};
}

/// Where RSS is followed, it is the same on every port (choose_port_owners). Elsewhere it is the worker that
/// the fragment came to first: a NIC that hashes addresses alone brings it all of the flow, and so does a
/// port with one queue.
template <typename F>
WorkerId Pipeline::home_of(const FlowKey<F>& key) {
  const PortOwners& owners = tables_.lip_ports().owners();
  if (!has_rss_type(key.protocol) || owners.rss(F::family, key.protocol) == nullptr) return next_worker();
  return owners.owner(
      {F::to_ip(key.src), F::to_ip(key.dst), host_port(key.src_port), host_port(key.dst_port), key.protocol});
}

void Pipeline::refuse_new(const Frame& frame, const Service& service, Drop reason) {
  tables_.service(service.slot).drops.inc();
  if (reason == Drop::no_dest && service.on_no_dest == OnNoDest::reject)
    return exits_.reject(frame, Drop::no_dest_rejected, now_ms_);
  exits_.drop(frame, reason);
}

/// By which port of ours the kernel would send to `addr`; nullptr: what is for itself, or leaves by another
/// port, it sends.
template <typename F>
const PortId* Pipeline::port_to(const typename F::Addr& addr) const {
  if (const Adjacency* row = output_.row_to<F>(addr)) return &row->port;
  const NextHop hop = fib_->next_hop(F::to_ip(addr));
  if (hop.kind != NextHop::Kind::unknown_neigh) return nullptr;
  const EgressInterface* egress = fib_->interface_of(hop.ifindex);
  return egress == nullptr ? nullptr : &egress->port;
}

template <typename F>
const Service* Pipeline::snat_service(const Frame& frame, const FlowKey<F>& key) const {
  const SnatRule::Flow flow{F::to_ip(key.src), F::to_ip(key.dst), host_port(key.src_port),
                            host_port(key.dst_port), key.protocol};
  const PortId* const out = port_to<F>(key.dst);
  if (out == nullptr) return nullptr;
  for (const SnatRule& rule : snapshot_->snat) {
    if (rule.in && *rule.in != frame.port) continue;
    if (rule.out && *rule.out != *out) continue;
    if (rule.fits(flow)) return snapshot_->service(rule.service);
  }
  return nullptr;
}

template <typename F>
typename ConnTable<F>::Hit Pipeline::admit_reply(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                                 SteerMatch::What what) {
  auto& table = tables_.conns<F>();
  if (!table.settled()) {
    settle<F>();
    if (const auto hit = table.lookup(key); hit.conn != nullptr) return hit;
  }
  const L4Port port = host_port(key.dst_port);
  const IpAddr to = F::to_ip(key.dst);
  if (what == SteerMatch::What::nat_dest) {
    // A reply is for the client, by whom its worker is found; what else the server sends is by a rule of mode
    // snat on its way outside, or the kernel's.
    const WorkerId owner = nat_owner(to, port, workers_);
    if (owner != self_) {
      exits_.handoff(frame, owner);
      return {};
    }
    const bool inside = snapshot_->steer.inside_out(F::to_ip(key.src), to, key.protocol);
    const Service* rule = inside ? snat_service<F>(frame, key) : nullptr;
    if (rule != nullptr) return admit_here<F>(frame, key, hash, *rule);
    exits_.punt(frame);
    return {};
  }
  const WorkerId owner = tables_.lip_ports().owners().owner(
      {F::to_ip(key.src), to, host_port(key.src_port), port, key.protocol});
  if (owner != self_) {
    exits_.handoff(frame, owner);
  } else if (has_states(key.protocol)) {
    no_such_connection(frame);
  } else if (is_icmp(static_cast<IpProto>(key.protocol))) {
    exits_.punt(frame);  // the kernel may have asked
  } else {
    exits_.drop(frame, Drop::lip_no_connection);
  }
  return {};
}

/// A frame that the rule would match, but that must not be forwarded.
void Pipeline::refuse(const Frame& frame) {
  const SteerMatch match =
      steer_rule(frame.bytes(), frame.parsed, snapshot_->steer, port_macs_[frame.port.index()]);
  if (match.what == SteerMatch::What::pass) return exits_.punt(frame);
  switch (frame.parsed.defect) {
    case Parsed::Defect::ipv6_extensions: return exits_.drop(frame, Drop::ipv6_extensions);
    case Parsed::Defect::ipv4_source_route:
      return exits_.icmp_error(frame, IcmpProblem::source_route, 0, Drop::ipv4_source_route, *fib_, now_ms_);
    case Parsed::Defect::l4: return exits_.drop(frame, Drop::malformed_l4);
    case Parsed::Defect::icmp: return exits_.drop(frame, Drop::malformed_icmp);
    case Parsed::Defect::tiny_fragment: return exits_.drop(frame, Drop::fragment_tiny);
    case Parsed::Defect::none: return exits_.drop(frame, Drop::internal);
  }
}

/// VIPs and LIPs are the kernel's addresses, and it has no such connection: it answers with a reset, so that
/// neither side keeps a connection that is gone (RFC 9293, 3.10.7.1). SCTP: with an ABORT (RFC 9260, 8.4), or
/// where it has no SCTP with protocol unreachable. What comes from inside and is on its way through may
/// belong to a connection that began outside: the kernel routes it, or does not.
void Pipeline::no_such_connection(const Frame& frame) {
  const bool tcp = frame.parsed.protocol == static_cast<std::uint8_t>(IpProto::tcp);
  (tcp ? tables_.counters().tcp_no_connection : tables_.counters().sctp_no_connection).inc();
  exits_.punt(frame);
}

template ConnTable<V4>::Hit Pipeline::admit<V4>(Frame&, const FlowKey<V4>&, std::uint64_t);
template ConnTable<V6>::Hit Pipeline::admit<V6>(Frame&, const FlowKey<V6>&, std::uint64_t);

}  // namespace hvs
