// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/churn.h"

#include <chrono>

#include "base/check.h"

namespace hvs::bench {

namespace {

// The table is swept once in this time, so a record is looked at for expiry half of it too late on average.
constexpr std::uint32_t kSweepMs = 4000;
// Connections end in waves: those that began together lie together. Rounds as long as this level them out.
constexpr std::uint32_t kRoundMs = 3 * kSweepMs;

std::uint32_t idle_ms(Life life, const Timeouts& timeouts) {
  const auto ms = [](std::chrono::seconds s) { return static_cast<std::uint32_t>(s.count() * 1000); };
  switch (life) {
    case Life::syn: return ms(timeouts.tcp_syn_sent);
    case Life::tcp: return ms(timeouts.tcp_time_wait);
    case Life::udp: return ms(timeouts.udp_unreplied);
  }
  return 0;
}

WorldSpec with_room(WorldSpec spec, Life life, std::uint32_t held) {
  spec.protocol = life == Life::udp ? L4Proto::udp : L4Proto::tcp;
  spec.connections = held * 2;
  return spec;
}

}  // namespace

std::string text_of(Life life) {
  switch (life) {
    case Life::syn: return "new tcp, SYN only";
    case Life::tcp: return "new tcp, 8-packet life";
    case Life::udp: return "new udp, one packet";
  }
  return "?";
}

Churn::Churn(WorldSpec spec, Life life, std::uint32_t held, rte_mempool* pool)
    : life_(life),
      opened_(opened_by_run(life, held)),
      held_(held),
      run_ms_(static_cast<std::uint32_t>(opened_ * (idle_ms(life, spec.timeouts) + kSweepMs / 2) / held)),
      world_(with_room(std::move(spec), life, held), pool),
      fresh_(world_.spec().family, world_.spec().protocol),
      sent_(fresh_),
      clients_(fresh_),
      replies_(fresh_) {}

void Churn::prepare() {
  // What the last run opened lives on in this one, its packets in another order than it was opened in.
  std::swap(clients_, fresh_);
  std::swap(replies_, sent_);
  replies_.turn_round();
  world_.fill_client_flows(fresh_, opened_, next_client_);
  next_client_ += opened_;
  if (life_ != Life::tcp) return;
  sent_.clear();
  sent_.reserve(opened_);
  clients_.shuffle(next_client_);
  replies_.shuffle(~next_client_);
}

void Churn::run() {
  const QueueId queue{0};
  Stream open{&fresh_, TcpHdr::kSyn, 0};
  if (life_ == Life::tcp) world_.port().capture(queue, &sent_);
  world_.forward_during(run_ms_ / packets_of(life_), opened_, open);
  world_.port().capture(queue, nullptr);
  if (life_ == Life::tcp && clients_.size() != 0) live();
}

/// The seven packets after the SYN.
void Churn::live() {
  struct Segment {
    const FlowList* flows;
    std::uint8_t flags;
  };
  const Segment segments[] = {{&replies_, TcpHdr::kSyn | TcpHdr::kAck},
                              {&clients_, TcpHdr::kAck},
                              {&replies_, TcpHdr::kAck},
                              {&clients_, TcpHdr::kFin | TcpHdr::kAck},
                              {&replies_, TcpHdr::kAck},
                              {&replies_, TcpHdr::kFin | TcpHdr::kAck},
                              {&clients_, TcpHdr::kAck}};
  for (const Segment& segment : segments) {
    Stream stream{segment.flows, segment.flags, 0};
    world_.forward_during(run_ms_ / 8, opened_, stream);
  }
}

void Churn::settle() {
  const WorkerTables& tables = world_.worker().tables();
  // Three times what a connection may last: the first ones are gone, and so are those that took their places.
  for (std::uint64_t opened = 0; opened < 3 * std::uint64_t{held_}; opened += opened_) {
    prepare();
    run();
  }
  HVS_CHECK(tables.connections() > held_ / 2 && tables.connections() < held_ * 2 - opened_);
  HVS_CHECK(tables.counters().connections_expired.get() > held_ / 2);
  HVS_CHECK(tables.counters().connections_evicted.get() == 0);
}

Case Churn::measured() {
  Case c{text_of(world_.spec().family) + ' ' + text_of(life_), world_.worker().tables().connections(),
         opened_ * packets_of(life_), [this] { run(); }};
  c.prepare = [this] { prepare(); };
  c.calls = (kRoundMs + run_ms_ - 1) / run_ms_;
  return c;
}

}  // namespace hvs::bench
