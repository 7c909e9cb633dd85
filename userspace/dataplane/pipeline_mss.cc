// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "dataplane/conn/mapped.h"
#include "dataplane/pipeline.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/mss.h"

// The MSS option of SYN and SYN-ACK: what each side lets the other send, kept to what the ways out take, so
// that no path MTU has to be discovered first.

namespace hvs {

namespace {

constexpr unsigned headers_of(Family family) {
  return family == Family::ipv4 ? kMssHeaders<V4> : kMssHeaders<V6>;
}

/// Of all ways out. Most networks have one MTU, and then no connection's ways need to be asked.
std::uint16_t smallest_mtu(const Fib& fib) {
  std::uint16_t least = fib.routes ? fib.routes->least_mtu() : 0xffff;
  for (const EgressInterface& interface : fib.interfaces)
    least = std::min({least, interface.mtu_for(Family::ipv4), interface.mtu_for(Family::ipv6)});
  return least;
}

}  // namespace

void Pipeline::note_mtu() { smallest_mtu_ = smallest_mtu(*fib_); }

template <typename F>
unsigned Pipeline::mss_of_all() const {
  constexpr unsigned kHeaders = kMssHeaders<F>;
  return smallest_mtu_ <= kHeaders ? 0 : std::min<unsigned>(smallest_mtu_ - kHeaders, snapshot_->least_mss);
}
void Pipeline::note_mss() {
  least_mss_v4_ = mss_of_all<V4>();
  least_mss_v6_ = mss_of_all<V6>();
}

/// What the option of a SYN in direction `d` may say; 0: anything.
template <typename F>
std::uint16_t Pipeline::most_mss(const MssClamp& clamp, Connection<F>& conn, Direction d,
                                 std::uint16_t said) {
  if (!clamp.automatic) return clamp.most;
  // Where answers pass us by, our ways are not theirs.
  if (!sees_replies(conn.mode) || said + kMssHeaders<F> <= smallest_mtu_) return 0;
  unsigned most = 0xffff;
  for (const Direction way : {d, opposite(d)}) {
    WayOut out;
    way_of(conn, way, out);
    const unsigned headers = headers_of(arrives_as(conn, opposite(way)));  // as it leaves
    if (out.exists()) most = std::min(most, std::max<unsigned>(out.mtu, headers + 1) - headers);
  }
  return static_cast<std::uint16_t>(most);
}

template <typename F>
void Pipeline::limit_mss(const Frame& frame, Connection<F>& conn, Direction d) {
  const Service* service = snapshot_->service(conn.service());
  if (service == nullptr || (!service->mss.automatic && service->mss.most == 0)) return;
  const MssOption option = find_mss(frame.data, frame.parsed);
  if (option.at == 0) return;
  const std::uint16_t most = most_mss(service->mss, conn, d, option.value);
  if (most == 0 || option.value <= most) return;
  set_mss(frame.data, frame.parsed, option, most);
  tables_.counters().mss_lowered.inc();
}

template void Pipeline::limit_mss<V4>(const Frame&, Connection<V4>&, Direction);
template void Pipeline::limit_mss<V6>(const Frame&, Connection<V6>&, Direction);

}  // namespace hvs
