// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/rig.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <stdexcept>

#include "base/check.h"
#include "model/choose_port_owners.h"

namespace hvs::golden {

rte_mempool* Rig::pool = nullptr;
Simd Rig::simd = Simd::automatic;

namespace {

PortInfo info_of(const World::Port& port, std::uint16_t id, std::uint16_t queues) {
  PortInfo info;
  info.id = PortId{id};
  info.name = port.name;
  info.device = port.name;
  info.queues = queues;
  info.mtu = port.mtu;
  info.mac = port.mac;
  info.rss.key = port.rss_key;
  for (unsigned i = 0; i < port.rss_entries; ++i)
    info.rss.reta.push_back(static_cast<std::uint16_t>(i % queues));
  info.rss.over_ports.fill(true);
  return info;
}

}  // namespace

Rig::Rig(const Config& config, const World& world, const Sizes& sizes) : world_(world) {
  if (config.ports.size() != world.ports.size())
    throw std::runtime_error("ports: configuration and world differ");
  for (std::size_t p = 0; p < world.ports.size(); ++p) {
    if (config.ports[p].name != world.ports[p].name)
      throw std::runtime_error("ports: configuration and world differ");
    ports_.push_back(std::make_unique<MemoryPort>(
        info_of(world.ports[p], static_cast<std::uint16_t>(p), config.ports[p].queues), pool));
  }
  const unsigned workers = config.workers.count;
  auto fabric = Fabric::create(workers, static_cast<unsigned>(ports_.size()), "golden");
  if (!fabric) throw std::runtime_error(fabric.error().message());
  fabric_ = std::move(*fabric);
  const auto owners = port_owners(workers);
  for (unsigned w = 0; w < workers; ++w) {
    WorkerSetup setup = setup_of(w, workers, sizes);
    setup.tables.owners = owners;
    workers_.push_back(std::make_unique<Worker>(std::move(setup), *fabric_));
  }
  load(config);
  load(world);
}

Rig::~Rig() {
  workers_.clear();
  fabric_.reset();
}

unsigned Rig::owner(PortId port, QueueId queue, unsigned workers) const {
  unsigned turn = queue.value;
  for (std::size_t p = 0; p < port.index(); ++p) turn += ports_[p]->info().queues;
  return turn % workers;
}

std::shared_ptr<const PortOwners> Rig::port_owners(unsigned workers) const {
  std::vector<PortSpread> spreads;
  for (const auto& port : ports_) {
    const PortInfo& info = port->info();
    PortSpread& spread = spreads.emplace_back(PortSpread{info.name, info.rss, {}});
    for (std::uint16_t q = 0; q < info.queues; ++q)
      spread.workers.emplace_back(static_cast<std::uint8_t>(owner(info.id, QueueId{q}, workers)));
  }
  return std::make_shared<const PortOwners>(choose_port_owners(spreads, workers).owners);
}

WorkerSetup Rig::setup_of(unsigned worker, unsigned workers, const Sizes& sizes) {
  WorkerSetup setup;
  setup.id = WorkerId{static_cast<std::uint8_t>(worker)};
  setup.tables.connections = sizes.connections;
  setup.tables.lip_pairs = sizes.lip_pairs;
  setup.tables.simd = simd;
  setup.tables.shared = &shared_;
  for (std::size_t p = 0; p < ports_.size(); ++p) {
    MemoryPort* port = ports_[p].get();
    TxPath path;
    path.port = port;
    const PortId id = port->info().id;
    path.relay = WorkerId{static_cast<std::uint8_t>(owner(id, QueueId{0}, workers))};
    for (std::uint16_t q = 0; q < port->info().queues; ++q) {
      if (owner(id, QueueId{q}, workers) != worker) continue;
      setup.rx.push_back({port, QueueId{q}});
      if (!path.queue) path.queue = QueueId{q};
    }
    setup.tx.push_back(path);
    setup.port_macs.push_back(port->info().mac);
  }
  return setup;
}

void Rig::load(const Config& config) {
  SlotProbe probe;
  probe.service_in_use = [this](ServiceSlot slot) {
    for (auto& worker : workers_) {
      if (worker->tables().service(slot).active.get() != 0) return true;
    }
    return false;
  };
  probe.dest_in_use = [this](DestSlot slot) {
    for (auto& worker : workers_) {
      if (worker->tables().dest(slot).active.get() != 0) return true;
    }
    return false;
  };
  auto compiled = compiler_.compile(config, probe);
  if (!compiled) throw std::runtime_error(compiled.error().message());
  for (auto& worker : workers_) {
    for (const ServiceSlot slot : compiled->fresh_services) worker->tables().reset(slot);
    for (const DestSlot slot : compiled->fresh_dests) worker->tables().reset(slot);
  }
  const auto snapshot = compiled->snapshot;
  for (const auto& service : snapshot->services) {
    if (!service) continue;
    service_names_[service->slot.value] = service->name;
    for (const Dest& dest : service->dests)
      dest_names_[dest.slot.value] = service->name + "/" + dest.addr.text(dest.port.value);
  }
  fabric_->snapshot.publish(snapshot);
  compiler_.commit(std::move(*compiled));
}

void Rig::load(const World& world) {
  world_ = world;
  const auto fib = fibs_.build(world);
  if (const auto changed = compiler_.set_own_addresses(fib->own_addresses()))
    fabric_->snapshot.publish(changed);
  fabric_->fib.publish(fib);
}

void Rig::inject(PortId port, QueueId queue, const Bytes& frame) {
  HVS_CHECK(ports_[port.index()]->inject(queue, frame));
}

void Rig::turn(unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    for (auto& worker : workers_) worker->turn(now_ms_);
  }
  fabric_->snapshot.reclaim();
  fabric_->fib.reclaim();
}

