// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/spellings.h"

namespace hvs::ipvs {

namespace {

std::string_view heading_name(L4Proto protocol) {
  switch (protocol) {
    case L4Proto::tcp: return "TCP";
    case L4Proto::udp: return "UDP";
    case L4Proto::sctp: return "SCTP";
    case L4Proto::icmp:
    case L4Proto::icmpv6: break;  // no service's
  }
  return "?";
}

struct Forwarding {
  const char* word;
  const char* option;
};

Forwarding forwarding_of(const ServiceConfig& service, const DestConfig& dest) {
  switch (dest.mode.value_or(service.mode)) {
    case ForwardingMode::fullnat: return {"FullNat", "-b"};
    case ForwardingMode::nat: return {"Masq", "-m"};
    case ForwardingMode::dr: return {"Route", "-g"};
    case ForwardingMode::tunnel: return {"Tunnel", "-i"};
    case ForwardingMode::snat: return {"Snat", ""};
  }
  return {"?", ""};
}

/// What has names may be long. IPv4's are cut, so that columns stay where they are; IPv6's addresses are long
/// enough themselves.
std::string fitted(std::string text, const IpAddr& address, std::size_t width) {
  if (address.is_v4() && text.size() > width) text.resize(width);
  return text;
}

std::string service_address(const ServiceConfig& s, bool numeric) {
  return host_port_text(s.vip, ports_of(s).front(), s.protocol, numeric);
}

std::string dest_address(const ServiceConfig& s, const DestConfig& d, bool numeric) {
  return host_port_text(d.address, d.port, s.protocol, numeric);
}

/// Nine columns: large numbers in thousands, millions and so on, unless they are wanted exactly.
std::string large_number(std::uint64_t value, bool exact) {
  if (exact) return fmt::format(" {:>8}", value);
  if (value < 100'000'000) return fmt::format("{:>9}", value);
  if (value < 1'000'000'000) return fmt::format("{:>8}K", value / 1'000);
  if (value < 100'000'000'000) return fmt::format("{:>8}M", value / 1'000'000);
  if (value < 100'000'000'000'000) return fmt::format("{:>8}G", value / 1'000'000'000);
  return fmt::format("{:>8}T", value / 1'000'000'000'000);
}

std::string flow_text(const Flow& flow, bool exact) {
  std::string text;
  for (const std::uint64_t value :
       {flow.connections, flow.packets_in, flow.packets_out, flow.bytes_in, flow.bytes_out}) {
    text += large_number(value, exact);
  }
  return text;
}

std::string heading(const Format& f) {
  constexpr std::string_view kService = "Prot LocalAddress:Port";
  const auto columns = [&](std::array<const char*, 5> names) {
    std::string text = fmt::format("{:<33}", kService);
    for (const char* name : names) text += fmt::format(" {:>8}", name);
    return text + "\n  -> RemoteAddress:Port\n";
  };
  if (f.stats) return columns({"Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"});
  if (f.rate) return columns({"CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"});
  if (f.thresholds) {
    return fmt::format("{:<33} {:<10} {:<10} {:<10} {:<10}\n  -> RemoteAddress:Port\n", kService,
                       "Uthreshold", "Lthreshold", "ActiveConn", "InActConn");
  }
  if (f.persistent) {
    return fmt::format("{:<33} {:<9} {:<11} {:<10} {:<10}\n  -> RemoteAddress:Port\n", kService, "Weight",
                       "PersistConn", "ActiveConn", "InActConn");
  }
  if (f.tunnels) {
    return "Prot LocalAddress:Port Scheduler Flags\n"
           "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n";
  }
  return "Prot LocalAddress:Port Scheduler Flags\n"
         "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";
}

/// Empty: the service has none.
std::string persistence_text(const ServiceConfig& s, const char* timeout, const char* mask) {
  if (!s.persistence) return {};
  std::string text = fmt::format("{}{}", timeout, s.persistence->timeout.count());
  const unsigned bits = s.persistence->v4_mask;
  if (s.vip.is_v4() && bits != 32)
    text += mask + IpAddr::v4(Be32{static_cast<std::uint32_t>(~std::uint64_t{0} << (32 - bits))}).text();
  if (!s.vip.is_v4() && s.persistence->v6_prefix != 128)
    text += fmt::format("{}{}", mask, s.persistence->v6_prefix);
  return text;
}

std::string service_line(const ServiceRow& row, const Format& f) {
  const std::string name = fitted(
      fmt::format("{:<4} {}", heading_name(row.config.protocol), service_address(row.config, f.numeric)),
      row.config.vip, 33);
  if (f.stats) return fmt::format("{:<33}{}\n", name, flow_text(row.total, f.exact));
  if (f.rate) return fmt::format("{:<33}{}\n", name, flow_text(row.rate, f.exact));
  const std::string flags = scheduler_flags_text(row.config.scheduler, row.config.scheduler_flags);
  return fmt::format(
      "{} {}{}{}{}\n", name, name_of(row.config.scheduler), flags.empty() ? flags : " (" + flags + ")",
      persistence_text(row.config, " persistent ", " mask "), row.config.one_packet ? " ops" : "");
}

std::string dest_line(const ServiceRow& row, const DestRow& dest, const Format& f) {
  const std::string address = dest_address(row.config, dest.config, f.numeric);
  const std::string name = fmt::format("  -> {:<28}", fitted(address, dest.config.address, 28));
  if (f.stats) return name + flow_text(dest.total, f.exact) + "\n";
  if (f.rate) return name + flow_text(dest.rate, f.exact) + "\n";
  if (f.thresholds) {
    return fmt::format("{} {:<10} {:<10} {:<10} {:<10}\n", name, dest.config.max_conn, dest.config.min_conn,
                       dest.active, dest.inactive);
  }
  if (f.persistent) {
    return fmt::format("{} {:<9} {:<11} {:<10} {:<10}\n", name, dest.config.weight, dest.persistent,
                       dest.active, dest.inactive);
  }
  const char* forward = forwarding_of(row.config, dest.config).word;
  if (f.tunnels) {
    return fmt::format("{} {:<7} {:<13} {:<6} {:<10} {:<10}\n", name, forward,
                       tunnel_info(row.config, dest.config), dest.config.weight, dest.active, dest.inactive);
  }
  return fmt::format("{} {:<7} {:<6} {:<10} {:<10}\n", name, forward, dest.config.weight, dest.active,
                     dest.inactive);
}

const LipPoolConfig* pool_of(const Config& config, const ServiceConfig& service) {
  const auto found = std::find_if(config.lip_pools.begin(), config.lip_pools.end(),
                                  [&](const LipPoolConfig& pool) { return pool.name == service.lip_pool; });
  return found == config.lip_pools.end() ? nullptr : &*found;
}

/// What a service that names no pool gets, as the daemon finds it: the only one with an address of the family
/// that is no service's own, and of no rule of `snat`. Empty: there is none, or more than one.
std::string common_pool(const Config& config, Family family) {
  std::string common;
  for (const LipPoolConfig& pool : config.lip_pools) {
    const auto owns = [&](const ServiceConfig& s) { return s.name == pool.name; };
    const auto uses = [&](const SnatConfig& rule) { return rule.lip_pool == pool.name; };
    const auto fits = [&](const IpAddr& a) { return a.family == family; };
    if (std::any_of(config.services.begin(), config.services.end(), owns) ||
        std::any_of(config.snat.begin(), config.snat.end(), uses) ||
        std::none_of(pool.addresses.begin(), pool.addresses.end(), fits))
      continue;
    if (!common.empty()) return {};
    common = pool.name;
  }
  return common;
}

/// Addresses of the family are the service's: all that were given to it, and of others' those that can reach
/// one of its real servers, or that could.
bool uses_family(const ServiceConfig& service, const LipPoolConfig& pool, Family family) {
  if (pool.name == service.name) return true;
  const auto reached = [&](Family wanted) {
    return std::any_of(service.dests.begin(), service.dests.end(), [&](const DestConfig& dest) {
      return dest.mode.value_or(service.mode) == ForwardingMode::fullnat && dest.address.family == wanted;
    });
  };
  if (reached(Family::ipv4) || reached(Family::ipv6)) return reached(family);
  return family == service.vip.family;
}

/// The options of -A, but for the address.
std::string service_options(const Config& config, const ServiceConfig& s, const LipPoolConfig* pool) {
  std::string out = fmt::format("-s {}", name_of(s.scheduler)) + persistence_text(s, " -p ", " -M ");
  if (s.one_packet) out += " -o";
  if (const std::string flags = scheduler_flags_text(s.scheduler, s.scheduler_flags); !flags.empty())
    out += " -b " + flags;
  if (s.mh_table_size != ServiceConfig{}.mh_table_size)
    out += fmt::format(" --mh-table-size {}", s.mh_table_size);
  if (pool != nullptr && pool->name != s.name && pool->name != common_pool(config, s.vip.family))
    out += " --lip-pool " + pool->name;
  return out;
}

/// The options of -a, but for the addresses.
std::string dest_options(const ServiceConfig& s, const DestConfig& dest) {
  std::string out = fmt::format("{} -w {}", forwarding_of(s, dest).option, dest.weight);
  if (dest.max_conn != 0) out += fmt::format(" -x {}", dest.max_conn);
  if (dest.min_conn != 0) out += fmt::format(" -y {}", dest.min_conn);
  if (dest.mode.value_or(s.mode) == ForwardingMode::tunnel) out += " " + tunnel_options(tunnel_of(s, dest));
  return out;
}

}  // namespace

std::string list_text(const VirtualTable& table, const Format& format) {
  std::string out;
  if (!format.one_service)
    out = fmt::format("IP Virtual Server version 1.2.1 (size={})\n", table.config.connections_max);
  out += heading(format);
  for (const ServiceRow& row : table.rows) {
    out += service_line(row, format);
    for (const DestRow& dest : row.dests) out += dest_line(row, dest, format);
  }
  return out;
}

std::string save_text(const VirtualTable& table, bool numeric) {
  std::string out;
  for (const ServiceRow& row : table.rows) {
    const ServiceConfig& s = row.config;
    if (!s.more_vips.empty() || ports_of(s).size() > 1) {
      out += fmt::format("# service {}: several VIPs or ports; kept by `hvsctl config save` alone\n", s.name);
      continue;
    }
    const std::string service = fmt::format("{} {}", service_option(s.protocol), service_address(s, numeric));
    const LipPoolConfig* pool = pool_of(table.config, s);
    const bool own = pool != nullptr && pool->name == s.name;
    out += fmt::format("-A {} {}\n", service, service_options(table.config, s, pool));
    if (own) {
      for (const IpAddr& address : pool->addresses)
        out += fmt::format("-P {} -z {}\n", service, address.text());
    }
    for (const DestRow& dest : row.dests) {
      out += fmt::format("-a {} -r {} {}\n", service, dest_address(s, dest.config, numeric),
                         dest_options(s, dest.config));
    }
  }
  return out;
}

std::string timeout_text(const Timeouts& t) {
  return fmt::format("Timeout (tcp tcpfin udp): {} {} {}\n", t.tcp_established.count(),
                     t.tcp_fin_wait.count(), t.udp.count());
}

std::string local_address_text(const VirtualTable& table, const std::map<std::string, LipUse>& use,
                               bool numeric) {
  constexpr const char* kRow = "{:<20} {:<8} {:<20} {:<10} {:<10}\n";
  std::string out = fmt::format(fmt::runtime(kRow), "VIP:VPORT", "TOTAL", "SNAT_IP", "CONFLICTS", "CONNS");
  for (const ServiceRow& row : table.rows) {
    const LipPoolConfig* pool = pool_of(table.config, row.config);
    std::vector<IpAddr> lips;
    for (const IpAddr& address : pool == nullptr ? std::vector<IpAddr>{} : pool->addresses) {
      if (uses_family(row.config, *pool, address.family)) lips.push_back(address);
    }
    out += fmt::format("{:<20} {:<8} \n", service_address(row.config, numeric), lips.size());
    const auto used = use.find(row.config.name);
    for (const IpAddr& address : lips) {
      const std::uint64_t connections =
          used != use.end() && used->second.contains(address) ? used->second.at(address) : 0;
      out += fmt::format(fmt::runtime(kRow), "", "", host_text(address, numeric), 0, connections);
    }
  }
  return out;
}

}  // namespace hvs::ipvs
