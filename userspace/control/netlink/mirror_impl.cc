// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/mirror_impl.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hvs {

namespace {

constexpr std::array<unsigned, 10> kGroups = {
    RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,  RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE,   RTNLGRP_IPV6_IFINFO, RTNLGRP_NEXTHOP};
// Datagrams of one turn of the reactor: what came together is published together, and others get their turn.
constexpr std::size_t kEventsPerTurn = 1024;
constexpr std::size_t kDumpPerTurn = 32;
constexpr std::size_t kDrain = 1U << 20;
// Publishing costs what the table is big, so a stream of changes to a big one is published less often: at
// most this part of the time goes into it.
constexpr int kRouteCostFactor = 4;
constexpr int kDumpCostFactor = 50;
constexpr std::chrono::seconds kRetry{1};

}  // namespace

Mirror::Impl::Impl(boost::asio::io_context& io, std::vector<MirroredPort> ports, OnChange on_change,
                   MirrorOptions options)
    : io_(io),
      on_change_(std::move(on_change)),
      options_(options),
      events_ready_(io),
      dump_ready_(io),
      builder_(std::move(ports), options.max_rows),
      routes_(io),
      resync_(io),
      periodic_(io),
      rows_(io) {}

Result<void> Mirror::Impl::start() {
  auto events = netlink::Socket::open(kGroups, options_.receive_buffer);
  if (!events) return events.error();
  auto requests = netlink::NeighRequests::open(options_.resolve_interval);
  if (!requests) return requests.error();
  auto dump = netlink::Dump::open();
  if (!dump) return dump.error();
  events_.emplace(std::move(events).value());
  requests_.emplace(std::move(requests).value());
  const auto began = Clock::now();
  if (auto done = dump->run(); !done) return done.error();
  stats_.messages += dump->messages();
  state_ = dump->finish();
  dump_cost_ = Clock::now() - began;
  builder_.note_all();
  running_ = true;
  read_events(kDrain);
  events_ready_.assign(events_->fd());
  settle();
  publish_all();
  wait_events();
  arm(periodic_, std::max<Clock::duration>(options_.resync_interval, kDumpCostFactor * dump_cost_),
      &Impl::periodic_resync);
  arm(rows_, options_.row_grace / 2, &Impl::free_rows);
  return {};
}

void Mirror::Impl::stop() {
  if (!running_) return;
  running_ = false;
  abandon_dump();
  events_ready_.release();  // the socket stays libnl's to close
  for (Alarm* alarm : {&routes_, &resync_, &periodic_, &rows_}) alarm->timer.cancel();
  events_.reset();
  requests_.reset();
}

void Mirror::Impl::arm(Alarm& alarm, Clock::duration after, void (Impl::*fire)()) {
  if (alarm.armed) return;
  alarm.armed = true;
  alarm.timer.expires_after(after);
  alarm.timer.async_wait([self = shared_from_this(), &alarm, fire](const boost::system::error_code& error) {
    alarm.armed = false;
    if (!error && self->running_) (self.get()->*fire)();
  });
}

void Mirror::Impl::wait_events() {
  events_ready_.async_wait(Descriptor::wait_read,
                           [self = shared_from_this()](const boost::system::error_code& e) {
                             if (e || !self->running_) return;
                             self->read_events(kEventsPerTurn);
                             self->settle();
                             self->wait_events();
                           });
}

/// True: read to the end.
bool Mirror::Impl::read_events(std::size_t datagrams) {
  const auto take = [this](nlmsghdr* message) {
    ++stats_.messages;
    state_.apply(message, netlink::MirrorState::Origin::event, changes_);
    if (dump_) dump_->later(message);
  };
  for (std::size_t i = 0; i < datagrams; ++i) {
    switch (events_->read(take)) {
      case netlink::Socket::Read::data: break;
      case netlink::Socket::Read::empty: return true;
      case netlink::Socket::Read::failed:  // not known to happen; whatever it was, a dump mends it
      case netlink::Socket::Read::overrun:
        ++stats_.overruns;
        overrun_ = true;
        return false;
    }
  }
  return false;
}

/// After a batch of events: what is published now, what later, what must be read again.
void Mirror::Impl::settle() {
  const bool verify = std::exchange(changes_.verify, false);
  builder_.note(changes_, state_, Clock::now());
  changes_ = {};
  if (verify || overrun_) {
    // Not at once when the last dump began a moment ago: a storm of events would let none come to its end.
    const bool calm = Clock::now() - dump_began_ >= options_.resync_delay;
    arm(resync_, overrun_ && calm ? Clock::duration{} : options_.resync_delay, &Impl::start_resync);
  }
  if (!current_) return;  // start() publishes the first
  if (builder_.routes_stale()) {
    const auto rested = Clock::now() - routes_published_;
    arm(routes_, std::max<Clock::duration>(options_.route_delay, kRouteCostFactor * route_cost_ - rested),
        &Impl::publish_all);
  }
  publish(false);
}

void Mirror::Impl::publish(bool with_routes) {
  const auto began = Clock::now();
  auto fib = builder_.build(state_, with_routes, began);
  if (with_routes) {
    routes_published_ = Clock::now();
    route_cost_ = routes_published_ - began;
  }
  tell_limitations();
  if (!fib) return;
  current_ = std::move(fib);
  ++stats_.publications;
  on_change_(current_);
}

