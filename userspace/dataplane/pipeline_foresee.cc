// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <array>

#include "dataplane/pipeline.h"

// Mode nat: a new connection's first frame goes on when it is known that no other connection has the key of
// the dest's answers. Asked one by one, each would wait for its bucket.

namespace hvs {

/// Has the buckets fetched in which open_connection() will look for the answers of a burst's new connections.
/// Which dests they will go to is foreseen; where that turns out wrong, nothing but the fetch is lost.
template <typename F>
void Pipeline::foresee_answers(unsigned count) {
  auto& table = tables_.conns<F>();
  const auto& [keys, hashes, hits] = scratch<F>();
  // Where the schedulers of few services will stand; others of a burst are foreseen to stand where they do.
  struct Ahead {
    const Service* service = nullptr;
    SchedulerState state;
  };
  std::array<Ahead, 8> places;
  for (unsigned i = 0; i < count; ++i) {
    const FlowKey<F>& key = keys[i];
    if (hits[i].conn != nullptr) continue;
    const auto& known = vip_memo<F>().row(key);
    if (!known.is(key, snapshot_->generation)) continue;
    const Service* service = snapshot_->service(known.service);
    if (service == nullptr || !service->has_nat_dests || service->persistence) continue;
    Ahead& ahead = places[service->slot.index() % places.size()];
    if (ahead.service != service) ahead = {service, schedulers_[service->slot.index()]};
    const NewFlow asks{F::to_ip(key.src), L4Port{Be16::from_raw(key.src_port).host()}, F::to_ip(key.dst)};
    const Dest* dest = foresee(*service, ahead.state, {asks, tables_.shared(), now_ms_});
    if (dest == nullptr || dest->mode != ForwardingMode::nat || dest->addr.family != F::family) continue;
    const std::uint16_t port = dest->port.value == 0 ? key.dst_port : Be16{dest->port.value}.raw();
    table.prefetch(table.hash({F::from(dest->addr), key.src, port, key.src_port, key.protocol}));
  }
}

template void Pipeline::foresee_answers<V4>(unsigned);
template void Pipeline::foresee_answers<V6>(unsigned);

}  // namespace hvs
