// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>

#include "model/ids.h"
#include "model/names.h"
#include "net/ip_addr.h"

namespace hvs {

/// A connection as it is shown to people: a copy, taken by its worker between two bursts.
struct ConnView {
  WorkerId worker;
  L4Proto protocol = L4Proto::tcp;
  TcpState state = TcpState::none;  // none for UDP
  bool replied = false;             // UDP: the dest has answered
  ForwardingMode mode = ForwardingMode::fullnat;
  ServiceSlot service;
  DestSlot dest_slot;
  IpAddr client, vip, dest;
  L4Port client_port, vip_port, dest_port;
  std::optional<IpAddr> lip;  // nothing where the mode has no local ports
  L4Port lip_port;
  std::uint32_t idle_ms = 0;
  std::uint32_t expires_ms = 0;
  // Of a persistent client, which is listed as such a view: how many connections hold its template. It has no
  // worker, state and port, and the ports of VIP and dest are 0 where clients may come to several.
  std::optional<std::uint32_t> template_of;
};

/// What `hvsctl conns` filters by; an absent field matches everything.
struct ConnFilter {
  std::optional<ServiceSlot> service;
  std::optional<IpAddr> client;
  std::optional<IpAddr> dest;
  std::optional<L4Proto> protocol;
  [[nodiscard]] bool matches(const ConnView& c) const {
    return (!service || *service == c.service) && (!client || *client == c.client) &&
           (!dest || *dest == c.dest) && (!protocol || *protocol == c.protocol);
  }
};

}  // namespace hvs
