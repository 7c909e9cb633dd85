// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/exits/icmp_message.h"
#include "dataplane/exits/token_bucket.h"
#include "dataplane/frame.h"
#include "dataplane/output/output.h"
#include "model/counters.h"

namespace hvs {

/// Frames for the kernel that found the ring of their port and class full.
struct PuntLosses {
  Counter control;
  Counter request;
  Counter rest;
};

/// The ways off the line: each takes the frame.
class Exits {
 public:
  Exits(WorkerId self, Fabric& fabric, Output& output, WorkerCounters& counters);

  /// Counted loss.
  void drop(const Frame& frame, Drop reason);
  /// To the kernel, as if it had not been steered. Exits: drop (punt_control_full,
  /// punt_request_full, punt_full).
  void punt(const Frame& frame);
  /// To the worker that owns the connection. Exits: drop (handoff_full).
  void handoff(const Frame& frame, WorkerId owner);
  /// Sends an ICMP error about the frame to its sender, rate permitting, and drops the frame for `reason`.
  void icmp_error(const Frame& frame, IcmpProblem problem, std::uint16_t mtu, Drop reason, const Fib& fib,
                  std::uint32_t now_ms);
  /// Sends an ICMP error about `offending`, an IP packet within the frame, to its sender, rate permitting.
  /// The frame stays.
  void icmp_error_about(const Frame& frame, std::span<const std::uint8_t> offending, Family family,
                        const IpAddr& source, IcmpProblem problem, std::uint16_t mtu, std::uint32_t now_ms);
  /// Answers a TCP segment that is no reset itself with one, from the one that it was sent to. The frame
  /// stays.
  void tcp_reset(const Frame& frame);
  /// The same for an SCTP packet, with an ABORT.
  void sctp_abort(const Frame& frame);
  /// Tells the sender, rate permitting, that nobody serves it where it sent the frame: TCP by a reset, SCTP
  /// by an ABORT, UDP by port unreachable. Drops the frame for `reason`.
  void reject(const Frame& frame, Drop reason, std::uint32_t now_ms);
  /// The frame was for ourselves, and all was done.
  void done(const Frame& frame);
  [[nodiscard]] const PuntLosses& punt_losses(PortId port) const { return punt_losses_[port.index()]; }
  /// Gives collected handoffs to their workers.
  void flush();

 private:
  struct Outbox {
    std::array<rte_mbuf*, kBurstFrames> frames;
    unsigned count = 0;
  };
  void flush(WorkerId owner);
  template <typename Write>
  bool answer(const Frame& frame, std::uint16_t size, Write&& write);
  /// Whether one more error or reset may be sent. Path MTU discovery has a share of its own.
  [[nodiscard]] bool within_rate(std::uint32_t now_ms) { return others_.take(now_ms); }
  /// Whether the frame's sender may be sent an error about it (RFC 1122, 3.2.2; RFC 4443, 2.4).
  [[nodiscard]] static bool may_be_told(const Frame& frame);

  WorkerId self_;
  Fabric& fabric_;
  Output& output_;
  WorkerCounters& counters_;
  std::vector<Outbox> outboxes_;         // by WorkerId
  std::vector<PuntLosses> punt_losses_;  // by PortId
  TokenBucket too_big_;
  TokenBucket others_;
};

}  // namespace hvs
