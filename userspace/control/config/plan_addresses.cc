// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan_addresses.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "model/lip_use.h"
#include "model/queue_workers.h"

namespace hvs {

namespace {

constexpr std::size_t kMaxShown = 10;   // of warnings of a kind
constexpr std::size_t kMaxLines = 100;  // of services, and of rules

/// Names addresses that the host does not hold: the kernel answers ARP and ND only for those that it does.
class Unanswered {
 public:
  /// Clients are before the first port's netdev, real servers behind the last one's; empty: not known.
  Unanswered(const MachineFacts& machine, std::string first, std::string last, std::vector<Error>& warnings)
      : machine_(machine), first_(std::move(first)), last_(std::move(last)), warnings_(warnings) {}

  void vips(const std::set<IpAddr>& addresses) { warn_of(addresses, "VIP", first_); }
  void lips(const std::set<IpAddr>& addresses) { warn_of(addresses, "LIP", last_); }

 private:
  void warn_of(const std::set<IpAddr>& addresses, const std::string& what, const std::string& netdev) {
    std::size_t count = 0;
    std::size_t unfound = 0;
    for (const IpAddr& addr : addresses) {
      const HostAddress* host = machine_.holder(addr);
      if (host == nullptr) {
        if (++count > kMaxShown) continue;
        warn("no interface of this host has it, so nobody answers for it unless it is routed here",
             what + " " + addr.text(), "Run " + command(addr, netdev));
      } else if (!machine_.neighbours_find(addr)) {
        if (++unfound > kMaxShown) continue;
        warn("only " + host->netdev +
                 " has it, and neighbour discovery, unlike ARP, answers for addresses of the interface that "
                 "is asked: nobody on a link finds it",
             what + " " + addr.text(),
             "Leave it so where routers have a route to it by this host; else run " + command(addr, netdev));
      }
    }
    if (count > kMaxShown)
      warn(std::to_string(count - kMaxShown) + " more are not addresses of this host", what + "s",
           "Add them likewise");
    if (unfound > kMaxShown)
      warn(std::to_string(unfound - kMaxShown) + " more are where neighbour discovery does not find them",
           what + "s", "As above");
  }

  void warn(std::string what, std::string where, std::string fix) {
    warnings_.push_back({std::move(what), std::move(where), std::move(fix)});
  }

  [[nodiscard]] std::string command(const IpAddr& addr, const std::string& netdev) const {
    return "`ip addr add " + addr.text() + (addr.is_v4() ? "/32" : "/128") + " dev " +
           netdev_for(addr, netdev) +
           // Else the host takes it for its own connections, of which IPv6 asks the newest address first.
           (addr.is_v4() ? "`" : " preferred_lft 0`");
  }

  /// The interface whose subnet holds the address, else the port's.
  [[nodiscard]] std::string netdev_for(const IpAddr& addr, const std::string& netdev) const {
    const HostAddress* best = nullptr;
    for (const HostAddress& host : machine_.addresses) {
      if (host.on_link && host.prefix.contains(addr) &&
          (best == nullptr || host.prefix.length > best->prefix.length))
        best = &host;
    }
    if (best != nullptr && best->prefix.length != 0) return best->netdev;
    return netdev.empty() ? "DEV" : netdev;
  }

