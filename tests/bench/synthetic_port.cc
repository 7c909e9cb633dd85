// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/synthetic_port.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "net/headers.h"

namespace hvs::bench {

namespace {

constexpr std::uint16_t kFrameBytes = 60;  // 64 with the FCS

struct Template {
  EthHdr eth;
  Ipv4Hdr ip;
  UdpHdr udp;
};

Template make_template(const MacAddr& mac) {
  Template t{};
  t.eth.dst = mac;
  t.eth.src = {0x02, 0, 0, 0, 0, 0x99};
  t.eth.type = Be{EtherType::ipv4};
  t.ip.version_ihl = 0x45;
  t.ip.total_length = Be16{static_cast<std::uint16_t>(kFrameBytes - sizeof(EthHdr))};
  t.ip.ttl = 64;
  t.ip.protocol = Be{IpProto::udp};
  t.ip.checksum = Be16{std::uint16_t{0x1234}};  // edits are by delta: a wrong sum costs what a right one does
  t.udp.length = Be16{static_cast<std::uint16_t>(kFrameBytes - sizeof(EthHdr) - sizeof(Ipv4Hdr))};
  t.udp.checksum = Be16{std::uint16_t{0x4321}};
  return t;
}

}  // namespace

SyntheticPort::SyntheticPort(PortInfo info, rte_mempool* pool) : Port(std::move(info)), pool_(pool) {}

void SyntheticPort::set_flows(const std::vector<FlowTuple>* flows, std::uint64_t seed, bool in_order) {
  flows_ = flows;
  random_ = seed | 1;
  next_ = 0;
  in_order_ = in_order;
}

std::uint16_t SyntheticPort::rx_burst(QueueId, rte_mbuf** frames, std::uint16_t count) {
  count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, budget_));
  if (count == 0 || flows_ == nullptr || rte_pktmbuf_alloc_bulk(pool_, frames, count) != 0) return 0;
  budget_ -= count;
  received_ += count;
  const Template base = make_template(info_.mac);
  for (std::uint16_t i = 0; i < count; ++i) {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const std::uint64_t pick = in_order_ ? next_++ % flows_->size() : (random_ >> 20) % flows_->size();
    const FlowTuple& flow = (*flows_)[pick];
    auto* frame = rte_pktmbuf_mtod(frames[i], Template*);
    *frame = base;
    frame->ip.src = Be32::from_raw(flow.src);
    frame->ip.dst = Be32::from_raw(flow.dst);
    frame->udp.ports = {Be16::from_raw(flow.src_port), Be16::from_raw(flow.dst_port)};
    frames[i]->data_len = kFrameBytes;
    frames[i]->pkt_len = kFrameBytes;
  }
  return count;
}

std::uint16_t SyntheticPort::tx_burst(QueueId, rte_mbuf** frames, std::uint16_t count) {
  rte_pktmbuf_free_bulk(frames, count);
  sent_ += count;
  return count;
}

PortStats SyntheticPort::stats() const {
  PortStats stats;
  stats.rx_packets = received_;
  stats.tx_packets = sent_;
  stats.link_up = true;
  return stats;
}

}  // namespace hvs::bench
