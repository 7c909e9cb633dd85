// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/classify/rule.h"
#include "dataplane/classify/vip_memo.h"
#include "dataplane/conn/fragments.h"
#include "dataplane/conn/mapped.h"
#include "dataplane/conn/worker_tables.h"
#include "dataplane/exits/exits.h"
#include "dataplane/fragment_hold.h"
#include "dataplane/frame.h"
#include "dataplane/output/output.h"
#include "dataplane/output/tunnel_paths.h"
#include "dataplane/schedule/scheduler.h"
#include "dataplane/transform/tunnel_quote.h"
#include "model/snapshot.h"

namespace hvs {

class ClientTemplate;
struct Crossing;
class PlaceAtDest;

/// The packet's way, a burst at a time (docs/life-of-a-packet.md). One object per worker.
class Pipeline {
 public:
  Pipeline(WorkerId self, unsigned workers, std::vector<MacAddr> port_macs, WorkerTables& tables,
           Output& output, Exits& exits, const HashSecret& secret);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline();

  /// At the start of a turn: what this turn works with.
  void begin(const Snapshot& snapshot, const Fib& fib, std::uint32_t now_ms);

  /// Walks up to kBurstFrames frames from rx to their end; takes all of them.
  void run(Frame* frames, unsigned count);

  /// Once a turn: later fragments that wait for their first one go on if it has come.
  void serve_held() {
    if (!held_.empty()) serve_fragments();
  }
  [[nodiscard]] bool holds_fragments() const { return !held_.empty(); }

 private:
  struct Sorted;

  // classify. In: frames. Out: frames sorted by what they are. Exits: punt.
  void classify(Frame* frames, unsigned count, Sorted& sorted);
  void classify_any(Frame& frame, unsigned i, Sorted& sorted);
  // conn lookup, schedule, transform, output for TCP and UDP. Exits: drop, punt, handoff, icmp error.
  template <typename F>
  void flows(Frame* frames, FrameList& list);
  // In: frames with their connections. Out: those whose connection did not end with its dest
  // (Service::on_dest_removed); some have none any more. Exits: drop (dest_removed).
  template <typename F>
  void part_from_removed(Frame* frames, FrameList& list);
  template <typename F>
  bool leaves_with_dest(Frame& frame, typename ConnTable<F>::Hit& hit);
  template <typename F>
  void reset_both(Frame& frame, Connection<F>& conn, Direction d);
  // The same for ICMP queries, in mode snat.
  template <typename F>
  void icmp_query(Frame& frame);
  // The same for later fragments, which follow their first one.
  template <typename F>
  void later_fragment(Frame& frame);
  template <typename F>
  bool follow_first(Frame& frame);
  // In: a first fragment that may leave. Those that waited for it follow.
  template <typename F>
  void forward_first_fragment(Frame& frame, Connection<F>& conn, Direction d, const WayOut& way);
  bool follow_first(Frame& frame);
  void hold(const Frame& frame);
  void note_held(const Frame& first);
  void release_held();
  [[nodiscard]] std::uint32_t packet_tag(const Frame& frame);
  void give_up(const Frame& frame);
  void serve_fragments();
  // The same for ICMP errors, which follow the connection that they quote.
  template <typename F>
  void icmp_error(Frame& frame);

