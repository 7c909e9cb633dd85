// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/output/output.h"

#include "base/check.h"

namespace hvs {

namespace {

/// Cuts the mbuf down to the IP packet: what the sender's layer 2 put around it is gone, padding included.
void keep_packet(rte_mbuf* mbuf, std::uint16_t l3, std::uint16_t end) {
  mbuf->data_off = static_cast<std::uint16_t>(mbuf->data_off + l3);
  mbuf->data_len = static_cast<std::uint16_t>(end - l3);
  mbuf->pkt_len = mbuf->data_len;
}

bool is_ipv6(const rte_mbuf* packet) { return (*rte_pktmbuf_mtod(packet, const std::uint8_t*) >> 4) == 6; }

IpAddr destination_of(const rte_mbuf* packet) {
  if (is_ipv6(packet)) return IpAddr::v6(rte_pktmbuf_mtod(packet, const Ipv6Hdr*)->dst);
  return IpAddr::v4(rte_pktmbuf_mtod(packet, const Ipv4Hdr*)->dst);
}

}  // namespace

Output::Output(WorkerId self, Fabric& fabric, Transmit& transmit, WorkerCounters& counters)
    : self_(self),
      fabric_(fabric),
      transmit_(transmit),
      counters_(counters),
      waiting_(counters),
      adjacency_used_(fabric.box(self).adjacency_used.get()) {}

void Output::begin(const Fib& fib, std::uint32_t now_ms) {
  fib_ = &fib;
  now_ms_ = now_ms;
}

WayOut Output::way_out(const IpAddr& destination) const {
  const NextHop hop = fib_->next_hop(destination);
  WayOut way{hop.kind, hop.mtu, hop.adj, nullptr, nullptr, nullptr, nullptr};
  if (hop.kind == NextHop::Kind::adjacency) {
    way.row = &fib_->adjacencies[hop.adj.index()];
    way.mtu = way.row->mtu;
  }
  return way;
}

unsigned Output::fragment(const Frame& frame, std::uint16_t l3, std::uint16_t end, std::uint16_t mtu,
                          const WayOut& way, Pieces& pieces) {
  const unsigned count = fragment_ipv4(frame, l3, end, mtu, pieces);
  count == 0 ? counters_.drop(Drop::fragment_no_buffer, way.service) : counters_.packets_fragmented.inc();
  return count;
}

void Output::send_rare(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way,
                       const IpAddr* towards) {
  if (end - l3 > way.mtu && way.exists() && frame.data[l3] >> 4 == 4) {
    Pieces pieces;
    const unsigned count = fragment(frame, l3, end, way.mtu, way, pieces);
    for (unsigned i = 0; i < count; ++i)
      send_rare(pieces[i], 0, static_cast<std::uint16_t>(pieces[i].length), way, towards);
    return;
  }
  switch (way.kind) {
    case NextHop::Kind::adjacency: {
      keep_packet(frame.mbuf, l3, end);
      const Adjacency& adj = fib_->adjacencies[way.adj.index()];
      return adj.resolved ? send_packet(frame.mbuf, adj, way.adj) : wait(frame.mbuf, way, towards);
    }
    case NextHop::Kind::unknown_neigh:
      keep_packet(frame.mbuf, l3, end);
      return wait(frame.mbuf, way, towards);
    case NextHop::Kind::no_route: counters_.drop(Drop::no_route, way.service); break;
    case NextHop::Kind::not_our_port:
    case NextHop::Kind::local: counters_.drop(Drop::route_not_ours, way.service); break;
  }
  rte_pktmbuf_free(frame.mbuf);
}

void Output::send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index) {
  const Be<EtherType> type = ether_type(*rte_pktmbuf_mtod(packet, const std::uint8_t*));
  const bool tagged = adj.vlan != 0;
  const std::uint16_t size = sizeof(EthHdr) + (tagged ? sizeof(VlanTag) : 0);
  auto* start = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_prepend(packet, size));
  HVS_CHECK(start != nullptr);  // the port's headroom and the frame's own header leave room
  write_ethernet(start, adj, tagged ? Be{EtherType::vlan} : type);
  if (tagged) *reinterpret_cast<VlanTag*>(start + sizeof(EthHdr)) = {Be16{adj.vlan}, type};
  mark_used(index);
  transmit_.add(adj.port, packet);
}

void Output::wait(rte_mbuf* packet, const WayOut& way, const IpAddr* towards) {
  const NextHop hop = fib_->next_hop(towards != nullptr ? *towards : destination_of(packet));
  const NeighKey key{hop.ifindex, hop.gateway};
  if (waiting_.add(key, packet, way.service, now_ms_)) ask(key);
}

void Output::ask(const NeighKey& key) {
  // A full ring is no loss: the question is repeated while frames wait.
  (void)fabric_.box(self_).resolve.push({key.ifindex, key.addr});
}

void Output::serve_waiting() {
  if (waiting_.empty()) [[likely]]
    return;
  waiting_.visit(
      now_ms_,
      [&](NeighQueue::Waiting& w) {
        const auto it = fib_->neighbours.find({w.key});  // by any MTU: they were measured before they waited
        if (it == fib_->neighbours.end() || !fib_->adjacencies[it->second.index()].resolved) return false;
        for (unsigned i = 0; i < w.count; ++i)
          send_packet(w.frames[i], fib_->adjacencies[it->second.index()], it->second);
        return true;
      },
      [&](const NeighKey& key) { ask(key); });
}

}  // namespace hvs
