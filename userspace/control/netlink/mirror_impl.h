// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/netlink/dump.h"
#include "control/netlink/fib_builder.h"
#include "control/netlink/mirror.h"
#include "control/netlink/mirror_state.h"
#include "control/netlink/neigh_requests.h"
#include "control/netlink/socket.h"

namespace hvs {

/// The reactor's side of the mirror: when to read, to publish and to dump again. What messages mean is the
/// business of MirrorState, what becomes of them that of FibBuilder.
class Mirror::Impl : public std::enable_shared_from_this<Mirror::Impl> {
 public:
  Impl(boost::asio::io_context& io, std::vector<MirroredPort> ports, OnChange on_change,
       MirrorOptions options);

  Result<void> start();
  void stop();
  void set_ports(std::vector<MirroredPort> ports);
  bool resolve(std::uint32_t ifindex, const IpAddr& addr);
  void keep_alive(std::span<const std::uint64_t> used);
  [[nodiscard]] std::shared_ptr<const Fib> current() const { return current_; }
  [[nodiscard]] MirrorStats stats() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Descriptor = boost::asio::posix::stream_descriptor;

  /// Fires once, at the time of the first arm() since it last fired.
  struct Alarm {
    explicit Alarm(boost::asio::io_context& io) : timer(io) {}
    boost::asio::steady_timer timer;
    bool armed = false;
  };
  void arm(Alarm& alarm, Clock::duration after, void (Impl::*fire)());

  void wait_events();
  bool read_events(std::size_t datagrams);
  void settle();
  void publish(bool with_routes);
  void publish_all() { publish(true); }
  void tell_limitations();

  void start_resync();
  void wait_dump();
  void on_dump();
  void finish_resync();
  void abandon_dump();
  void periodic_resync();
  void free_rows();
  bool use(const NeighKey& key);

  boost::asio::io_context& io_;
  OnChange on_change_;
  MirrorOptions options_;
  bool running_ = false;

  std::optional<netlink::Socket> events_;
  Descriptor events_ready_;
  std::optional<netlink::NeighRequests> requests_;
  std::optional<netlink::Dump> dump_;  // a resync under way
  Descriptor dump_ready_;
  Clock::time_point dump_began_;

  netlink::MirrorState state_;
  netlink::FibBuilder builder_;
  netlink::Changes changes_;  // applied to state_, not yet told to builder_
  std::shared_ptr<const Fib> current_;
  std::set<std::string> told_;
  bool overrun_ = false;  // state_ misses events

  Alarm routes_;  // publish what changed in routes and interfaces
  Alarm resync_;
  Alarm periodic_;
  Alarm rows_;
  Clock::time_point routes_published_;
  Clock::duration route_cost_{};  // of that publication
  Clock::duration dump_cost_{};
  MirrorStats stats_;
};

}  // namespace hvs
