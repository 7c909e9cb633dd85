// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "base/counter.h"
#include "model/drop.h"
#include "model/ids.h"

// Counters: one writer (the worker that owns the struct), any number of readers. Sums over workers are made
// by the reader. Rows of services and dests are indexed by slot and survive reloads.
namespace hvs {

struct TrafficCounters {
  Counter packets;
  Counter bytes;  // of the frame as received, Ethernet header included, FCS not
};

/// A cache line of its own: every packet writes one.
struct alignas(64) DestCounters {
  Counter connections;  // ever opened
  Counter active;       // in this worker's table now
  Counter busy;         // of these: active for schedulers (Connection::active(), IPVS: ActiveConn)
  TrafficCounters to_dest;
  TrafficCounters to_client;
};

struct alignas(64) ServiceCounters {
  Counter connections;
  Counter active;
  Counter busy;
  TrafficCounters to_dest;
  TrafficCounters to_client;
  Counter drops;  // frames dropped after their service was known
};

/// Every counter that a worker has besides drops and the rows above: declared once; API, metrics and
/// documentation derive from this list.
#define HVS_WORKER_COUNTERS(X)                                                                           \
  X(loops, "turns of the worker's loop")                                                                 \
  X(idle_loops, "turns that found nothing to do")                                                        \
  X(sleeps, "times the worker slept because nothing arrived")                                            \
  X(rx_packets, "frames received from ports")                                                            \
  X(rx_bytes, "bytes received from ports")                                                               \
  X(tx_packets, "frames given to ports")                                                                 \
  X(tx_bytes, "bytes given to ports")                                                                    \
  X(punts, "frames handed to the kernel through a companion")                                            \
  X(handoff_out, "frames handed to the worker that owns their connection")                               \
  X(handoff_in, "frames taken over from other workers")                                                  \
  X(tx_relay_out, "frames given to the worker that owns the transmit queue")                             \
  X(tx_relay_in, "frames transmitted for other workers")                                                 \
  X(icmp_errors_sent, "ICMP errors generated")                                                           \
  X(icmp_errors_relayed, "ICMP errors translated and forwarded")                                         \
  X(icmp_errors_limited, "ICMP errors not generated because of the rate limit")                          \
  X(icmp_errors_tunnel, "ICMP errors about packets of tunnels, taken note of")                           \
  X(tcp_resets_sent, "TCP resets generated")                                                             \
  X(tcp_resets_limited, "TCP resets not generated because of the rate limit")                            \
  X(sctp_aborts_sent, "SCTP ABORTs generated")                                                           \
  X(sctp_aborts_limited, "SCTP ABORTs not generated because of the rate limit")                          \
  X(mss_lowered, "SYN segments whose MSS option was lowered")                                            \
  X(fragments_held, "later fragments that waited for their first one")                                   \
  X(fragments_given_up, "later fragments punted, because the first one did not come or too many waited") \
  X(packets_fragmented, "IPv4 packets without DF cut to what the way takes")                             \
  X(neigh_waits, "frames that waited for a MAC address")                                                 \
  X(connections_opened, "connections created")                                                           \
  X(connections_expired, "connections removed after their idle time")                                    \
  X(connections_evicted,                                                                                 \
    "half-open connections, or closed ones of modes dr and tunnel, removed early because the table was " \
    "full")                                                                                              \
  X(connections_dest_removed, "connections ended because their dest was removed")                        \
  X(templates_evicted, "clients of persistent services forgotten early for others")                      \
  X(templates_full, "connections to persistent services that could not be remembered")                   \
  X(tcp_no_connection, "TCP segments of no connection, punted: the kernel answers")                      \
  X(sctp_no_connection, "SCTP packets of no association, punted: the kernel answers")                    \
  X(icmp_no_connection, "ICMP errors about no known connection, punted: it may be the kernel's")         \
  X(snapshots_seen, "configurations that this worker has switched to")

struct WorkerCounters {
#define HVS_COUNTER_FIELD(name, text) Counter name;
  HVS_WORKER_COUNTERS(HVS_COUNTER_FIELD)
#undef HVS_COUNTER_FIELD
  std::array<Counter, kDropCount> drops;

  void drop(Drop reason) { drops[static_cast<std::size_t>(reason)].inc(); }
  /// The same for a frame of `service`; nullptr: of none.
  void drop(Drop reason, ServiceCounters* service) {
    drop(reason);
    if (service != nullptr) service->drops.inc();
  }
};

}  // namespace hvs
