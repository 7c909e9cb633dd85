// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/floors.h"

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <array>

#include "base/check.h"
#include "dataplane/frame.h"
#include "net/parse.h"

namespace hvs::bench {

namespace {

constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15ULL;

struct Key {
  FlowTuple tuple;
  std::uint32_t protocol = 17;
};
static_assert(sizeof(Key) == 16);

struct alignas(64) Record {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

}  // namespace

Figure empty_loop(SyntheticPort& port, const std::vector<FlowTuple>& flows, std::uint64_t packets,
                  unsigned runs) {
  return measure("floor: empty receive/transmit loop", flows.size(), packets, runs, [&] {
    port.set_flows(&flows, kSeed, false);
    port.set_budget(packets);
    rte_mbuf* frames[kBurstFrames];
    while (const std::uint16_t count = port.rx_burst(QueueId{0}, frames, kBurstFrames)) {
      port.tx_burst(QueueId{0}, frames, count);
    }
  });
}

Figure rte_hash_floor(SyntheticPort& port, const std::vector<FlowTuple>& flows, std::uint64_t packets,
                      unsigned runs) {
  rte_hash_parameters params{};
  params.name = "bench_floor";
  params.entries = static_cast<std::uint32_t>(flows.size() * 5 / 4 + 64);
  params.key_len = sizeof(Key);
  params.hash_func = rte_hash_crc;
  params.socket_id = static_cast<int>(rte_socket_id());
  rte_hash* table = rte_hash_create(&params);
  HVS_CHECK(table != nullptr);
  std::vector<Record> records(params.entries + 64);
  for (const FlowTuple& flow : flows) {
    const Key key{flow};
    HVS_CHECK(rte_hash_add_key(table, &key) >= 0);
  }
  Figure figure = measure("floor: parse + rte_hash bulk lookup + record", flows.size(), packets, runs, [&] {
    port.set_flows(&flows, kSeed, false);
    port.set_budget(packets);
    rte_mbuf* frames[kBurstFrames];
    std::array<Key, kBurstFrames> keys;
    std::array<const void*, kBurstFrames> pointers;
    std::array<std::int32_t, kBurstFrames> found;
    while (const std::uint16_t count = port.rx_burst(QueueId{0}, frames, kBurstFrames)) {
      for (unsigned i = 0; i < count; ++i) {
        auto* data = rte_pktmbuf_mtod(frames[i], std::uint8_t*);
        const Parsed p = parse_frame(Reader(data, frames[i]->data_len));
        const auto* ip = reinterpret_cast<const Ipv4Hdr*>(data + p.l3);
        const auto* ports = reinterpret_cast<const L4Ports*>(data + p.l4);
        keys[i] = {{ip->src.raw(), ip->dst.raw(), ports->src.raw(), ports->dst.raw()}};
        pointers[i] = &keys[i];
      }
      rte_hash_lookup_bulk(table, pointers.data(), count, found.data());
      for (unsigned i = 0; i < count; ++i)
        __builtin_prefetch(&records[static_cast<std::size_t>(found[i])], 1);
      for (unsigned i = 0; i < count; ++i) {
        Record& record = records[static_cast<std::size_t>(found[i])];
        ++record.packets;
        record.bytes += frames[i]->data_len;
      }
      port.tx_burst(QueueId{0}, frames, count);
    }
  });
  rte_hash_free(table);
  return figure;
}

}  // namespace hvs::bench
