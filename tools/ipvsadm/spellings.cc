// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/spellings.h"

#include <fmt/format.h>

#include <array>

#include "model/encap.h"
#include "model/placement.h"

namespace hvs::ipvs {

namespace {

struct Flag {
  std::string_view name;     // behind the scheduler's
  std::string_view generic;  // what IPVS calls it, whatever the scheduler
  bool SchedulerFlags::*member;
  bool (*known)(SchedulerKind);
};
constexpr std::array kFlags = {
    Flag{"fallback", "flag-1", &SchedulerFlags::fallback, knows_fallback_flag},
    Flag{"port", "flag-2", &SchedulerFlags::port, knows_port_flag},
};

/// What a scheduler has, with commas between; empty: nothing.
std::string known_flags(std::string_view scheduler) {
  const auto kind = parse_name<SchedulerKind>(scheduler);
  std::string text;
  for (const Flag& flag : kFlags) {
    if (kind && flag.known(*kind))
      text += fmt::format("{}{}-{}", text.empty() ? "" : ", ", scheduler, flag.name);
  }
  return text;
}

}  // namespace

Result<SchedulerFlags> parse_scheduler_flags(std::string_view scheduler,
                                             const std::vector<std::string>& words) {
  SchedulerFlags out;
  const auto kind = parse_name<SchedulerKind>(scheduler);
  for (const std::string& word : words) {
    const Flag* found = nullptr;
    for (const Flag& flag : kFlags) {
      const bool named = word == flag.generic || word == fmt::format("{}-{}", scheduler, flag.name);
      if (named && kind && flag.known(*kind)) found = &flag;
    }
    if (found == nullptr) {
      const std::string known = known_flags(scheduler);
      return Error{fmt::format("-b (--sched-flags): scheduler {} has no flag '{}'", scheduler, word),
                   {},
                   known.empty() ? "It has none; leave -b out" : "It has " + known};
    }
    out.*(found->member) = true;
  }
  return out;
}

const char* service_option(L4Proto protocol) {
  switch (protocol) {
    case L4Proto::tcp: return "-t";
    case L4Proto::udp: return "-u";
    case L4Proto::sctp: return "--sctp-service";
    case L4Proto::icmp:
    case L4Proto::icmpv6: break;
  }
  return "?";
}

std::string scheduler_flags_text(SchedulerKind scheduler, const SchedulerFlags& flags) {
  std::string text;
  for (const Flag& flag : kFlags) {
    if (flags.*(flag.member))
      text += fmt::format("{}{}-{}", text.empty() ? "" : ",", name_of(scheduler), flag.name);
  }
  return text;
}

const TunnelConfig& tunnel_of(const ServiceConfig& service, const DestConfig& dest) {
  return dest.tunnel ? *dest.tunnel : service.tunnel;
}

std::string tunnel_info(const ServiceConfig& service, const DestConfig& dest) {
  if (dest.mode.value_or(service.mode) != ForwardingMode::tunnel) return "n/a";
  const TunnelConfig& tunnel = tunnel_of(service, dest);
  const Encap encap = make_encap(tunnel, service.vip.family, dest.address);
  const char* checksum = encap.checksum == Encap::Checksum::none ? "-c" : "+c";
  switch (tunnel.type) {
    case TunnelType::ipip: break;
    case TunnelType::gre: return fmt::format("{}:{}", name_of(tunnel.type), checksum);
    case TunnelType::gue: return fmt::format("{}:{}:{}", name_of(tunnel.type), tunnel.port.value, checksum);
  }
  return std::string(name_of(tunnel.type));
}

std::string tunnel_options(const TunnelConfig& tunnel) {
  std::string text = fmt::format("--tun-type {}", name_of(tunnel.type));
  if (tunnel.type == TunnelType::gue) text += fmt::format(" --tun-port {}", tunnel.port.value);
  switch (tunnel.checksum) {
    case TunnelChecksum::automatic: break;
    case TunnelChecksum::on: text += " --tun-csum"; break;
    case TunnelChecksum::off: text += " --tun-nocsum"; break;
  }
  if (tunnel.gue_variant != 0) text += fmt::format(" --gue-variant {}", tunnel.gue_variant);
  return text;
}

}  // namespace hvs::ipvs