  const MachineFacts& machine_;
  std::string first_;
  std::string last_;
  std::vector<Error>& warnings_;
};

std::set<IpAddr> vips_of(const Config& config) {
  std::set<IpAddr> out;
  for (const ServiceConfig& s : config.services) {
    for (const IpAddr& vip : vips_of(s)) out.insert(vip);
  }
  return out;
}

std::set<IpAddr> lips_of(const Config& config) {
  std::set<IpAddr> out;
  for (const LipPoolConfig& pool : config.lip_pools) out.insert(pool.addresses.begin(), pool.addresses.end());
  return out;
}

std::set<IpAddr> without(std::set<IpAddr> addresses, const std::set<IpAddr>& known) {
  std::erase_if(addresses, [&](const IpAddr& addr) { return known.contains(addr); });
  return addresses;
}

/// A service whose pool waits for addresses.
struct Waiting {
  std::string service;
  std::string pool;
  std::string family;  // empty: for any
  friend auto operator<=>(const Waiting&, const Waiting&) = default;
};

std::set<Waiting> without_lips(const Config& config) {
  std::map<std::string, const LipPoolConfig*> pools;
  for (const LipPoolConfig& pool : config.lip_pools) pools.emplace(pool.name, &pool);
  std::set<Waiting> out;
  for (const ServiceConfig& s : config.services) {
    const auto pool = pools.find(s.lip_pool);
    if (pool == pools.end()) continue;
    const bool none = pool->second->addresses.empty();
    for (const Family family : kFamilies) {
      if (!lacks_lips_of(s, *pool->second, family)) continue;
      out.insert({s.name, s.lip_pool, none ? "" : family == Family::ipv4 ? "IPv4 " : "IPv6 "});
    }
  }
  return out;
}

void warn_of_missing_lips(const std::set<Waiting>& services, std::vector<Error>& warnings) {
  for (const Waiting& w : services)
    warnings.push_back(
        {"it has no " + w.family + "local address yet, so connections to its " + w.family +
             "dests in mode fullnat are dropped",
         "service " + w.service,
         "Run `hvs-ipvsadm -P SERVICE -z ADDRESS`, or name one in `addresses` of lip_pools[" + w.pool + "]"});
}

/// Any worker that a client's frames reach takes the connection, but where mode nat finds it by the client.
bool opened_where_it_comes(const ServiceConfig& s) {
  return needs_lips(s) && std::none_of(s.dests.begin(), s.dests.end(), [&](const DestConfig& dest) {
           return dest.mode.value_or(s.mode) == ForwardingMode::nat;
         });
}

/// "64", "64 to 128".
std::string span_text(std::uint64_t least, std::uint64_t most) {
  return std::to_string(least) + (least == most ? "" : " to " + std::to_string(most));
}

class AddressPlanner {
 public:
  AddressPlanner(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                 Plan& plan)
      : config_(config), machine_(machine), ports_(ports), plan_(plan) {
    for (const LipPoolConfig& pool : config.lip_pools) pools_.emplace(pool.name, &pool);
    std::vector<std::uint16_t> queues;
    for (const PortConfig& port : config.ports) queues.push_back(port.queues);
    workers_ = queue_workers(queues, config.workers.count);
  }

  void make() {
    services();
    few_queues();
    const bool any = !ports_.empty();
    Unanswered unanswered(machine_, any ? ports_.front().device.netdev : "",
                          any ? ports_.back().device.netdev : "", plan_.warnings);
    unanswered.vips(vips_of(config_));
    std::set<IpAddr> lips;
    for (const auto& [name, pool] : pools_) {
      if (!used_.contains(pool)) {
        warn("lip_pools", "no service or snat rule uses pool \"" + name + "\"",
             "Remove it, or name it in a service");
        continue;
      }
      lips.insert(pool->addresses.begin(), pool->addresses.end());
      kernel_ports(*pool);
    }
    unanswered.lips(lips);
    warn_of_missing_lips(without_lips(config_), plan_.warnings);
  }

 private:
  void warn(std::string where, std::string what, std::string fix) {
    plan_.warnings.push_back({std::move(what), std::move(where), std::move(fix)});
  }

