// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/lip_warning.h"

#include <algorithm>

#include "model/message_id.h"

namespace hvs {

namespace {

constexpr unsigned kMaxNamed = 5;

std::string dest_name(const Service& service, DestSlot slot) {
  if (service.mode == ForwardingMode::snat) return "a host outside";
  const auto found = std::find_if(service.dests.begin(), service.dests.end(),
                                  [&](const Dest& dest) { return dest.slot == slot; });
  if (found == service.dests.end()) return "a dest that is gone";
  return found->port.value == 0 ? found->addr.text()
                                : endpoint_text(found->addr, std::to_string(found->port.value));
}

}  // namespace

Error lip_warning(std::uint64_t frames, unsigned seconds, const std::set<WithoutPort>& who,
                  const Snapshot& snapshot) {
  std::string names;
  unsigned named = 0;
  for (const WithoutPort& one : who) {
    const Service* service = snapshot.service(one.service);
    if (service == nullptr || !service->lips) continue;
    if (named++ == kMaxNamed) break;
    names += (names.empty() ? ", such as in pool " : "; in pool ") + service->lips->name + " towards " +
             dest_name(*service, one.dest) + " (" + service->name + ")";
  }
  return message(
      MessageId::lip_ports_full, "lip_pools",
      "in " + std::to_string(seconds) + " s " + std::to_string(frames) +
          " frame(s) of new connections found no free local port" + names,
      "Give the pool more addresses or ports; each worker has a share of them, and `hvsctl workers` "
      "shows whether all have connections");
}

}  // namespace hvs