void Mirror::Impl::tell_limitations() {
  for (const std::string& text : state_.limitations()) {
    if (told_.insert(text).second) spdlog::warn("netlink: {}", text);
  }
  for (const std::string& text : builder_.limitations(state_)) {
    if (told_.insert(text).second) spdlog::warn("netlink: {}", text);
  }
}

void Mirror::Impl::set_ports(std::vector<MirroredPort> ports) {
  builder_.set_ports(std::move(ports));
  if (running_) publish_all();
}

void Mirror::Impl::abandon_dump() {
  if (!dump_) return;
  dump_ready_.release();
  dump_.reset();
}

void Mirror::Impl::periodic_resync() {
  start_resync();
  arm(periodic_, std::max<Clock::duration>(options_.resync_interval, kDumpCostFactor * dump_cost_),
      &Impl::periodic_resync);
}

/// A dump from now on. One under way is of no use after an overrun: events are missing on top of it.
void Mirror::Impl::start_resync() {
  if (dump_ && !overrun_) return;
  abandon_dump();
  auto dump = netlink::Dump::open();
  if (!dump || dump->start() == netlink::Dump::Status::failed) {
    spdlog::warn("netlink: {}", dump ? dump->error().message() : dump.error().message());
    arm(resync_, kRetry, &Impl::start_resync);
    return;
  }
  overrun_ = false;
  dump_.emplace(std::move(dump).value());
  dump_began_ = Clock::now();
  dump_ready_.assign(dump_->fd());
  wait_dump();
}

void Mirror::Impl::wait_dump() {
  dump_ready_.async_wait(Descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& e) {
                           if (!e && self->running_ && self->dump_) self->on_dump();
                         });
}

void Mirror::Impl::on_dump() {
  switch (dump_->step(kDumpPerTurn)) {
    case netlink::Dump::Status::running: wait_dump(); return;
    case netlink::Dump::Status::failed:
      spdlog::warn("netlink: {}", dump_->error().message());
      abandon_dump();
      arm(resync_, kRetry, &Impl::start_resync);
      return;
    case netlink::Dump::Status::done: finish_resync(); return;
  }
}

void Mirror::Impl::finish_resync() {
  // Both states must know the same events before they are compared.
  if (!read_events(kDrain)) overrun_ = true;
  if (overrun_) {
    abandon_dump();
    settle();
    return;
  }
  builder_.note(changes_, state_, Clock::now());
  const bool verify = changes_.verify;
  changes_ = {};
  stats_.messages += dump_->messages();
  ++stats_.resyncs;
  dump_cost_ = Clock::now() - dump_began_;
  netlink::MirrorState fresh = dump_->finish();
  abandon_dump();
  const std::string differs = difference(state_, fresh);
  if (!differs.empty()) {
    ++stats_.differences;
    spdlog::info("netlink: the mirror differed from the kernel in {}: corrected", differs);
  }
  state_ = std::move(fresh);
  if (!differs.empty()) builder_.note_all();
  if (verify) arm(resync_, options_.resync_delay, &Impl::start_resync);
  publish_all();
}

void Mirror::Impl::free_rows() {
  builder_.free_rows(Clock::now() - options_.row_grace);
  publish(false);
  arm(rows_, options_.row_grace / 2, &Impl::free_rows);
}

bool Mirror::Impl::use(const NeighKey& key) {
  switch (requests_->use(key, Clock::now())) {
    case netlink::NeighRequests::Answer::asked: ++stats_.resolves; return true;
    case netlink::NeighRequests::Answer::limited: ++stats_.resolve_limited; return false;
    case netlink::NeighRequests::Answer::refused: ++stats_.resolve_errors; return false;
  }
  return false;
}

bool Mirror::Impl::resolve(std::uint32_t ifindex, const IpAddr& addr) {
  if (!running_ || builder_.interface_of(ifindex) == nullptr) return false;
  const NeighKey key{ifindex, addr};
  const auto known = state_.neighbours().find(key);
  if (known != state_.neighbours().end() && known->second.resolved()) return false;
  return use(key);
}

void Mirror::Impl::keep_alive(std::span<const std::uint64_t> used) {
  if (!running_) return;
  for (std::size_t word = 0; word < used.size(); ++word) {
    for (std::uint64_t bits = used[word]; bits != 0; bits &= bits - 1) {
      const auto row = static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
      const NeighKey* key = builder_.adjacencies().owner(AdjIndex{row});
      if (key == nullptr || builder_.interface_of(key->ifindex) == nullptr) continue;
      const auto known = state_.neighbours().find(*key);
      const bool gone = known == state_.neighbours().end();
      // Those that were confirmed lately need nothing; NTF_USE on a permanent one would make it ordinary.
      if (gone || (known->second.state & (NUD_STALE | NUD_FAILED)) != 0) use(*key);
    }
  }
}

MirrorStats Mirror::Impl::stats() const {
  MirrorStats out = stats_;
  if (current_) out.routes = current_->routes->routes().size();
  out.rows = builder_.adjacencies().index().size();
  return out;
}

}  // namespace hvs
