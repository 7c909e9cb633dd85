// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/options.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace hvs::ipvs {

namespace {

constexpr std::array kOptions = {
    OptionInfo{Opt::tcp_service, 't', "tcp-service", Takes::value},
    OptionInfo{Opt::udp_service, 'u', "udp-service", Takes::value},
    OptionInfo{Opt::sctp_service, 0, "sctp-service", Takes::value},
    OptionInfo{Opt::fwmark_service, 'f', "fwmark-service", Takes::value},
    OptionInfo{Opt::match, 'H', "match", Takes::value},
    OptionInfo{Opt::ipv6, '6', "ipv6", Takes::nothing},
    OptionInfo{Opt::scheduler, 's', "scheduler", Takes::value},
    OptionInfo{Opt::persistence_engine, 0, "pe", Takes::value},
    OptionInfo{Opt::persistent, 'p', "persistent", Takes::maybe},
    OptionInfo{Opt::netmask, 'M', "netmask", Takes::value},
    OptionInfo{Opt::ops, 'o', "ops", Takes::nothing},
    OptionInfo{Opt::sched_flags, 'b', "sched-flags", Takes::value},
    OptionInfo{Opt::mh_table_size, 0, "mh-table-size", Takes::value},
    OptionInfo{Opt::hash_target, 0, "hash-target", Takes::value},
    OptionInfo{Opt::synproxy, 'j', "synproxy", Takes::value},
    OptionInfo{Opt::lip_pool, 0, "lip-pool", Takes::value},
    OptionInfo{Opt::real_server, 'r', "real-server", Takes::value},
    OptionInfo{Opt::gatewaying, 'g', "gatewaying", Takes::nothing},
    OptionInfo{Opt::ipip, 'i', "ipip", Takes::nothing},
    OptionInfo{Opt::masquerading, 'm', "masquerading", Takes::nothing},
    OptionInfo{Opt::fullnat, 'b', "fullnat", Takes::nothing},
    OptionInfo{Opt::snat, 'J', "snat", Takes::nothing},
    OptionInfo{Opt::weight, 'w', "weight", Takes::value},
    OptionInfo{Opt::u_threshold, 'x', "u-threshold", Takes::value},
    OptionInfo{Opt::l_threshold, 'y', "l-threshold", Takes::value},
    OptionInfo{Opt::tun_type, 0, "tun-type", Takes::value},
    OptionInfo{Opt::tun_port, 0, "tun-port", Takes::value},
    OptionInfo{Opt::tun_nocsum, 0, "tun-nocsum", Takes::nothing},
    OptionInfo{Opt::tun_csum, 0, "tun-csum", Takes::nothing},
    OptionInfo{Opt::tun_remcsum, 0, "tun-remcsum", Takes::nothing},
    OptionInfo{Opt::gue_variant, 0, "gue-variant", Takes::value},
    OptionInfo{Opt::local_address, 'z', "local-address", Takes::value},
    OptionInfo{Opt::local_address, 0, "laddr", Takes::value},  // as DPVS calls it
    OptionInfo{Opt::ifname, 'F', "ifname", Takes::value},
    OptionInfo{Opt::connection, 'c', "connection", Takes::nothing},
    OptionInfo{Opt::numeric, 'n', "numeric", Takes::nothing},
    OptionInfo{Opt::timeout, 0, "timeout", Takes::nothing},
    OptionInfo{Opt::daemon, 0, "daemon", Takes::nothing},
    OptionInfo{Opt::stats, 0, "stats", Takes::nothing},
    OptionInfo{Opt::rate, 0, "rate", Takes::nothing},
    OptionInfo{Opt::exact, 'X', "exact", Takes::nothing},
    OptionInfo{Opt::thresholds, 0, "thresholds", Takes::nothing},
    OptionInfo{Opt::persistent_conn, 0, "persistent-conn", Takes::nothing},
    OptionInfo{Opt::tun_info, 0, "tun-info", Takes::nothing},
    OptionInfo{Opt::sort, 0, "sort", Takes::nothing},
    OptionInfo{Opt::nosort, 0, "nosort", Takes::nothing},
};

constexpr std::array kActions = {
    ActionInfo{Action::add_service, 'A', "add-service"},
    ActionInfo{Action::edit_service, 'E', "edit-service"},
    ActionInfo{Action::delete_service, 'D', "delete-service"},
    ActionInfo{Action::clear, 'C', "clear"},
    ActionInfo{Action::restore, 'R', "restore"},
    ActionInfo{Action::save, 'S', "save"},
    ActionInfo{Action::add_server, 'a', "add-server"},
    ActionInfo{Action::edit_server, 'e', "edit-server"},
    ActionInfo{Action::delete_server, 'd', "delete-server"},
    ActionInfo{Action::list, 'L', "list"},
    ActionInfo{Action::list, 'l', "list"},
    ActionInfo{Action::zero, 'Z', "zero"},
    ActionInfo{Action::set_timeouts, 0, "set"},
    ActionInfo{Action::add_laddr, 'P', "add-laddr"},
    ActionInfo{Action::delete_laddr, 'Q', "del-laddr"},
    ActionInfo{Action::list_laddr, 'G', "get-laddr"},
    ActionInfo{Action::help, 'h', "help"},
    ActionInfo{Action::version, 'v', "version"},
};

bool within(Opt option, std::initializer_list<Opt> list) {
  return std::find(list.begin(), list.end(), option) != list.end();
}

bool names_service(Opt o) {
  return within(
      o, {Opt::tcp_service, Opt::udp_service, Opt::sctp_service, Opt::fwmark_service, Opt::match, Opt::ipv6});
}

bool describes_service(Opt o) {
  return within(o, {Opt::scheduler, Opt::persistence_engine, Opt::persistent, Opt::netmask, Opt::ops,
                    Opt::sched_flags, Opt::mh_table_size, Opt::hash_target, Opt::synproxy, Opt::lip_pool});
}

bool describes_server(Opt o) {
  return within(o, {Opt::gatewaying, Opt::ipip, Opt::masquerading, Opt::fullnat, Opt::snat, Opt::weight,
                    Opt::u_threshold, Opt::l_threshold, Opt::tun_type, Opt::tun_port, Opt::tun_nocsum,
                    Opt::tun_csum, Opt::tun_remcsum, Opt::gue_variant});
}

bool describes_list(Opt o) {
  return within(o,
                {Opt::connection, Opt::numeric, Opt::timeout, Opt::daemon, Opt::stats, Opt::rate, Opt::exact,
                 Opt::thresholds, Opt::persistent_conn, Opt::tun_info, Opt::sort, Opt::nosort});
}

}  // namespace

