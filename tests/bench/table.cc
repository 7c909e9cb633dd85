// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// The connection table alone beside rte_hash: keys are taken from the same flows, looked up a burst at a
// time, and a record for each is fetched and written. No frames, no pipeline. Ours holds both directions of
// each flow, so twice as many entries as the floor's.

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "base/check.h"
#include "dataplane/conn/conn_table.h"
#include "dataplane/frame.h"
#include "tests/bench/bench.h"
#include "tests/bench/floors.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

template <typename F>
void read_flow(const std::uint8_t* flow, FlowKey<F>& key) {
  constexpr std::size_t kAddress = sizeof(typename F::Addr);
  std::memcpy(&key.src, flow, kAddress);
  std::memcpy(&key.dst, flow + kAddress, kAddress);
  std::memcpy(&key.src_port, flow + 2 * kAddress, 2);
  std::memcpy(&key.dst_port, flow + 2 * kAddress + 2, 2);
}

template <typename F>
class OwnTable {
 public:
  OwnTable(const FlowList& flows, Simd simd)
      : protocol_(static_cast<std::uint8_t>(flows.protocol())),
        table_(static_cast<std::uint32_t>(std::max<std::uint64_t>(flows.size(), 1024)), HashSecret::random(),
               simd) {
    FlowKey<F> key;
    for (std::uint64_t i = 0; i < flows.size(); ++i) {
      read_flow<F>(flows.at(i), key);
      Connection<F>* conn = table_.allocate();
      HVS_CHECK(conn != nullptr);
      conn->client = key.src;
      conn->client_port = key.src_port;
      conn->vip = key.dst;
      conn->vip_port = key.dst_port;
      // Not looked for, but there: 65,536 ports of each LIP towards one dest.
      const auto lip = static_cast<std::uint32_t>(i >> 16);
      std::memcpy(static_cast<void*>(&conn->side().lip), &lip, sizeof lip);
      conn->lip_port = static_cast<std::uint16_t>(i);
      conn->protocol = protocol_;
      conn->idle_limit_ms = 1;
      HVS_CHECK(table_.insert(conn));
    }
  }

  void lookup(Stream& stream, std::uint64_t packets) {
    const FlowList& flows = *stream.flows;
    std::array<FlowKey<F>, kBurstFrames> keys;
    std::array<std::uint64_t, kBurstFrames> hashes;
    std::array<typename ConnTable<F>::Hit, kBurstFrames> hits;
    for (auto& key : keys) key.protocol = protocol_;
    for (std::uint64_t done = 0; done < packets;) {
      const auto count = static_cast<unsigned>(std::min<std::uint64_t>(kBurstFrames, packets - done));
      for (unsigned i = 0; i < count; ++i) {
        read_flow<F>(flows.at(stream.next), keys[i]);
        if (++stream.next == flows.size()) stream.next = 0;
        hashes[i] = table_.hash(keys[i]);
        table_.prefetch(hashes[i]);
      }
      table_.lookup_burst({keys.data(), count}, hashes.data(), hits.data());
      for (unsigned i = 0; i < count; ++i) {
        HVS_CHECK(hits[i].conn != nullptr);
        ++hits[i].conn->stamp_ms;
        hits[i].conn->fin_mark = static_cast<std::uint16_t>(hits[i].conn->fin_mark + 60);
      }
      done += count;
    }
  }

 private:
  std::uint8_t protocol_;
  ConnTable<F> table_;
};

FlowList with_answers(const FlowList& flows) {
  FlowList all = flows;
  FlowList answers = flows;
  answers.turn_round();
  for (std::uint64_t i = 0; i < flows.size(); ++i) all.add_frame(answers.at(i));
  return all;
}

template <typename F>
void run_size(Bench& bench, std::uint64_t count) {
  WorldSpec spec;
  spec.family = F::family;
  const std::uint64_t packets = bench.options().packets;
  FlowList flows = World(spec, bench.pool()).client_flows(count);
  HashFloor floor(flows);
  HashFloor floor_both(with_answers(flows));
  OwnTable<F> vector(flows, Simd::automatic);
  OwnTable<F> portable(flows, Simd::off);
  flows.shuffle(count);
  Stream of_floor{&flows}, of_both{&flows}, of_vector{&flows}, of_portable{&flows};
  const std::string family = text_of(F::family);
  std::vector<Figure> figures = measure_together(
      "table",
      {{"floor: rte_hash + record, " + family, count, packets, [&] { floor.lookup(of_floor, packets); }},
       {"floor: both directions, " + family, count, packets, [&] { floor_both.lookup(of_both, packets); }},
       {"own table, " + family, count, packets, [&] { vector.lookup(of_vector, packets); }},
       {"own table, simd: off, " + family, count, packets, [&] { portable.lookup(of_portable, packets); }}},
      bench.options().rounds);
  for (std::size_t i : {2, 3}) {
    add_ratio(figures[i], "rte_hash", figures[0]);
    add_ratio(figures[i], "both directions", figures[1]);
  }
  bench.add(figures);
  const std::string flows_text =
      count >= 1'000'000 ? std::to_string(count / 1'000'000) + " M" : std::to_string(count);
  bench.add({"own table / rte_hash, " + family + ", " + flows_text + " flows", true, 0.5, "times",
             figures[2].ratios.front().values});
}

}  // namespace

void run_table(Bench& bench) {
  const Options& options = bench.options();
  bench.begin_table("table alone: hash, lookup, record", {"rte_hash", "both directions"});
  for (const std::uint64_t flows : {10'000U, 1'000'000U, 10'000'000U}) {
    if (!wanted(options.flows, flows)) continue;
    if (options.quick && options.flows.empty() && flows > 1'000'000) continue;
    if (wanted(options.families, text_of(Family::ipv4))) run_size<V4>(bench, flows);
    if (wanted(options.families, text_of(Family::ipv6))) run_size<V6>(bench, flows);
  }
}

}  // namespace hvs::bench
