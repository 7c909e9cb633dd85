// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/ipvsadm/command.h"

// The table of options, and which go with which command.
namespace hvs::ipvs {

enum class Opt : std::uint8_t {
  tcp_service,
  udp_service,
  sctp_service,
  fwmark_service,
  match,
  ipv6,
  scheduler,
  persistence_engine,
  persistent,
  netmask,
  ops,
  sched_flags,
  mh_table_size,
  hash_target,
  synproxy,
  lip_pool,
  real_server,
  gatewaying,
  ipip,
  masquerading,
  fullnat,
  snat,
  weight,
  u_threshold,
  l_threshold,
  tun_type,
  tun_port,
  tun_nocsum,
  tun_csum,
  tun_remcsum,
  gue_variant,
  local_address,
  ifname,
  connection,
  numeric,
  timeout,
  daemon,
  stats,
  rate,
  exact,
  thresholds,
  persistent_conn,
  tun_info,
  sort,
  nosort,
};

enum class Takes : std::uint8_t { nothing, value, maybe };

struct OptionInfo {
  Opt option;
  char letter;  // 0: none
  std::string_view name;
  Takes takes;
};

struct ActionInfo {
  Action action;
  char letter;
  std::string_view name;
};

/// The option as it is written within that command: -b is the flags of a scheduler, and of a real server full
/// NAT.
const OptionInfo* find_option(Action action, char letter);
const OptionInfo* find_option(std::string_view name);
const OptionInfo& info_of(Opt option);
const ActionInfo* find_action(char letter);
const ActionInfo* find_action(std::string_view name);
const ActionInfo& info_of(Action action);

/// "-w (--weight)".
std::string spelled(const OptionInfo& option);
std::string spelled(const ActionInfo& action);

/// Why an option that ipvsadm has is not to be had here, and what to do instead; empty: it is.
[[nodiscard]] std::string_view refusal(Opt option);

[[nodiscard]] bool allowed(Action action, Opt option);

}  // namespace hvs::ipvs