const OptionInfo* find_option(Action action, char letter) {
  const OptionInfo* any = nullptr;
  for (const OptionInfo& info : kOptions) {
    if (info.letter != letter) continue;
    if (allowed(action, info.option)) return &info;
    if (any == nullptr) any = &info;
  }
  return any;
}

const OptionInfo* find_option(std::string_view name) {
  const auto* found =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const auto& o) { return o.name == name; });
  return found == kOptions.end() ? nullptr : found;
}

const OptionInfo& info_of(Opt option) {
  return *std::find_if(kOptions.begin(), kOptions.end(), [&](const auto& o) { return o.option == option; });
}

const ActionInfo* find_action(char letter) {
  const auto* found =
      std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return a.letter == letter; });
  return found == kActions.end() ? nullptr : found;
}

const ActionInfo* find_action(std::string_view name) {
  const auto* found =
      std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return a.name == name; });
  return found == kActions.end() ? nullptr : found;
}

const ActionInfo& info_of(Action action) {
  return *std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return a.action == action; });
}

std::string spelled(const OptionInfo& option) {
  if (option.letter == 0) return "--" + std::string(option.name);
  return std::string("-") + option.letter + " (--" + std::string(option.name) + ")";
}

std::string spelled(const ActionInfo& action) {
  if (action.letter == 0) return "--" + std::string(action.name);
  return std::string("-") + action.letter + " (--" + std::string(action.name) + ")";
}

std::string_view refusal(Opt option) {
  struct Refusal {
    Opt option;
    std::string_view why;
  };
  static constexpr std::string_view kSnat =
      "source NAT is no service here, but rules: `snat` of the configuration, or add_snat of hvsctl config "
      "edit";
  static constexpr std::array kRefusals = {
      Refusal{
          Opt::fwmark_service,
          "packets do not pass netfilter, so they carry no mark; a service has several addresses and ports "
          "by `vips` and `port` of the configuration"},
      Refusal{Opt::match, kSnat},
      Refusal{Opt::snat, kSnat},
      Refusal{Opt::ipv6, "it belongs to -f; write an IPv6 service as -t [ADDRESS]:PORT"},
      Refusal{Opt::persistence_engine,
              "there are no persistence engines; use -p, which goes by the client's address"},
      Refusal{Opt::tun_remcsum, "remote checksum offload is not available; use --tun-csum or --tun-nocsum"},
      Refusal{Opt::daemon,
              "connections are not synchronised between balancers yet, so there is no daemon to show; leave "
              "it out"},
  };
  const auto* found =
      std::find_if(kRefusals.begin(), kRefusals.end(), [&](const Refusal& r) { return r.option == option; });
  return found == kRefusals.end() ? std::string_view() : found->why;
}

bool allowed(Action action, Opt option) {
  switch (action) {
    case Action::add_service:
    case Action::edit_service: return names_service(option) || describes_service(option);
    case Action::add_server:
    case Action::edit_server:
      return names_service(option) || describes_server(option) || option == Opt::real_server;
    case Action::delete_server: return names_service(option) || option == Opt::real_server;
    case Action::list: return names_service(option) || describes_list(option);
    case Action::delete_service:
    case Action::zero: return names_service(option);
    case Action::save: return option == Opt::numeric;
    case Action::add_laddr:
    case Action::delete_laddr:
      return names_service(option) || option == Opt::local_address || option == Opt::ifname;
    case Action::list_laddr: return names_service(option) || option == Opt::numeric;
    case Action::clear:
    case Action::restore:
    case Action::set_timeouts:
    case Action::help:
    case Action::version: return false;
  }
  return false;
}

}  // namespace hvs::ipvs
