// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/compile/compiler.h"
#include "dataplane/worker.h"
#include "model/config.h"
#include "runtime/fabric.h"
#include "tests/bench/synthetic_port.h"

namespace hvs::bench {

struct WorldSpec {
  ForwardingMode mode = ForwardingMode::fullnat;
  Family family = Family::ipv4;
  bool crosses = false;  // full NAT to dests of the other family
  L4Proto protocol = L4Proto::udp;
  unsigned services = 1;
  unsigned lips = 16;
  unsigned dests = 16;               // of each service; all services name the same addresses
  std::uint32_t connections = 1024;  // most that a worker can hold
  unsigned workers = 1;              // worker w has queue w
  Timeouts timeouts{};
  SchedulerKind scheduler = SchedulerKind::rr;
};

std::string text_of(Family family);          // "v4"
std::string mode_of(const WorldSpec& spec);  // "fullnat"; "nat64" and "nat46" of those that cross
std::string text_of(const WorldSpec& spec);  // "fullnat tcp v4"

/// A whole balancer without NIC and kernel: workers, one synthetic port with a queue for each, services whose
/// dests' neighbours are known, and for each worker a clock that goes on only when told to.
class World {
 public:
  World(const WorldSpec& spec, rte_mempool* pool);

  /// Flows of clients number `first` and up, dealt out to the services in turn. No two numbers share a flow.
  [[nodiscard]] FlowList client_flows(std::uint64_t count, std::uint64_t first = 0) const;
  void fill_client_flows(FlowList& flows, std::uint64_t count, std::uint64_t first) const;

  /// Opens a connection for every flow, until TCP is established and UDP assured.
  void establish(const FlowList& clients, unsigned worker = 0);
  /// What the dests would send, one flow per connection in the worker's table, in the table's order.
  [[nodiscard]] FlowList reply_flows(unsigned worker = 0);

  /// Forwards `frames` frames of a stream, or of two in turn, and checks that every one was sent.
  void forward(std::uint64_t frames, Stream& first, Stream* second = nullptr, unsigned worker = 0);
  /// As forward(), of streams in turn, while the clock goes on by `ms` in all.
  void forward_during(std::uint32_t ms, std::uint64_t frames, std::span<Stream* const> streams,
                      unsigned worker = 0);
  /// Turns without frames while the clock goes on.
  void idle(std::uint32_t ms, unsigned worker = 0);

  /// One turn at a later time.
  bool turn(std::uint32_t now_ms, unsigned worker = 0);
  /// What a reload does: the configuration, with a weight changed and of several services one gone or come
  /// back, is compiled, published, and the one before it freed when no worker has it any more. From one
  /// thread, beside the workers.
  void reload();
  /// No service is gone.
  [[nodiscard]] bool whole() const { return !gone_; }
  /// The first part of that alone.
  void compile();

  [[nodiscard]] const WorldSpec& spec() const { return spec_; }
  [[nodiscard]] std::uint32_t now_ms(unsigned worker = 0) const { return clocks_[worker].now_ms; }
  [[nodiscard]] SyntheticPort& port() { return port_; }
  [[nodiscard]] Worker& worker(unsigned worker = 0) { return *workers_[worker]; }
  [[nodiscard]] Fabric& fabric() { return *fabric_; }

 private:
  void publish();

  WorldSpec spec_;
  SyntheticPort port_;
  std::unique_ptr<Fabric> fabric_;
  SharedTables shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Config config_;
  std::optional<ServiceConfig> gone_;  // by the last reload
  SnapshotCompiler compiler_;
  struct alignas(64) Clock {
    std::uint32_t now_ms = 1000;
  };
  std::vector<Clock> clocks_;  // one for each worker, since they may be on two CPUs
};

/// Flags of the frames of an established connection (UDP has none).
inline constexpr std::uint8_t kEstablished = TcpHdr::kAck;

}  // namespace hvs::bench
