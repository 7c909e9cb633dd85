// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/counters.h"

// What the API shows, as plain values. A member is named as its JSON field; times and sizes carry their unit
// in the name. Counters count from the start of the daemon.
namespace hvs {

/// What the steering programs of all ports did with frames that are ours.
struct SteerView {
  std::uint64_t steered_packets = 0;  // to our sockets
  std::uint64_t passed_packets = 0;   // to the kernel, because no socket was there
  std::uint64_t held_packets = 0;     // dropped, because no socket was there and the port's on_down is hold
};

struct StatusView {
  std::string instance;
  std::string version;
  std::uint32_t pid = 0;
  std::uint64_t uptime_s = 0;
  std::string state = "running";  // starting, running, reloading, stopping
  std::uint64_t generation = 0;   // of the configuration; grows with every reload that changed something
  std::string config_file;
  std::uint64_t workers = 0;
  std::uint64_t ports = 0;
  std::uint64_t services = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_max = 0;
  std::string local_ports;  // how they are dealt out to the workers
  std::string bpf_dir;      // where the steering maps are pinned; empty: no port has a steering program
  SteerView unowned;        // frames of no one service: to LIPs, and later fragments
};

struct TrafficView {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/// A row's counters since somebody had them begin anew, else since the start; or the same things per second.
struct FlowView {
  std::uint64_t connections = 0;  // opened
  TrafficView to_dest;
  TrafficView to_client;
};

/// A service, or a rule of mode snat: that has no VIP, port, scheduler and dests.
struct ServiceView {
  std::string name;
  std::string vip;  // the first one
  std::string protocol;
  std::uint16_t port = 0;  // the only one, else 0
  std::string mode;
  std::string scheduler;
  std::string lip_pool;
  std::uint64_t dests = 0;                 // how many
  std::uint64_t active_connections = 0;    // TCP until one side closes, established SCTP, UDP
  std::uint64_t inactive_connections = 0;  // TCP in any other state
  std::uint64_t connections = 0;           // ever opened
  TrafficView to_dest;
  TrafficView to_client;
  std::uint64_t drops = 0;            // after the service was known
  std::uint64_t steered_packets = 0;  // by the steering program, to our sockets
  std::uint64_t passed_packets = 0;   // by the steering program, to the kernel, because no socket was there
  std::uint64_t held_packets = 0;     // dropped by the steering program, because no socket was there
  FlowView since_zero;
  FlowView rate;                  // per second, smoothed over some seconds
  std::vector<std::string> vips;  // all of them
  std::string ports;              // "80", "any", "80,443,8000-8099"
  std::vector<std::string> from;  // networks of a rule
};

struct DestView {
  std::string service;
  std::string address;
  std::uint16_t port = 0;  // 0: the one that the client asked for
  std::string mode;
  std::uint16_t weight = 0;
  std::uint32_t max_conn = 0;  // 0: no bound
  std::uint32_t min_conn = 0;  // a full dest takes connections again below this many
  bool full = false;           // it has reached max_conn, and is not yet below min_conn
  std::uint64_t active_connections = 0;
  std::uint64_t inactive_connections = 0;
  std::uint64_t connections = 0;
  TrafficView to_dest;
  TrafficView to_client;
  FlowView since_zero;
  FlowView rate;
  std::uint64_t persistent_clients = 0;  // that return to it (persistence of the service)
};

struct DropView {
  std::string reason;
  std::string description;
  std::uint64_t packets = 0;
};

struct PortView {
  std::string name;
  std::string device;
  std::string kind;  // PortKind
  std::string xdp;   // XdpMode; empty unless kind is af_xdp
  std::uint64_t queues = 0;
  std::string mac;
  std::uint64_t mtu = 0;
  std::string link;  // up, down, unsteered (af_xdp: its XDP program is not on the device)
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t rx_missed = 0;
  std::uint64_t tx_dropped = 0;
  std::uint64_t punted = 0;             // frames given to the kernel through this port's companion
  std::uint64_t punt_lost = 0;          // frames that the companion did not take
  std::uint64_t punt_full = 0;          // frames that found the queue to the companion full
  std::uint64_t punt_control_full = 0;  // the same for control traffic, which has a queue of its own
  std::uint64_t punt_request_full = 0;  // and for pings and SYNs to ssh and BGP
  std::uint64_t from_kernel = 0;        // native: frames of the kernel's, sent out of the NIC
  std::uint64_t from_kernel_lost = 0;   // of those, not sent: the workers were behind
  std::string companion;                // native: the netdev that the kernel knows the port by
  std::string companion_by;             // native: how frames get there: vhost-net or tap
  std::vector<std::string> offloads;    // native: what the NIC does besides: rss, rx_ipv4_checksum
  std::string waits;  // native: what ends the sleep of an idle worker: interrupt, timer, or nothing (busy)
  std::vector<std::pair<std::string, std::uint64_t>> xstats;  // native: the driver's own counters
};

struct WorkerView {
  std::uint64_t id = 0;
  std::uint64_t cpu = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_max = 0;
  bool vectors = false;
#define HVS_WORKER_VIEW_FIELD(name, text) std::uint64_t name = 0;
  HVS_WORKER_COUNTERS(HVS_WORKER_VIEW_FIELD)
#undef HVS_WORKER_VIEW_FIELD

  /// Copies every counter of the list.
  void take(const WorkerCounters& counters) {
#define HVS_WORKER_VIEW_TAKE(name, text) name = counters.name.get();
    HVS_WORKER_COUNTERS(HVS_WORKER_VIEW_TAKE)
#undef HVS_WORKER_VIEW_TAKE
  }
};

// Changes of the configuration are lines for people, one a change.

struct ReloadView {
  std::uint64_t generation = 0;       // now in force
  std::vector<std::string> changes;   // but for what only takes edits back
  std::vector<std::string> undone;    // edits since the file was read that are gone now
  std::vector<std::string> warnings;  // it is in force, but may not do what is wanted
};

/// What a reload would do.
struct DiffView {
  std::vector<std::string> changes;
  std::vector<std::string> undone;
  bool reloadable = true;  // false: a change needs a restart, and a reload would be refused
};

struct EditView {
  std::uint64_t generation = 0;
  std::vector<std::string> changes;
  std::vector<std::string> warnings;  // it is in force, but may not do what is wanted
};

}  // namespace hvs
