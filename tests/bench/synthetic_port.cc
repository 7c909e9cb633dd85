// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/synthetic_port.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <random>
#include <span>

#include "base/check.h"
#include "net/checksum.h"
#include "net/headers.h"

namespace hvs::bench {

namespace {

constexpr std::uint16_t kMinFrameBytes = 60;  // 64 with the FCS
constexpr unsigned kIpAt = sizeof(EthHdr);
// Of a template without TCP options: all of the frame, and what makes the copy some wide stores.
constexpr unsigned kCopyBytesV4 = 64;
constexpr unsigned kCopyBytesV6 = 80;
constexpr unsigned kMoreWithOptions = 16;
// Bytes of the flow list that are asked for ahead: a miss here would count as one of what is measured.
constexpr unsigned kFetchAhead = 4096;
constexpr unsigned kTupleAtV4 = kIpAt + offsetof(Ipv4Hdr, src);
constexpr unsigned kTupleAtV6 = kIpAt + offsetof(Ipv6Hdr, src);

/// The options of a SYN and of the answer to it, as Linux sends them and in its order: MSS (written by
/// family), SACK permitted, timestamps, no operation, window scale.
constexpr std::uint8_t kSynOptions[] = {2, 4, 0, 0, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};
static_assert(sizeof kSynOptions == 20);
constexpr std::uint16_t kMssV4 = 1500 - sizeof(Ipv4Hdr) - sizeof(TcpHdr);
constexpr std::uint16_t kMssV6 = 1500 - sizeof(Ipv6Hdr) - sizeof(TcpHdr);

template <typename Header>
void put(std::uint8_t* at, const Header& header) {
  std::memcpy(at, &header, sizeof header);
}

/// Writes L4 at `at`; returns its length. Checksums are edited by delta: a wrong one costs what a right one
/// does, unless it is UDP's 0.
unsigned put_l4(std::uint8_t* at, L4Proto protocol, std::uint8_t tcp_flags, Family family) {
  switch (protocol) {
    case L4Proto::tcp: {
      const unsigned options = (tcp_flags & TcpHdr::kSyn) != 0 ? sizeof kSynOptions : 0;
      TcpHdr tcp{};
      tcp.offset_reserved = static_cast<std::uint8_t>((sizeof tcp + options) / 4 << 4);
      tcp.flags = tcp_flags;
      tcp.window = Be16{std::uint16_t{512}};
      tcp.checksum = Be16{std::uint16_t{0x4321}};
      put(at, tcp);
      std::memcpy(at + sizeof tcp, kSynOptions, options);
      if (options != 0) put(at + sizeof tcp + 2, Be16{family == Family::ipv4 ? kMssV4 : kMssV6});
      return sizeof tcp + options;
    }
    case L4Proto::udp: {
      const unsigned udp_payload =
          family == Family::ipv4 ? kMinFrameBytes - kIpAt - sizeof(Ipv4Hdr) - sizeof(UdpHdr) : 0;
      UdpHdr udp{};
      udp.length = Be16{static_cast<std::uint16_t>(sizeof udp + udp_payload)};
      udp.checksum = Be16{std::uint16_t{0x4321}};
      put(at, udp);
      return sizeof udp + udp_payload;
    }
    case L4Proto::sctp:
    case L4Proto::icmp:
    case L4Proto::icmpv6: break;  // no case of them yet
  }
  HVS_CHECK(false);
  return 0;
}

}  // namespace

SyntheticPort::SyntheticPort(PortInfo info, rte_mempool* pool) : Port(std::move(info)), pool_(pool) {
  for (unsigned i = 0; i < info_.queues; ++i) queues_.push_back(std::make_unique<Queue>());
  std::mt19937 random;
  for (Order& order : orders_) {
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    std::shuffle(order.begin(), order.end(), random);
  }
}

void SyntheticPort::prepare(Source& source, Stream& stream) const {
  const FlowList& flows = *stream.flows;
  HVS_CHECK(flows.size() != 0);
  source.stream = &stream;
  std::uint8_t* frame = source.frame.data();
  EthHdr eth{};
  eth.dst = info_.mac;
  eth.src = {0x02, 0, 0, 0, 0, 0x99};
  unsigned end = 0;
  if (flows.family() == Family::ipv4) {
    eth.type = Be{EtherType::ipv4};
    constexpr unsigned kL4At = kIpAt + sizeof(Ipv4Hdr);
    end = kL4At + put_l4(frame + kL4At, flows.protocol(), stream.tcp_flags, Family::ipv4);
    Ipv4Hdr ip{};
    ip.version_ihl = 0x45;
    ip.total_length = Be16{static_cast<std::uint16_t>(end - kIpAt)};
    ip.flags_offset = Be16{Ipv4Hdr::kDontFragment};
    ip.ttl = 64;
    ip.protocol = Be{static_cast<IpProto>(flows.protocol())};
    if (!sums_headers_) ip.checksum = Be16{std::uint16_t{0x1234}};
    put(frame + kIpAt, ip);
  } else {
    eth.type = Be{EtherType::ipv6};
    constexpr unsigned kL4At = kIpAt + sizeof(Ipv6Hdr);
    end = kL4At + put_l4(frame + kL4At, flows.protocol(), stream.tcp_flags, Family::ipv6);
    Ipv6Hdr ip{};
    ip.version_class_flow = Be32{std::uint32_t{6} << 28};
    ip.payload_length = Be16{static_cast<std::uint16_t>(end - kL4At)};
    ip.next_header = Be{static_cast<IpProto>(flows.protocol())};
    ip.hop_limit = 64;
    put(frame + kIpAt, ip);
  }
  put(frame, eth);
  static_assert(kCopyBytesV6 + kMoreWithOptions == kTemplateBytes);
  HVS_CHECK(end <= (flows.family() == Family::ipv4 ? kCopyBytesV4 : kCopyBytesV6) + kMoreWithOptions);
  source.length = std::max<std::uint16_t>(kMinFrameBytes, static_cast<std::uint16_t>(end));
}

void SyntheticPort::feed(QueueId queue, std::uint64_t frames, std::span<Stream* const> streams) {
  HVS_CHECK(!streams.empty() && streams.size() <= kMostStreams);
  Queue& q = at(queue);
  q.budget = frames;
  q.long_frames = false;
  q.sources_used = static_cast<unsigned>(streams.size());
  const Family family = streams[0]->flows->family();
  for (unsigned s = 0; s < q.sources_used; ++s) {
    HVS_CHECK(streams[s]->flows->family() == family);
    prepare(q.sources[s], *streams[s]);
    q.long_frames |= q.sources[s].length > (family == Family::ipv4 ? kCopyBytesV4 : kCopyBytesV6);
  }
}

void SyntheticPort::mix(Queue& queue, rte_mbuf** frames) const {
  const Order& order = orders_[queue.order++ % orders_.size()];
  std::array<rte_mbuf*, kBurstFrames> in_turn;
  std::copy_n(frames, kBurstFrames, in_turn.begin());
  for (unsigned i = 0; i < kBurstFrames; ++i) frames[i] = in_turn[order[i]];
}

/// The compiler knows the sizes, so a frame is some wide stores and no calls.
template <unsigned kCopyBytes, unsigned kTupleAt, unsigned kTupleBytes, bool kSums>
void SyntheticPort::fill_copying(Queue& queue, rte_mbuf** frames, unsigned count) {
  for (unsigned s = 0; s < queue.sources_used; ++s) {
    const Source& source = queue.sources[s];
    const std::uint8_t* flows = source.stream->flows->at(0);
    const std::uint64_t end = source.stream->flows->size();
    std::uint64_t next = source.stream->next;
    for (unsigned i = s; i < count; i += queue.sources_used) {
      auto* data = rte_pktmbuf_mtod(frames[i], std::uint8_t*);
      __builtin_prefetch(flows + next * kTupleBytes + kFetchAhead);
      std::memcpy(data, source.frame.data(), kCopyBytes);
      std::memcpy(data + kTupleAt, flows + next * kTupleBytes, kTupleBytes);
      if constexpr (kSums) {
        const auto sum = static_cast<std::uint16_t>(~fold_checksum(
            sum_bytes(std::span<const std::uint8_t, sizeof(Ipv4Hdr)>(data + kIpAt, sizeof(Ipv4Hdr)))));
        std::memcpy(data + kIpAt + offsetof(Ipv4Hdr, checksum), &sum, sizeof sum);
      }
      if (++next == end) next = 0;
      frames[i]->data_len = source.length;
      frames[i]->pkt_len = source.length;
    }
    source.stream->next = next;
  }
}

template <unsigned kCopyBytes, unsigned kTupleAt, unsigned kTupleBytes, bool kSums>
void SyntheticPort::fill(Queue& queue, rte_mbuf** frames, unsigned count) {
  queue.long_frames
      ? fill_copying<kCopyBytes + kMoreWithOptions, kTupleAt, kTupleBytes, kSums>(queue, frames, count)
      : fill_copying<kCopyBytes, kTupleAt, kTupleBytes, kSums>(queue, frames, count);
}

std::uint16_t SyntheticPort::rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  Queue& q = at(queue);
  count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, q.budget));
  if (count == 0 || rte_pktmbuf_alloc_bulk(pool_, frames, count) != 0) return 0;
  q.budget -= count;
  q.received += count;
  if (q.sources[0].stream->flows->family() == Family::ipv6) {
    fill<kCopyBytesV6, kTupleAtV6, FlowList::kBytesV6, false>(q, frames, count);
  } else if (sums_headers_) {
    fill<kCopyBytesV4, kTupleAtV4, FlowList::kBytesV4, true>(q, frames, count);
  } else {
    fill<kCopyBytesV4, kTupleAtV4, FlowList::kBytesV4, false>(q, frames, count);
  }
  if (HVS_UNLIKELY(q.sources_used > 2) && count == kBurstFrames) mix(q, frames);
  return count;
}

std::uint16_t SyntheticPort::tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  Queue& q = at(queue);
  if (HVS_UNLIKELY(q.captured != nullptr)) {
    const unsigned tuple_at = q.captured->family() == Family::ipv4 ? kTupleAtV4 : kTupleAtV6;
    const std::size_t flags_at =
        tuple_at + q.captured->flow_bytes() - sizeof(L4Ports) + offsetof(TcpHdr, flags);
    for (unsigned i = 0; i < count; ++i) {
      const auto* data = rte_pktmbuf_mtod(frames[i], const std::uint8_t*);
      if (data[flags_at] == TcpHdr::kSyn) q.captured->add_frame(data + tuple_at);
    }
  }
  rte_pktmbuf_free_bulk(frames, count);
  q.sent += count;
  return count;
}

PortStats SyntheticPort::stats() const {
  PortStats stats;
  for (const auto& queue : queues_) {
    stats.rx_packets += queue->received;
    stats.tx_packets += queue->sent;
  }
  stats.link_up = true;
  return stats;
}

}  // namespace hvs::bench
