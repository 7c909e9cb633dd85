// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/churn.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/check.h"

namespace hvs::bench {

namespace {

// The table is swept once in this time, so a record is looked at for expiry half of it too late on average.
constexpr std::uint32_t kSweepMs = 4000;
// Connections end in waves: those that began together lie together. Rounds as long as this level them out.
constexpr std::uint32_t kRoundMs = 3 * kSweepMs;
constexpr std::size_t kMostSegments = SyntheticPort::kMostStreams;

std::uint32_t idle_ms(Life life, const Timeouts& timeouts) {
  const auto ms = [](std::chrono::seconds s) { return static_cast<std::uint32_t>(s.count() * 1000); };
  switch (life) {
    case Life::syn: return ms(timeouts.tcp_syn_sent);
    case Life::tcp:
    case Life::tcp_mixed:
    case Life::tcp_wide: return ms(timeouts.tcp_time_wait);
    case Life::udp: return ms(timeouts.udp_unreplied);
  }
  return 0;
}

/// Of whole lives so many are under way at a time, too many for the L2 cache; where bursts are mixed, so many
/// in all segments together. Of few held ones a share, so that the clock does not leap, and no SYN is
/// forgotten before its answer comes in the next run.
std::uint32_t opened_by_run(Life life, std::uint32_t held, std::size_t segments) {
  switch (life) {
    case Life::tcp: return std::min(65'536U, held / 15);
    case Life::tcp_mixed: return std::min(65'536U, held / 15) / static_cast<std::uint32_t>(segments);
    case Life::tcp_wide: return std::min(250'000U, held / 4);
    case Life::syn:
    case Life::udp: return std::min(262'144U, held / 3);
  }
  return 0;
}

}  // namespace

std::shared_ptr<World> world_for(WorldSpec spec, Life life, std::uint32_t held, rte_mempool* pool) {
  HVS_CHECK(!spec.crosses);  // no case of them yet
  spec.protocol = life == Life::udp ? L4Proto::udp : L4Proto::tcp;
  spec.connections = held * 2;
  return std::make_shared<World>(spec, pool);
}

std::string text_of(Life life) {
  switch (life) {
    case Life::syn: return "new tcp, SYN only";
    case Life::tcp: return "new tcp, 8-packet life";
    case Life::tcp_mixed: return "new tcp, 8-packet life, mixed bursts";
    case Life::tcp_wide: return "new tcp, 8-packet life, 250 k under way";
    case Life::udp: return "new udp, one packet";
  }
  return "?";
}

std::vector<Churn::Segment> Churn::segments_of(Life life, ForwardingMode mode) {
  if (life == Life::syn || life == Life::udp) return {{Direction::to_dest, TcpHdr::kSyn}};
  std::vector<Segment> segments = {{Direction::to_dest, TcpHdr::kSyn},
                                   {Direction::to_client, TcpHdr::kSyn | TcpHdr::kAck},
                                   {Direction::to_dest, TcpHdr::kAck},
                                   {Direction::to_client, TcpHdr::kAck},
                                   {Direction::to_dest, TcpHdr::kFin | TcpHdr::kAck},
                                   {Direction::to_client, TcpHdr::kAck},
                                   {Direction::to_client, TcpHdr::kFin | TcpHdr::kAck},
                                   {Direction::to_dest, TcpHdr::kAck}};
  if (!sees_replies(mode))
    std::erase_if(segments, [](const Segment& s) { return s.direction == Direction::to_client; });
  return segments;
}

Churn::Churn(std::shared_ptr<World> world, Life life, std::uint32_t held, unsigned worker)
    : world_(std::move(world)),
      worker_(worker),
      life_(life),
      held_(held),
      segments_(segments_of(life, world_->spec().mode)),
      opened_(opened_by_run(life, held, segments_.size())),
      run_ms_(static_cast<std::uint32_t>(std::uint64_t{opened_} *
                                         (idle_ms(life, world_->spec().timeouts) + kSweepMs / 2) / held)),
      next_client_(std::uint64_t{worker} << 32) {
  const std::size_t cohorts = segments_.size() == 1 ? 1 : life == Life::tcp_mixed ? segments_.size() : 2;
  const FlowList none(world_->spec().family, world_->spec().protocol);
  cohorts_.assign(cohorts, {none, none});
}

void Churn::prepare() {
  std::rotate(cohorts_.begin(), cohorts_.end() - 1, cohorts_.end());
  Cohort& fresh = cohorts_.front();
  world_->fill_client_flows(fresh.clients, opened_, next_client_);
  next_client_ += opened_;
  fresh.replies.clear();
  fresh.replies.reserve(opened_);
  if (cohorts_.size() == 1) return;
  // What the last run opened lives on, its packets in another order than it was opened in.
  Cohort& last = cohorts_[1];
  last.replies.turn_round();
  last.clients.shuffle(next_client_);
  last.replies.shuffle(~next_client_);
}

const Churn::Cohort& Churn::at_segment(std::size_t segment) const {
  return cohorts_[std::min(segment, cohorts_.size() - 1)];
}

void Churn::run() {
  std::array<Stream, kMostSegments> streams;
  std::array<Stream*, kMostSegments> begun;
  std::size_t count = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Cohort& cohort = at_segment(i);
    if (cohort.clients.size() == 0) continue;  // in the first runs
    streams[count] = {segments_[i].direction == Direction::to_dest ? &cohort.clients : &cohort.replies,
                      segments_[i].flags};
    begun[count] = &streams[count];
    ++count;
  }
  const QueueId queue{static_cast<std::uint16_t>(worker_)};
  if (cohorts_.size() > 1 && sees_replies(world_->spec().mode))
    world_->port().capture_syns(queue, &cohorts_.front().replies);
  if (life_ == Life::tcp_mixed) {
    world_->forward_during(run_ms_, opened_ * count, {begun.data(), count}, worker_);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      world_->forward_during(run_ms_ / packets(), opened_, {&begun[i], 1}, worker_);
      world_->port().capture_syns(queue, nullptr);
    }
  }
  world_->port().capture_syns(queue, nullptr);
}

void Churn::settle() {
  const WorkerTables& tables = world_->worker(worker_).tables();
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
  const WorldSpec& spec = world_->spec();
  const std::string mode = spec.mode == ForwardingMode::fullnat ? "" : mode_of(spec) + ' ';
  Case c{mode + text_of(spec.family) + ' ' + text_of(life_), world_->worker(worker_).tables().connections(),
         std::uint64_t{opened_} * packets(), [this] { run(); }};
  c.prepare = [this] { prepare(); };
  c.calls = (kRoundMs + run_ms_ - 1) / run_ms_;
  return c;
}

}  // namespace hvs::bench
