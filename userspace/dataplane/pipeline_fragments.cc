// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <array>

#include "dataplane/classify/rule.h"
#include "dataplane/pipeline_inline.h"

// Later fragments: they carry no ports, and follow the first one of their packet. One that comes before it
// waits for a moment (docs/adr/0016-fragments-wait-for-the-first.md).

namespace hvs {

namespace {

/// How long a fragment that no worker knows waits, before it goes round once more: NICs and paths reorder
/// within less. After that it may be the kernel's, whose reassembly must not wait long.
constexpr std::array<std::uint32_t, 3> kWaitMs = {1, 4, 16};
/// With one worker there is nobody to go round to.
constexpr std::uint32_t kWaitAloneMs = 21;

}  // namespace

template <typename F>
void Pipeline::later_fragment(Frame& frame) {
  if (frame.parsed.defect != Parsed::Defect::none) return refuse(frame);
  if (follow_first<F>(frame)) return;
  // Another worker may have seen the first one.
  if (frame.hops % workers_ + 1U < workers_) return exits_.handoff(frame, next_worker());
  hold(frame);
}

/// Nobody knows its first fragment, or nobody does yet.
void Pipeline::hold(const Frame& frame) {
  const SteerMatch match =
      steer_rule(frame.bytes(), frame.parsed, snapshot_->steer, port_macs_[frame.port.index()]);
  if (match.what == SteerMatch::What::pass) return exits_.punt(frame);
  const unsigned round = frame.hops / workers_;
  const std::uint32_t until = now_ms_ + (workers_ == 1 ? kWaitAloneMs : kWaitMs[round % kWaitMs.size()]);
  if (round < kWaitMs.size() && held_.add(frame, packet_tag(frame), until)) {
    if (round == 0) tables_.counters().fragments_held.inc();
    return;
  }
  give_up(frame);
}

/// It may be the kernel's, whose addresses VIPs and LIPs are.
void Pipeline::give_up(const Frame& frame) {
  tables_.counters().fragments_given_up.inc();
  exits_.punt(frame);
}

bool Pipeline::follow_first(Frame& frame) {
  return frame.parsed.family == Family::ipv4 ? follow_first<V4>(frame) : follow_first<V6>(frame);
}

std::uint32_t Pipeline::packet_tag(const Frame& frame) {
  return frame.parsed.family == Family::ipv4 ? fragments_v4_.tag(fragment_key<V4>(frame))
                                             : fragments_v6_.tag(fragment_key<V6>(frame));
}

/// Before a first fragment is rewritten: which ones release_held() will let go.
void Pipeline::note_held(const Frame& first) {
  if (HVS_UNLIKELY(!held_.empty())) first_tag_ = packet_tag(first);
}

void Pipeline::release_held() {
  if (held_.empty()) return;
  held_.visit_tagged(first_tag_, [this](Frame& frame) { return follow_first(frame); });
}

/// Another worker may have seen the first fragment meanwhile.
void Pipeline::serve_fragments() {
  held_.visit(now_ms_, [this](Frame& frame, bool due) {
    if (!due) return false;
    if (workers_ > 1 && frame.hops / workers_ + 1U < kWaitMs.size()) {
      exits_.handoff(frame, next_worker());
    } else {
      give_up(frame);
    }
    return true;
  });
  exits_.flush();
}

template void Pipeline::later_fragment<V4>(Frame&);
template void Pipeline::later_fragment<V6>(Frame&);

}  // namespace hvs
