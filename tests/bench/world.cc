// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/world.h"

#include "base/check.h"
#include "control/compile/compiler.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kNowMs = 1000;
constexpr unsigned kLips = 16;
constexpr unsigned kDests = 16;

IpAddr ip(std::uint32_t host_order) { return IpAddr::v4(Be32{host_order}); }
IpAddr vip() { return ip(0x0a0a0064); }                 // 10.10.0.100
IpAddr dest(unsigned i) { return ip(0x0a140015 + i); }  // 10.20.0.21 ...
PortInfo port_info() {
  PortInfo info;
  info.name = "synthetic";
  info.ifindex = 1;
  info.mac = {0x02, 0, 0, 0, 0, 1};
  return info;
}

std::shared_ptr<const Snapshot> make_snapshot() {
  Config config;
  LipPoolConfig pool;
  pool.name = "inside";
  for (unsigned i = 0; i < kLips; ++i) pool.addresses.push_back(ip(0x0a14000a + 0x100 * i));
  pool.port_low = L4Port{1024};
  config.lip_pools.push_back(pool);
  ServiceConfig service;
  service.name = "bench";
  service.vip = vip();
  service.protocol = L4Proto::udp;
  service.port = L4Port{53};
  service.lip_pool = pool.name;
  for (unsigned i = 0; i < kDests; ++i) service.dests.push_back({dest(i), L4Port{53}, 1});
  config.services.push_back(service);
  config.workers.cpus = {0};
  auto compiled = SnapshotCompiler().compile(config, {});
  HVS_CHECK(compiled.ok());
  return compiled->snapshot;
}

std::shared_ptr<const Fib> make_fib() {
  auto fib = std::make_shared<Fib>();
  Route everything;
  everything.ifindex = 1;
  everything.has_gateway = true;
  everything.gateway = ip(0x0a0a00fe);
  fib->routes = std::make_shared<RouteTable>(std::vector<Route>{everything});
  fib->generation = 1;
  fib->interfaces.push_back({1, PortId{0}, 0, 1500, port_info().mac, {}});
  fib->adjacencies.push_back({{0x02, 0, 0, 0, 0, 2}, port_info().mac, PortId{0}, 0, 1500, true});
  fib->neighbours[{1, everything.gateway}] = AdjIndex{0};
  return fib;
}

}  // namespace

World::World(std::uint32_t max_connections, rte_mempool* pool) : port_(port_info(), pool) {
  auto fabric = Fabric::create(1, "bench");
  HVS_CHECK(fabric.ok());
  fabric_ = std::move(*fabric);
  fabric_->snapshot.publish(make_snapshot());
  fabric_->fib.publish(make_fib());
  WorkerSetup setup;
  setup.tables.connections = max_connections;
  setup.secret = HashSecret::random();
  setup.rx = {{&port_, QueueId{0}}};
  setup.tx = {{&port_, QueueId{0}, WorkerId{0}}};
  setup.port_macs = {port_.info().mac};
  worker_ = std::make_unique<Worker>(std::move(setup), *fabric_);
}

std::vector<FlowTuple> World::client_flows(std::uint64_t count) {
  std::vector<FlowTuple> flows(count);
  const std::uint32_t to = vip().as_v4().raw();
  for (std::uint64_t i = 0; i < count; ++i) {
    flows[i] = {Be32{static_cast<std::uint32_t>(0x0b000001 + i / 50000)}.raw(), to,
                Be16{static_cast<std::uint16_t>(1024 + i % 50000)}.raw(), Be16{std::uint16_t{53}}.raw()};
  }
  return flows;
}

void World::establish(const std::vector<FlowTuple>& flows) {
  port_.set_flows(&flows, 1, true);
  port_.set_budget(flows.size());
  while (worker_->turn(kNowMs)) {
  }
  HVS_CHECK(worker_->tables().connections() == flows.size());
}

std::vector<FlowTuple> World::reply_flows() {
  std::vector<FlowTuple> flows;
  auto& table = worker_->tables().conns<V4>();
  table.scan(0, table.high_water(), [&](const Connection<V4>* c) {
    flows.push_back({c->dest, c->lip, c->dest_port, c->lip_port});
  });
  return flows;
}

void World::forward(const std::vector<FlowTuple>& flows, std::uint64_t packets) {
  seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL;
  port_.set_flows(&flows, seed_, false);
  port_.set_budget(packets);
  const std::uint64_t before = port_.sent();
  while (worker_->turn(kNowMs)) {
  }
  HVS_CHECK(port_.sent() - before == packets);  // nothing was dropped on the way
}

}  // namespace hvs::bench
