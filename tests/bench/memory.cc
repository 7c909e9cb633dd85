// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// What a connection takes: ten million are opened through the pipeline, over 16 LIPs and 16 dests, so local
// ports are used many times over. Counted twice: what the table has reserved for its capacity, and how much
// the process has grown. The bitmaps of local ports, of each pair of LIP and dest, come beside it.

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/check.h"
#include "tests/bench/bench.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kConnections = 10'000'000;
constexpr std::uint64_t kChunk = 500'000;

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

template <typename F>
double table_bytes(World& world) {
  return static_cast<double>(world.worker().tables().conns<F>().reserved_bytes());
}

void run_family(Bench& bench, Family family, double bound) {
  WorldSpec spec;
  spec.family = family;
  spec.protocol = L4Proto::tcp;
  spec.connections = kConnections;
  World world(spec, bench.pool());
  WorkerTables& tables = world.worker().tables();
  FlowList flows = world.client_flows(kChunk);
  const double before = resident_bytes();
  for (std::uint64_t opened = 0; opened < kConnections; opened += kChunk) {
    world.fill_client_flows(flows, kChunk, opened);
    Stream open{&flows, TcpHdr::kSyn};
    world.forward(kChunk, open);
  }
  HVS_CHECK(tables.connections() == kConnections);
  const double grown = resident_bytes() - before;
  const double bitmaps =
      static_cast<double>(tables.lip_ports().pairs() * tables.lip_ports().bytes_per_pair());
  const double reserved = family == Family::ipv4 ? table_bytes<V4>(world) : table_bytes<V6>(world);

  const std::string name = text_of(spec);
  const auto figure = [&](const char* what, const char* unit, double value) {
    return Figure{"memory", name + ' ' + what, kConnections, 0, unit, {value}};
  };
  bench.add({figure("record and table share", "bytes/connection", reserved / kConnections),
             figure("growth, with port bitmaps", "bytes/connection", grown / kConnections),
             figure("port bitmaps of 256 pairs", "bytes/connection", bitmaps / kConnections)});
  bench.add({"a connection of " + text_of(family) + ", 10 M in the table",
             true,
             bound,
             "bytes",
             {std::max(reserved, grown - bitmaps) / kConnections}});
}

}  // namespace

void run_memory(Bench& bench) {
  bench.begin_table("memory of 10 M connections, 16 LIPs x 16 dests");
  if (wanted(bench.options().families, text_of(Family::ipv4))) run_family(bench, Family::ipv4, 128);
  if (wanted(bench.options().families, text_of(Family::ipv6))) run_family(bench, Family::ipv6, 192);
}

}  // namespace hvs::bench
