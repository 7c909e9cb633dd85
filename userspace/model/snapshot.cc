// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/snapshot.h"

#include <algorithm>

namespace hvs {

IdleLimits idle_limits(const Timeouts& t) {
  const auto ms = [](std::chrono::seconds s) { return static_cast<std::uint32_t>(s.count() * 1000); };
  IdleLimits out;
  const auto set = [&](TcpState state, std::chrono::seconds s) {
    out.tcp[static_cast<std::size_t>(state)] = ms(s);
  };
  set(TcpState::none, t.tcp_syn_sent);
  set(TcpState::syn_sent, t.tcp_syn_sent);
  set(TcpState::syn_recv, t.tcp_syn_recv);
  set(TcpState::established, t.tcp_established);
  set(TcpState::fin_wait, t.tcp_fin_wait);
  set(TcpState::time_wait, t.tcp_time_wait);
  set(TcpState::close_wait, t.tcp_close_wait);
  set(TcpState::last_ack, t.tcp_last_ack);
  set(TcpState::close, t.tcp_close);
  for (std::uint32_t& limit : out.sctp) limit = ms(t.sctp_shutdown);
  const auto set_sctp = [&](TcpState state, std::chrono::seconds s) {
    out.sctp[static_cast<std::size_t>(state)] = ms(s);
  };
  set_sctp(TcpState::none, t.sctp_init);
  set_sctp(TcpState::syn_sent, t.sctp_init);
  set_sctp(TcpState::syn_recv, t.sctp_init);
  set_sctp(TcpState::established, t.sctp_established);
  set_sctp(TcpState::close, t.sctp_close);
  out.udp = ms(t.udp);
  out.udp_unreplied = ms(t.udp_unreplied);
  out.icmp = ms(t.icmp);
  return out;
}

bool SnatRule::fits(const Flow& flow) const {
  // By hand: any_of() takes four at a time, and nearly always there is one.
  const auto within = [](const std::vector<IpPrefix>& list, const IpAddr& addr) {
    for (const IpPrefix& prefix : list) {
      if (prefix.contains(addr)) return true;
    }
    return false;
  };
  return (protocols & net_bit(flow.protocol)) != 0 && from_ports.contains(flow.src_port) &&
         to_ports.contains(flow.dst_port) && within(from, flow.src) && within(to, flow.dst);
}

WorkerId nat_owner(const IpAddr& client, L4Port port, unsigned workers) {
  // The same for every worker and every frame; the client chooses its ports, but gains nothing by it.
  std::uint64_t h = std::hash<IpAddr>{}(client) ^ (std::uint64_t{port.value} * 0x9fb21c651e98df25ULL);
  h = (h ^ (h >> 32)) * 0xc4ceb9fe1a85ec53ULL;
  return WorkerId{static_cast<std::uint8_t>((h >> 32) * workers >> 32)};
}

IpAddr Persistence::masked(const IpAddr& client) const {
  const Ipv6Bytes& mask = client.is_v4() ? v4_mask : v6_mask;
  IpAddr out = client;
  for (std::size_t i = 0; i < mask.size(); ++i)
    out.bytes[i] = static_cast<std::uint8_t>(client.bytes[i] & mask[i]);
  return out;
}

const Dest* Service::dest_in(DestSlot wanted) const {
  const auto& order = persistence->by_slot;
  const auto found =
      std::lower_bound(order.begin(), order.end(), wanted,
                       [&](std::uint32_t i, DestSlot sought) { return dests[i].slot < sought; });
  return found != order.end() && dests[*found].slot == wanted ? &dests[*found] : nullptr;
}

}  // namespace hvs
