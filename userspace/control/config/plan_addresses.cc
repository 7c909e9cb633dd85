// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan_addresses.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace hvs {

namespace {

constexpr std::size_t kMaxShown = 10;

class AddressPlanner {
 public:
  AddressPlanner(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                 Plan& plan)
      : config_(config), machine_(machine), ports_(ports), plan_(plan) {
    for (const LipPoolConfig& pool : config.lip_pools) pools_.emplace(pool.name, &pool);
  }

  void make() {
    services();
    std::set<IpAddr> vips;
    for (const ServiceConfig& s : config_.services) vips.insert(s.vip);
    unanswered(vips, "VIP", false);
    std::set<IpAddr> lips;
    for (const auto& [name, pool] : pools_) {
      if (!used_.contains(pool)) {
        warn("lip_pools", "no service uses pool \"" + name + "\"", "Remove it, or name it in a service");
        continue;
      }
      lips.insert(pool->addresses.begin(), pool->addresses.end());
      kernel_ports(*pool);
    }
    unanswered(lips, "LIP", true);
  }

 private:
  void warn(std::string where, std::string what, std::string fix) {
    plan_.warnings.push_back({std::move(what), std::move(where), std::move(fix)});
  }

  void services() {
    if (config_.services.empty())
      warn("services", "there are none: nothing will be balanced", "Add services and reload");
    std::size_t shown = 0;
    for (const ServiceConfig& s : config_.services) {
      if (const auto pool = pools_.find(s.lip_pool); pool != pools_.end()) used_.insert(pool->second);
      const bool takes =
          std::any_of(s.dests.begin(), s.dests.end(), [](const DestConfig& d) { return d.weight != 0; });
      if (!takes)
        warn("services." + s.name, "no dest takes new connections", "Add a dest, or raise a weight above 0");
      if (shown++ < kMaxShown) plan_.lines.push_back(describe(s));
    }
    if (shown > kMaxShown)
      plan_.lines.push_back("... and " + std::to_string(shown - kMaxShown) + " more services");
  }

  [[nodiscard]] std::string describe(const ServiceConfig& s) const {
    std::string text = "service " + s.name + ": " + std::string(name_of(s.protocol)) + " " +
                       s.vip.text(s.port.value) + ", " + std::string(name_of(s.mode)) + ", " +
                       std::string(name_of(s.scheduler)) + ", " + std::to_string(s.dests.size()) +
                       (s.dests.size() == 1 ? " dest" : " dests");
    const auto pool = pools_.find(s.lip_pool);
    if (pool == pools_.end()) return text;
    const auto lips = static_cast<std::uint64_t>(
        std::count_if(pool->second->addresses.begin(), pool->second->addresses.end(),
                      [&](const IpAddr& a) { return a.family == s.vip.family; }));
    const std::uint64_t ports =
        std::uint64_t{pool->second->port_high.value} - pool->second->port_low.value + 1;
    return text + ", up to " + std::to_string(lips * ports) + " connections to each (" + s.lip_pool + ": " +
           std::to_string(lips) + (lips == 1 ? " LIP" : " LIPs") + " x " + std::to_string(ports) + " ports)";
  }

  /// The kernel answers ARP and ND only for addresses that it holds.
  void unanswered(const std::set<IpAddr>& addresses, const std::string& what, bool last_port) {
    std::size_t count = 0;
    for (const IpAddr& addr : addresses) {
      if (machine_.holder(addr) != nullptr || ++count > kMaxShown) continue;
      warn(what + " " + addr.text(),
           "no interface of this host has it, so nobody answers for it unless it is routed here",
           "Run `ip addr add " + addr.text() + (addr.is_v4() ? "/32" : "/128") + " dev " +
               netdev_for(addr, last_port) + "`");
    }
    if (count > kMaxShown) {
      warn(what + "s", std::to_string(count - kMaxShown) + " more are not addresses of this host",
           "Add them likewise");
    }
  }

  /// The interface whose subnet holds the address; else a port's: clients are before the first one, real
  /// servers behind the last.
  [[nodiscard]] std::string netdev_for(const IpAddr& addr, bool last_port) const {
    const HostAddress* best = nullptr;
    for (const HostAddress& host : machine_.addresses) {
      if (host.prefix.contains(addr) && (best == nullptr || host.prefix.length > best->prefix.length))
        best = &host;
    }
    if (best != nullptr && best->prefix.length != 0) return best->netdev;
    if (ports_.empty()) return "DEV";
    const DeviceFacts& device = (last_port ? ports_.back() : ports_.front()).device;
    return device.netdev.empty() ? "DEV" : device.netdev;
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
  std::set<const LipPoolConfig*> used_;
};

}  // namespace

void plan_addresses(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                    Plan& plan) {
  AddressPlanner(config, machine, ports, plan).make();
}

}  // namespace hvs