  // classify. The steering rule for a flow; the services that flows were for lately are remembered.
  template <typename F>
  SteerMatch match_of(const Frame& frame, const FlowKey<F>& key);
  // schedule. In: a frame without a connection. Out: a new connection, or none when the frame took an exit:
  // drop, punt, handoff.
  template <typename F>
  typename ConnTable<F>::Hit admit(Frame& frame, const FlowKey<F>& key, std::uint64_t hash);
  // The same for a datagram that is placed for itself (Service::one_packet). Most need no connection, and
  // have taken their exit.
  template <typename F>
  typename ConnTable<F>::Hit admit_datagram(Frame& frame, const FlowKey<F>& key, const Service& service);
  template <typename F>
  typename ConnTable<F>::Hit record_datagram(Frame& frame, const Connection<F>& placed, const Dest& dest,
                                             PlaceAtDest& place, ClientTemplate& held);
  void refuse_new(const Frame& frame, const Service& service, Drop reason);
  // The rule of mode snat that a flow from inside fits, as the service that counts it; nullptr: none.
  template <typename F>
  [[nodiscard]] const Service* snat_service(const Frame& frame, const FlowKey<F>& key) const;
  template <typename F>
  [[nodiscard]] const PortId* port_to(const typename F::Addr& addr) const;
  // The same for a frame to `service`, at the worker that the flow belongs to with admit_here().
  template <typename F>
  typename ConnTable<F>::Hit admit_to(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                      const Service& service);
  template <typename F>
  typename ConnTable<F>::Hit admit_here(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                        const Service& service);
  // The same for a frame from a dest; a connection only when an earlier frame of the burst has opened it, or
  // where the dest itself opens one by a rule of mode snat.
  template <typename F>
  typename ConnTable<F>::Hit admit_reply(Frame& frame, const FlowKey<F>& key, std::uint64_t hash,
                                         SteerMatch::What what);
  // In: a burst's keys, looked up. Out: what its new connections of mode nat look for is being fetched.
  template <typename F>
  void foresee_answers(unsigned count);
  // Connections that this burst has opened are found in both directions.
  template <typename F>
  void settle();
  // Out: the frame may go on its way. Exits: icmp error (TTL, MTU), drop (no way out).
  template <typename F>
  bool may_leave(const Frame& frame, Connection<F>& conn, Direction d, WayOut& way);
  // The same through a tunnel. Exits: icmp error (TTL, MTU), drop (no way out, tunnel_no_source,
  // tunnel_no_headroom).
  template <typename F>
  bool may_enter_tunnel(const Frame& frame, Connection<F>& conn, WayOut& way);
  // Either, by the connection's mode.
  template <typename F>
  bool may_go_on(const Frame& frame, Connection<F>& conn, Direction d, WayOut& way) {
    return conn.mode == ForwardingMode::tunnel ? may_enter_tunnel(frame, conn, way)
                                               : may_leave(frame, conn, d, way);
  }
  // transform, output.
  template <typename F>
  void forward(Frame& frame, Connection<F>& conn, Direction d);
  // The same for a frame or a way that is not plain, and for one that cannot go.
  template <typename F>
  void forward_any(Frame& frame, Connection<F>& conn, Direction d);
  template <typename F>
  void pass_on(Frame& frame, Connection<F>& conn, Direction d);  // forward(), for those that are not inlined
  // The same for a plain frame of mode tunnel.
  template <typename F>
  void forward_into_tunnel(Frame& frame, Connection<F>& conn);
  // The same for any frame of modes dr and tunnel.
  template <typename F>
  void forward_one_way(Frame& frame, Connection<F>& conn);
  // What may go on, in modes dr and tunnel: flows, fragments and ICMP errors alike.
  template <typename F>
  void forward_unchanged(Frame& frame, const Connection<F>& conn, const WayOut& way);
  template <typename F>
  void enter_tunnel(Frame& frame, const Connection<F>& conn, const WayOut& way);

  // Mode fullnat to a dest of the other family (pipeline_cross.cc). In: what misses IPv4's table, or has hit
  // such a connection. Exits: drop, punt, icmp error.
  // First all of a burst are looked up together, then each is asked what was found.
  void look_across(unsigned count);
  [[nodiscard]] ConnTable<V6>::Hit hit_across(unsigned i);
  bool cross_flow(Frame& frame, unsigned i);
  // `From`: the frame's family.
  template <typename From>
  void forward_across(Frame& frame, Connection<V6>& conn, Direction d);
  bool follow_across(Frame& frame);
  void error_across(Frame& frame, Connection<V6>& conn, Direction d);
  bool may_cross(const Frame& frame, Connection<V6>& conn, Direction d, WayOut& way);
  bool may_be_translated(const Frame& frame, const Connection<V6>& conn);
  template <typename F>
  void way_of(Connection<F>& conn, Direction d, WayOut& way) {
    const Direction to = opposite(d);  // whose frames come from there
    output_.way_out(conn, d, way, [&] {
      return address_of(conn, d == Direction::to_dest ? conn.dest() : conn.client, to);
    });
  }
  void forward_across_any(Frame& frame, Connection<V6>& conn, Direction d);
  void send_across(Frame& frame, const Crossing& to, const WayOut& way);

  // An ICMP error from the way to a tunnel's end. Exits: punt, handoff.
  void tunnel_error(Frame& frame);
  template <typename F>
  void relay_tunnel_error(const Frame& frame, const TunnelQuote& quote);