  void services() {
    if (config_.services.empty() && config_.snat.empty())
      warn("services", "there are none: nothing will be balanced", "Add services and reload");
    for (const SnatConfig& rule : config_.snat) {
      if (const auto pool = pools_.find(rule.lip_pool); pool != pools_.end()) used_.insert(pool->second);
    }
    std::size_t shown = 0;
    for (const ServiceConfig& s : config_.services) {
      if (const auto pool = pools_.find(s.lip_pool); pool != pools_.end()) used_.insert(pool->second);
      takes_the_hosts_ports(s);
      if (shown++ < kMaxLines) plan_.lines.push_back(describe(s));
    }
    if (shown > kMaxLines)
      plan_.lines.push_back("... and " + std::to_string(shown - kMaxLines) + " more services");
    for (std::size_t i = 0; i < config_.snat.size() && i < kMaxLines; ++i)
      plan_.lines.push_back(describe(config_.snat[i]));
    if (config_.snat.size() > kMaxLines)
      plan_.lines.push_back("... and " + std::to_string(config_.snat.size() - kMaxLines) +
                            " more snat rules");
  }

  [[nodiscard]] static std::string describe(const SnatConfig& rule) {
    const auto list = [](const std::vector<IpPrefix>& nets) {
      std::string text;
      for (std::size_t i = 0; i < nets.size() && i < 4; ++i) text += (i == 0 ? "" : ", ") + nets[i].text();
      if (nets.size() > 4) text += " and " + std::to_string(nets.size() - 4) + " more";
      return text;
    };
    return "snat rule " + rule.name + ": " + std::string(name_of(rule.protocol)) + " from " +
           list(rule.from) + " to " + (rule.to.empty() ? "everywhere" : list(rule.to)) + ", through " +
           rule.lip_pool;
  }