std::vector<Bytes> Rig::sent(PortId port, QueueId queue) { return ports_[port.index()]->take_sent(queue); }

std::vector<Punted> Rig::punted() {
  std::vector<Punted> out;
  for (std::size_t p = 0; p < ports_.size(); ++p) {
    const PuntRings& rings = fabric_->punt(PortId{static_cast<std::uint16_t>(p)});
    void* frame = nullptr;
    while (rte_ring_dequeue(rings.control, &frame) == 0 || rte_ring_dequeue(rings.request, &frame) == 0 ||
           rte_ring_dequeue(rings.rest, &frame) == 0) {
      auto* mbuf = static_cast<rte_mbuf*>(frame);
      const auto* data = rte_pktmbuf_mtod(mbuf, const std::uint8_t*);
      out.push_back({PortId{mbuf->port}, Bytes(data, data + mbuf->data_len)});
      rte_pktmbuf_free(mbuf);
    }
  }
  return out;
}

std::vector<std::string> Rig::asked() {
  std::vector<std::string> out;
  for (unsigned w = 0; w < workers(); ++w) {
    ResolveRequest request;
    while (fabric_->box(WorkerId{static_cast<std::uint8_t>(w)}).resolve.pop(request))
      out.push_back(std::to_string(request.ifindex) + " " + request.addr.text());
  }
  return out;
}

void Rig::each_counter(const CounterVisit& visit) const {
  for (unsigned w = 0; w < workers(); ++w) {
    const std::string prefix = w == 0 ? "" : "worker" + std::to_string(w) + ".";
    const auto put = [&](std::string_view kind, std::string_view row, std::string_view name,
                         std::uint64_t value) {
      visit({prefix, kind, row, name}, static_cast<std::int64_t>(value));
    };
    const WorkerTables& tables = workers_[w]->tables();
#define HVS_PUT_COUNTER(name, text) put("", "", #name, tables.counters().name.get());
    HVS_WORKER_COUNTERS(HVS_PUT_COUNTER)
#undef HVS_PUT_COUNTER
    for (std::size_t d = 0; d < kDropCount; ++d)
      put("drop.", "", kDropInfo[d].name, tables.counters().drops[d].get());
    put("", "", "connections", tables.connections());
    const auto put_row = [&](std::string_view kind, std::string_view name, const auto& row) {
      put(kind, name, ".connections", row.connections.get());
      put(kind, name, ".active", row.active.get());
      put(kind, name, ".to_dest.packets", row.to_dest.packets.get());
      put(kind, name, ".to_dest.bytes", row.to_dest.bytes.get());
      put(kind, name, ".to_client.packets", row.to_client.packets.get());
      put(kind, name, ".to_client.bytes", row.to_client.bytes.get());
    };
    for (const auto& [slot, name] : service_names_) {
      put_row("service.", name, tables.service(ServiceSlot{slot}));
      put("service.", name, ".drops", tables.service(ServiceSlot{slot}).drops.get());
    }
    for (const auto& [slot, name] : dest_names_) put_row("dest.", name, tables.dest(DestSlot{slot}));
  }
}

CounterMap Rig::counters() const {
  CounterMap out;
  each_counter([&](const CounterName& name, std::int64_t value) { out[text_of(name)] = value; });
  return out;
}

}  // namespace hvs::golden
