// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/world.h"

#include <set>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "dataplane/conn/mapped.h"

namespace hvs::bench {

namespace {

constexpr L4Port kServicePort{53};

/// 10.0.0.0/8 or fd00::/16 with `low` in the last bytes.
IpAddr address(Family family, std::uint8_t second, std::uint32_t low) {
  if (family == Family::ipv4)
    return IpAddr::v4(Be32{std::uint32_t{10} << 24 | std::uint32_t{second} << 16 | low});
  Ipv6Bytes bytes{0xfd, 0, 0, second};
  for (unsigned i = 0; i < 4; ++i) bytes[15 - i] = static_cast<std::uint8_t>(low >> (8 * i));
  return IpAddr::v6(bytes);
}
Family dest_family(const WorldSpec& spec) {
  return spec.crosses == (spec.family == Family::ipv4) ? Family::ipv6 : Family::ipv4;
}
constexpr unsigned kOutsideHosts = 1024;
IpAddr vip(Family family, unsigned service) { return address(family, 10, service); }
IpAddr lip(Family family, unsigned i) { return address(family, 20, 0x0a + 0x100 * i); }
IpAddr dest(Family family, unsigned i) { return address(family, 21, 0x15 + i); }

/// Client number n. 32,768 ports a client, so that addresses vary as they do outside.
void client(Family family, std::uint64_t n, IpAddr& addr, L4Port& port) {
  port = L4Port{static_cast<std::uint16_t>(1024 + (n & 0x7fff))};
  const auto host = static_cast<std::uint32_t>(n >> 15);
  addr = IpAddr::v4(Be32{0x0b000001 + host});
  if (family == Family::ipv4) return;
  Ipv6Bytes bytes{0x20, 0x01, 0x0d, 0xb8};
  for (unsigned i = 0; i < 4; ++i) bytes[15 - i] = static_cast<std::uint8_t>((host + 1) >> (8 * i));
  addr = IpAddr::v6(bytes);
}

PortInfo port_info(unsigned queues) {
  PortInfo info;
  info.name = "synthetic";
  info.ifindex = 1;
  info.mac = {0x02, 0, 0, 0, 0, 1};
  info.queues = static_cast<std::uint16_t>(queues);
  return info;
}

Config make_config(const WorldSpec& spec) {
  Config config;
  LipPoolConfig pool;
  pool.name = "inside";
  for (unsigned i = 0; i < spec.lips; ++i) pool.addresses.push_back(lip(dest_family(spec), i));
  pool.port_low = L4Port{1024};
  config.lip_pools.push_back(pool);
  config.workers.count = spec.workers;
  if (spec.mode == ForwardingMode::snat) {
    SnatConfig rule;
    rule.name = "bench";
    rule.from = {{{{}, spec.family}, 0}};
    rule.lip_pool = pool.name;
    rule.timeouts = spec.timeouts;
    config.snat.push_back(rule);
    return config;
  }
  for (unsigned s = 0; s < spec.services; ++s) {
    ServiceConfig service;
    service.name = "bench" + std::to_string(s);
    service.vip = vip(spec.family, s);
    service.protocol = spec.protocol;
    service.port = kServicePort;
    service.mode = spec.mode;
    service.scheduler = spec.scheduler;
    service.lip_pool = pool.name;
    service.timeouts = spec.timeouts;
    for (unsigned i = 0; i < spec.dests; ++i)
      service.dests.push_back({dest(dest_family(spec), i), kServicePort, 1, {}});
    config.services.push_back(service);
  }
  return config;
}

std::shared_ptr<const Fib> make_fib(const WorldSpec& spec) {
  auto fib = std::make_shared<Fib>();
  const MacAddr mac = port_info(1).mac;
  fib->interfaces.push_back({1, PortId{0}, 0, 1500, 0, mac, {}});
  fib->adjacencies.push_back({{0x02, 0, 0, 0, 0, 2}, mac, PortId{0}, 0, 1500, true, 0});
  std::vector<Route> routes;
  for (const Family family : std::set{spec.family, dest_family(spec)}) {
    Route everything;
    everything.prefix.addr.family = family;
    everything.ifindex = 1;
    everything.has_gateway = true;
    everything.gateway = address(family, 30, 0xfe);
    routes.push_back(everything);
    fib->interfaces[0].addresses.push_back(address(family, 40, 1));
    fib->neighbours[{{1, everything.gateway}}] = AdjIndex{0};
  }
  fib->routes = std::make_shared<RouteTable>(std::move(routes));
  fib->generation = 1;
  fib->set_plain_mtus();
  return fib;
}

template <typename F>
void add_replies(ConnTable<F>& table, FlowList& flows) {
  const auto port = [](std::uint16_t raw) { return L4Port{Be16::from_raw(raw).host()}; };
  flows.reserve(table.size());
  table.scan(0, table.high_water(), [&](const Connection<F>* c) {
    flows.add(address_of(*c, c->dest(), Direction::to_client), port(c->dest_port),
              address_of(*c, c->lip(), Direction::to_client), port(c->lip_port));
  });
}

}  // namespace

std::string text_of(Family family) { return family == Family::ipv4 ? "v4" : "v6"; }

std::string mode_of(const WorldSpec& spec) {
  if (spec.crosses) return spec.family == Family::ipv6 ? "nat64" : "nat46";
  return std::string(name_of(spec.mode));
}

std::string text_of(const WorldSpec& spec) {
  return mode_of(spec) + ' ' + std::string(name_of(spec.protocol)) + ' ' + text_of(spec.family);
}

World::World(const WorldSpec& spec, rte_mempool* pool)
    : spec_(spec),
      port_(port_info(spec.workers), pool),
      shared_(Templates::kDefaultClients, {}, load_writers(spec.workers)),
      config_(make_config(spec)),
      clocks_(spec.workers) {
  auto fabric = Fabric::create(spec.workers, 1, "bench");
  HVS_CHECK(fabric.ok());
  fabric_ = std::move(*fabric);
  if (spec.crosses) port_.sum_headers();
  publish();
  fabric_->fib.publish(make_fib(spec));
  const HashSecret secret = HashSecret::random();
  for (unsigned w = 0; w < spec.workers; ++w) {
    WorkerSetup setup;
    setup.id = WorkerId{static_cast<std::uint8_t>(w)};
    setup.tables.connections = spec.connections;
    setup.tables.shared = &shared_;
    setup.secret = secret;
    setup.rx = {{&port_, QueueId{static_cast<std::uint16_t>(w)}}};
    setup.tx = {{&port_, QueueId{static_cast<std::uint16_t>(w)}, setup.id}};
    setup.port_macs = {port_.info().mac};
    workers_.push_back(std::make_unique<Worker>(std::move(setup), *fabric_));
  }
}

void World::fill_client_flows(FlowList& flows, std::uint64_t count, std::uint64_t first) const {
  flows.clear();
  flows.reserve(count);
  IpAddr addr;
  L4Port port;
  unsigned service = 0;
  // Mode snat: so many hosts outside, each with ports of its own.
  const unsigned targets = spec_.mode == ForwardingMode::snat ? kOutsideHosts : spec_.services;
  for (std::uint64_t n = first; n < first + count; ++n) {
    client(spec_.family, n, addr, port);
    flows.add(addr, port, vip(spec_.family, service), kServicePort);
    if (++service == targets) service = 0;
  }
}

FlowList World::client_flows(std::uint64_t count, std::uint64_t first) const {
  FlowList flows(spec_.family, spec_.protocol);
  fill_client_flows(flows, count, first);
  return flows;
}

void World::establish(const FlowList& clients, unsigned worker) {
  const std::uint64_t count = clients.size();
  Stream open{&clients, TcpHdr::kSyn};
  forward(count, open, nullptr, worker);
  HVS_CHECK(workers_[worker]->tables().connections() == count);
  if (sees_replies(spec_.mode)) {
    const FlowList replies = reply_flows(worker);
    Stream answer{&replies, TcpHdr::kSyn | TcpHdr::kAck};
    forward(count, answer, nullptr, worker);
  }
  Stream go_on{&clients, TcpHdr::kAck};
  forward(count, go_on, nullptr, worker);
}

FlowList World::reply_flows(unsigned worker) {
  FlowList flows(dest_family(spec_), spec_.protocol);
  WorkerTables& tables = workers_[worker]->tables();
  // Those that cross are in the table of IPv6.
  spec_.family == Family::ipv4 && !spec_.crosses ? add_replies(tables.conns<V4>(), flows)
                                                 : add_replies(tables.conns<V6>(), flows);
  return flows;
}

void World::forward(std::uint64_t frames, Stream& first, Stream* second, unsigned worker) {
  Stream* const streams[] = {&first, second};
  forward_during(0, frames, {streams, second == nullptr ? 1U : 2U}, worker);
}

void World::forward_during(std::uint32_t ms, std::uint64_t frames, std::span<Stream* const> streams,
                           unsigned worker) {
  const QueueId queue{static_cast<std::uint16_t>(worker)};
  port_.feed(queue, frames, streams);
  Worker& w = *workers_[worker];
  const std::uint64_t before = port_.sent(queue);
  std::uint32_t& now_ms = clocks_[worker].now_ms;
  const std::uint32_t start = now_ms;
  std::uint64_t done = 0;
  while (w.turn(now_ms)) {
    done += kBurstFrames;
    if (ms != 0) now_ms = start + static_cast<std::uint32_t>(std::min(done, frames) * ms / frames);
  }
  HVS_CHECK(port_.sent(queue) - before == frames);  // nothing was dropped on the way
}

bool World::turn(std::uint32_t now_ms, unsigned worker) {
  clocks_[worker].now_ms = now_ms;
  return workers_[worker]->turn(now_ms);
}

void World::publish() {
  auto compiled = compiler_.compile(config_, {});
  HVS_CHECK(compiled.ok());
  fabric_->snapshot.publish(compiled->snapshot);
  compiler_.commit(std::move(*compiled));
}

void World::reload() {
  auto& weight = config_.services.front().dests.front().weight;
  weight = weight == 1 ? 2 : 1;
  if (config_.services.size() > 1) {
    // One service goes, with all its dests, and the one that went the last time comes back.
    if (gone_) {
      config_.services.push_back(std::move(*gone_));
      gone_.reset();
    } else {
      gone_ = std::move(config_.services.back());
      config_.services.pop_back();
    }
  }
  publish();
  while (fabric_->snapshot.reclaim() != 0) std::this_thread::yield();
}

void World::compile() {
  auto compiled = compiler_.compile(config_, {});
  HVS_CHECK(compiled.ok());
  compiler_.withdraw(std::move(*compiled));
}

void World::idle(std::uint32_t ms, unsigned worker) {
  std::uint32_t& now_ms = clocks_[worker].now_ms;
  for (const std::uint32_t end = now_ms + ms; now_ms != end;) {
    ++now_ms;
    while (workers_[worker]->turn(now_ms)) {
    }
  }
}

}  // namespace hvs::bench