  /// The queues of a port do not reach every worker: the others' local ports serve none of its clients.
  void few_queues() {
    const unsigned count = config_.workers.count;
    if (config_.snat.empty() &&
        std::none_of(config_.services.begin(), config_.services.end(), opened_where_it_comes))
      return;
    std::string names;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].size() < count) names += (names.empty() ? "" : ", ") + config_.ports[i].name;
    }
    if (names.empty()) return;
    warn(
        "workers",
        std::to_string(count) + " workers, but fewer queues of a port (" + names +
            "): connections of clients behind it are opened by the workers that have its queues, each out of "
            "its own 1/" +
            std::to_string(count) + " of every LIP pool",
        "Give ports that clients come through as many `queues` as there are workers, or use fewer workers, "
        "or give the pools more addresses or ports");
  }

  /// How many of a pool's ports a client may use: the least and the most, by the port it comes through.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> usable_ports(const ServiceConfig& s,
                                                                     const PortRange& range) const {
    if (!opened_where_it_comes(s)) return {range.size(), range.size()};
    std::uint64_t least = range.size();
    std::uint64_t most = workers_.empty() ? range.size() : 0;
    for (const std::vector<WorkerId>& some : workers_) {
      const std::uint64_t ports = local_ports_of(some, config_.workers.count, range);
      least = std::min(least, ports);
      most = std::max(most, ports);
    }
    return {least, most};
  }

  /// Whoever manages the host by that address would be sent to a dest.
  void takes_the_hosts_ports(const ServiceConfig& s) {
    if (!ports_of(s).front().any()) return;
    for (const IpAddr& vip : vips_of(s)) {
      const HostAddress* host = machine_.holder(vip);
      if (host == nullptr || !host->primary) continue;
      warn("VIP " + vip.text(),
           "it is the main address of " + host->netdev + ", and service \"" + s.name + "\" takes every " +
               std::string(name_of(s.protocol)) + " port of it, those of the host's own servers too",
           "Use an address of its own as VIP, or name the ports");
    }
  }

  /// A dest is in mode fullnat, or the first one will be.
  static bool is_reached_by_lips(const ServiceConfig& s) {
    if (s.dests.empty()) return s.mode == ForwardingMode::fullnat;
    return std::any_of(s.dests.begin(), s.dests.end(), [&](const DestConfig& dest) {
      return dest.mode.value_or(s.mode) == ForwardingMode::fullnat;
    });
  }

  [[nodiscard]] std::string describe(const ServiceConfig& s) const {
    std::string text =
        "service " + s.name + ": " + std::string(name_of(s.protocol)) + " " +
        endpoint_text(s.vip, ports_text(ports_of(s))) +
        (s.more_vips.empty() ? "" : " and " + std::to_string(s.more_vips.size()) + " more VIPs") + ", " +
        std::string(name_of(s.mode)) + ", " + std::string(name_of(s.scheduler)) + ", " +
        std::to_string(s.dests.size()) + (s.dests.size() == 1 ? " dest" : " dests");
    const auto pool = pools_.find(s.lip_pool);
    if (pool == pools_.end() || !is_reached_by_lips(s)) return text;
    const auto& pooled = pool->second->addresses;
    std::uint64_t lips = pooled.size();
    for (const Family family : kFamilies) {
      const auto of_family = static_cast<std::uint64_t>(
          std::count_if(pooled.begin(), pooled.end(), [&](const IpAddr& a) { return a.family == family; }));
      if (uses_lips_of(s, family)) lips = std::min(lips, of_family);
    }
    const PortRange range{pool->second->port_low, pool->second->port_high};
    const auto [least, most] = usable_ports(s, range);
    return text + ", up to " + span_text(lips * least, lips * most) + " connections to each (" + s.lip_pool +
           ": " + std::to_string(lips) + (lips == 1 ? " LIP" : " LIPs") + " x " + span_text(least, most) +
           (least == range.size() ? "" : " of " + std::to_string(range.size())) + " ports)";
  }

  /// Replies to the kernel's own connections from a LIP would be steered to us.
  void kernel_ports(const LipPoolConfig& pool) {
    if (machine_.local_ports_high < pool.port_low.value || machine_.local_ports_low > pool.port_high.value)
      return;
    for (const IpAddr& addr : pool.addresses) {
      const HostAddress* host = machine_.holder(addr);
      if (host == nullptr || !host->primary) continue;
      std::string fix = "Use an address of its own as LIP";
      if (pool.port_low.value > 2048) {
        fix += ", or run `sysctl -w net.ipv4.ip_local_port_range=\"1024 " +
               std::to_string(pool.port_low.value - 1) + "\"`";
      }
      warn("LIP " + addr.text(),
           "it is the main address of " + host->netdev + ", and the kernel's own connections use ports " +
               std::to_string(machine_.local_ports_low) + "-" + std::to_string(machine_.local_ports_high) +
               " of it, which overlap pool \"" + pool.name + "\": their replies would be taken",
           fix);
    }
  }

  const Config& config_;
  const MachineFacts& machine_;
  const std::vector<PortFacts>& ports_;
  Plan& plan_;
  std::map<std::string, const LipPoolConfig*> pools_;
  std::vector<std::vector<WorkerId>> workers_;  // by port and queue
  std::set<const LipPoolConfig*> used_;
};

}  // namespace

void plan_addresses(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                    Plan& plan) {
  AddressPlanner(config, machine, ports, plan).make();
}

std::vector<Error> newly_unanswered(const Config& before, const Config& after, const MachineFacts& machine) {
  const auto netdev = [](const PortConfig& port) {
    return port.device.find(':') == std::string::npos ? port.device : std::string();  // else a PCI address
  };
  const bool any = !after.ports.empty();
  std::vector<Error> warnings;
  Unanswered unanswered(machine, any ? netdev(after.ports.front()) : "",
                        any ? netdev(after.ports.back()) : "", warnings);
  unanswered.vips(without(vips_of(after), vips_of(before)));
  unanswered.lips(without(lips_of(after), lips_of(before)));
  std::set<Waiting> waiting = without_lips(after);
  for (const Waiting& known : without_lips(before)) waiting.erase(known);
  warn_of_missing_lips(waiting, warnings);
  return warnings;
}

}  // namespace hvs
