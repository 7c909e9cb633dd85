// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "model/fib.h"

namespace boost::asio {
class io_context;
}

// The kernel owns layers 2 and 3; this is how we learn what it decided (docs/adr/0005).
namespace hvs {

/// A port of ours and the netdev that stands for it: its own (af_xdp) or its companion (native).
inline constexpr std::uint16_t kAnyMtu = 0xffff;
struct MirroredPort {
  PortId id;
  std::uint32_t ifindex = 0;
  std::uint16_t max_mtu = kAnyMtu;  // what its packet buffers hold, whatever the netdev's MTU becomes
};

struct MirrorOptions {
  std::size_t receive_buffer = 8_MiB;                // of the event socket; overrun means a full resync
  std::chrono::milliseconds route_delay{5};          // bulk route changes are published together
  std::chrono::milliseconds resync_delay{200};       // after an event that changes routes silently
  std::chrono::seconds resync_interval{60};          // the safety net: dump, compare, log what differed
  std::size_t max_rows = 65536;                      // of Fib::adjacencies
  std::chrono::seconds row_grace{120};               // a neighbour gone for so long gives its row back
  std::chrono::milliseconds resolve_interval{1000};  // between two requests for the same address
};

struct MirrorStats {
  std::uint64_t messages = 0;      // rtnetlink messages taken in, dumps included
  std::uint64_t publications = 0;  // calls of on_change
  std::uint64_t overruns = 0;      // the kernel had no room in our socket: a resync followed
  std::uint64_t resyncs = 0;       // full dumps after the first
  std::uint64_t differences = 0;   // resyncs that found the mirror wrong
  std::uint64_t resolves = 0;      // requests to resolve or to confirm a neighbour
  std::uint64_t resolve_limited = 0;
  std::uint64_t resolve_errors = 0;
  std::size_t routes = 0;  // in the table published last
  std::size_t rows = 0;    // adjacency rows, resolved or not
};

/// Mirrors links, addresses, routes, rules and neighbours of the calling process's network namespace,
/// both families, and publishes them as immutable Fibs. Not thread safe: construct, call and destroy it on
/// the thread that runs `io`.
class Mirror {
 public:
  using OnChange = std::function<void(std::shared_ptr<const Fib>)>;

  Mirror(boost::asio::io_context& io, std::vector<MirroredPort> ports, OnChange on_change,
         MirrorOptions options = {});
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  /// Subscribes, dumps and calls on_change once, synchronously; later changes come from the reactor: those
  /// of one read together, neighbours at once, routes after `route_delay`.
  Result<void> start();
  /// Ends all activity, so that `io` can run out of work. The destructor does the same.
  void stop();
  /// Other ports than before (a reload); publishes if that changes anything.
  void set_ports(std::vector<MirroredPort> ports);

  /// Asks the kernel to resolve a neighbour on one of our interfaces (NextHop::Kind::unknown_neigh or an
  /// unresolved row); the answer arrives as a Fib. False: not asked, because of the rate limit, because the
  /// neighbour is resolved or because the kernel refused.
  bool resolve(std::uint32_t ifindex, const IpAddr& addr);
  /// Bit i of word i/64 set: AdjIndex i carried traffic since the last call. The kernel does not see that
  /// traffic, so those neighbours are confirmed on our behalf before they go stale for good, and looked for
  /// again when they failed. Call it every few seconds.
  void keep_alive(std::span<const std::uint64_t> used);

  [[nodiscard]] std::shared_ptr<const Fib> current() const;
  [[nodiscard]] MirrorStats stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hvs