  template <typename F>
  bool is_over(const Frame& frame, const Connection<F>& conn, Direction d) const;
  template <typename F>
  void track(const Frame& frame, Connection<F>& conn, Direction d, std::uint16_t l4);
  template <typename F>
  void track_tcp(const Frame& frame, Connection<F>& conn, Direction d, std::uint8_t flags);
  template <typename F>
  void track_tcp_one_way(const Frame& frame, Connection<F>& conn, std::uint8_t flags);
  template <typename F>
  void track_syn(const Frame& frame, Connection<F>& conn, Direction d, std::uint8_t flags);
  template <typename F>
  void step_tcp(const Frame& frame, Connection<F>& conn, Direction d, std::uint8_t flags);
  template <typename F>
  void step_by_fin_mark(const Frame& frame, Connection<F>& conn, Direction d, std::uint8_t flags,
                        TcpState next);
  template <typename F>
  void enter_state(Connection<F>& conn, TcpState next);
  template <typename F>
  bool ends_time_wait(const Frame& frame, const Connection<F>& conn, Direction d, TcpState next) const;
  template <typename F>
  void limit_mss(const Frame& frame, Connection<F>& conn, Direction d);
  template <typename F>
  std::uint16_t most_mss(const MssClamp& clamp, Connection<F>& conn, Direction d, std::uint16_t said);
  void note_mtu();
  // No service has less to say, whatever the way.
  template <typename F>
  [[nodiscard]] unsigned least_mss() const {
    return F::family == Family::ipv4 ? least_mss_v4_ : least_mss_v6_;
  }
  void note_mss();
  template <typename F>
  [[nodiscard]] unsigned mss_of_all() const;
  template <typename F>
  void track_client(Connection<F>& conn);
  template <typename F>
  bool take_answers_back(Connection<F>& conn);
  template <typename F>
  void track_sctp(const Frame& frame, Connection<F>& conn, Direction d);
  // A first fragment; false when it cannot go on. Exits: drop (fragment_sctp,
  // fragment_overlap).
  template <typename F>
  bool may_begin_fragments(const Frame& frame, const Connection<F>& conn, Direction d);
  template <typename F>
  bool begin_fragments(const Frame& frame, Connection<F>& conn, Direction d);
  [[nodiscard]] const IdleLimits& idle_of(ServiceSlot slot) const;
  /// That count() is about to write.
  template <typename F>
  void prefetch_counters(const Connection<F>* conn) {
    if (conn == nullptr) return;
    __builtin_prefetch(&tables_.service(conn->service()), 1);
    __builtin_prefetch(&tables_.dest(conn->dest_slot()), 1);
  }
  template <typename F>
  void count(const Frame& frame, const ServerSide<F>& side, Direction d);
  template <typename F>
  void count(const Frame& frame, const Connection<F>& conn, Direction d) {
    count(frame, conn.side(), d);
  }
  template <typename F>
  bool leave_by_error(const Frame& frame, const Connection<F>& conn, IcmpProblem problem, std::uint16_t mtu,
                      Drop reason);
  template <typename F>
  bool leave_by_drop(const Frame& frame, const Connection<F>& conn, Drop reason);
  void refuse(const Frame& frame);
  void no_such_connection(const Frame& frame);
  [[nodiscard]] WorkerId next_worker() const;
  // The worker that a first fragment's flow belongs to, asked by the last of those that do not know it.
  template <typename F>
  [[nodiscard]] WorkerId home_of(const FlowKey<F>& key);
  /// Of one burst; kept, because clearing it costs more than a small burst.
  template <typename F>
  struct Scratch {
    std::array<FlowKey<F>, kBurstFrames> keys;
    std::array<std::uint64_t, kBurstFrames> hashes;
    std::array<typename ConnTable<F>::Hit, kBurstFrames> hits;
  };
  /// Frames of an IPv4 burst that are in no connection of IPv4, looked up in the IPv6 table.
  struct Across {
    std::uint64_t looked = 0;  // bit i: frame i of the list is among them
    static_assert(kBurstFrames <= 64);
    std::array<std::uint8_t, kBurstFrames> at;  // by frame: its place in `burst`
    Scratch<V6> burst;
  };
  template <typename F>
  VipMemo<F>& vip_memo() {
    if constexpr (F::family == Family::ipv4) {
      return vip_memo_v4_;
    } else {
      return vip_memo_v6_;
    }
  }
  template <typename F>
  Scratch<F>& scratch() {
    if constexpr (F::family == Family::ipv4) {
      return scratch_v4_;
    } else {
      return scratch_v6_;
    }
  }
  template <typename F>
  FragmentTable<F>& fragments() {
    if constexpr (F::family == Family::ipv4) {
      return fragments_v4_;
    } else {
      return fragments_v6_;
    }
  }

  WorkerId self_;
  unsigned workers_;
  std::vector<MacAddr> first_macs_;
  std::span<const MacAddr> port_macs_;  // by PortId
  WorkerTables& tables_;
  Output& output_;
  Exits& exits_;
  TunnelPaths tunnel_paths_;
  std::vector<SchedulerState> schedulers_;  // by ServiceSlot
  FragmentTable<V4> fragments_v4_;
  FragmentTable<V6> fragments_v6_;
  FragmentHold held_;
  std::uint32_t first_tag_ = 0;  // of the first fragment that is about to leave, while others are held
  Scratch<V4> scratch_v4_;
  Scratch<V6> scratch_v6_;
  Across across_;
  VipMemo<V4> vip_memo_v4_;
  VipMemo<V6> vip_memo_v6_;
  IdleLimits default_idle_;
  const Snapshot* snapshot_ = nullptr;
  const Fib* fib_ = nullptr;
  std::uint32_t now_ms_ = 0;
  std::uint32_t fib_generation_ = 0;
  std::uint16_t smallest_mtu_ = 0;
  unsigned least_mss_v4_ = 0;
  unsigned least_mss_v6_ = 0;
  std::uint16_t ipv4_id_;  // of the last packet made of one of IPv6; workers' ids are apart
  bool closed_in_burst_ = false;
  bool many_counters_ = false;
};

}  // namespace hvs
