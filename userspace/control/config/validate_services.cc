// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/long_work.h"
#include "bpf/steer_abi.h"
#include "control/config/validate_parts.h"
#include "control/config/values.h"
#include "model/lip_use.h"
#include "model/placement.h"

namespace hvs::config {

namespace {

std::string_view family_name(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

class ServiceRules {
 public:
  ServiceRules(const Config& config, const YamlNode& list, const LipOwners& lips, const Problems& problems)
      : config_(config), list_(list), lips_(lips), problems_(problems) {
    for (const LipPoolConfig& pool : config.lip_pools) {
      pools_.emplace(pool.name, &pool);
      all_pools_named_ = all_pools_named_ && !pool.name.empty();
    }
  }

  void check(const Scope& scope) {
    std::size_t dests = 0;
    for (std::size_t i = 0; i < list_.items.size(); ++i) {
      if (problems_.bad(list_.items[i])) continue;
      check_identity(config_.services[i], list_.items[i], scope.item(i));
      dests += config_.services[i].dests.size();
    }
    if (dests > kMaxDests) {
      scope.fail(list_, std::to_string(dests) + " dests in all",
                 "At most " + std::to_string(kMaxDests) + " are possible");
    } else if (dests > HVS_STEER_MAX_DESTS / 2 && steer_dest_rows(config_) > HVS_STEER_MAX_DESTS) {
      scope.fail(list_,
                 "dests in mode nat need " + std::to_string(steer_dest_rows(config_)) + " rows of steering",
                 "At most " + std::to_string(HVS_STEER_MAX_DESTS) +
                     " are possible: one for each, and one for each address; use mode fullnat for some");
    }
    for (std::size_t i = 0; i < list_.items.size(); ++i) {
      const YamlNode& item = list_.items[i];
      if (problems_.bad(item)) continue;
      const Scope here = scope.item(i);
      check_pool(config_.services[i], item, here);
      check_scheduler(config_.services[i], item, here);
      check_protocol(config_.services[i], item, here);
      check_tunnel_is_used(config_.services[i], item, here);
      const YamlNode* list = item.find("dests");
      if (list != nullptr && list->kind == YamlNode::Kind::sequence && !problems_.bad(*list)) {
        check_dests(config_.services[i], item, *list, here.key("dests"));
      }
    }
  }

 private:
  [[nodiscard]] bool usable(const YamlNode& item, std::string_view key) const {
    return problems_.usable(item, key);
  }

  [[nodiscard]] bool vips_usable(const YamlNode& item) const {
    return usable(item, "vip") && usable(item, "vips");
  }

  /// VIPs, protocol and ports, and the name, belong to one service.
  void check_identity(const ServiceConfig& s, const YamlNode& item, const Scope& scope) {
    if (vips_usable(item)) {
      for (const IpAddr& vip : vips_of(s)) vips_.emplace(vip, &s);
    }
    if (vips_usable(item) && usable(item, "protocol") && usable(item, "port")) {
      if (!endpoints_.add(s, item, scope)) return;
      check_vips_are_no_lips(s, item, lips_, scope);
    } else if (item.find("name") == nullptr) {
      return;  // the default name was made of something wrong
    }
    if (usable(item, "name")) names_.check(s.name, item, "name", scope);
  }

  void check_pool(const ServiceConfig& s, const YamlNode& item, const Scope& scope) const {
    if (!usable(item, "lip_pool")) return;
    if (item.find("lip_pool") == nullptr) {
      if (needs_lips(s) && usable(item, "mode") && usable(item, "dests")) {
        scope.problems().missing(
            item, "lip_pool", scope.path() + ": `lip_pool` is missing",
            "Mode fullnat needs it: the pool of local addresses that connections to dests "
            "come from");
      }
      return;
    }
    const YamlNode& node = place(item, "lip_pool");
    const auto found = pools_.find(s.lip_pool);
    if (found == pools_.end()) {
      if (!all_pools_named_) return;  // it may be the one whose name is wrong
      std::vector<std::string_view> names;
      for (const LipPoolConfig& pool : config_.lip_pools) names.push_back(pool.name);
      if (names.size() > 10) names.resize(10);
      scope.key("lip_pool")
          .fail(node, "no pool is called \"" + s.lip_pool + "\"",
                names.empty() ? "Declare it under `lip_pools`" : did_you_mean(s.lip_pool, names));
      return;
    }
    const auto& addresses = found->second->addresses;
    if (addresses.empty() || has_own_pool(s) || !vips_usable(item)) return;
    for (const Family family : kFamilies) {
      const bool has = std::any_of(addresses.begin(), addresses.end(),
                                   [&](const IpAddr& a) { return a.family == family; });
      if (has || !uses_lips_of(s, family)) continue;
      scope.key("lip_pool")
          .fail(node,
                "pool \"" + s.lip_pool + "\" has no " + std::string(family_name(family)) +
                    " address, which the service's dests need",
                "Add one to the pool, or name another pool");
    }
  }

  /// Settings that the scheduler does not know are refused, as unknown keys are.
  void check_scheduler(const ServiceConfig& s, const YamlNode& item, const Scope& scope) const {
    if (!usable(item, "scheduler")) return;
    const std::string scheduler = "scheduler " + std::string(name_of(s.scheduler));
    const auto refuse_flag = [&](bool set, bool known, const std::string& flag, const std::string& who) {
      if (!set || known) return;
      scope.key("scheduler_flags")
          .fail(place(item, "scheduler_flags"), scheduler + " has no flag " + flag,
                "Only " + who + " have it; leave it out");
    };
    if (usable(item, "scheduler_flags")) {
      refuse_flag(s.scheduler_flags.port, knows_port_flag(s.scheduler), "port", "sh, mh and conhash");
      refuse_flag(s.scheduler_flags.fallback, knows_fallback_flag(s.scheduler), "fallback", "sh and mh");
    }
    if (s.scheduler != SchedulerKind::mh && item.find("mh_table_size") != nullptr) {
      scope.key("mh_table_size")
          .fail(place(item, "mh_table_size"), scheduler + " has no such table", "Leave it out");
    }
    const std::uint32_t most =
        s.scheduler == SchedulerKind::mh ? std::min(s.mh_table_size, kMaxPlacedDests) : kMaxPlacedDests;
    if (places_by_hash(s.scheduler) && usable(item, "mh_table_size") && s.dests.size() > most) {
      scope.key("dests").fail(
          place(item, "dests"),
          std::to_string(s.dests.size()) + " dests are more than " + scheduler + " has room for",
          "At most " + std::to_string(most) +
              (most < kMaxPlacedDests ? " with this mh_table_size" : " are possible"));
    }
  }

  /// Settings that belong to the other protocol.
  void check_protocol(const ServiceConfig& s, const YamlNode& item, const Scope& scope) const {
    if (!usable(item, "protocol")) return;
    const bool tcp = s.protocol == L4Proto::tcp;
    if (s.one_packet && s.protocol != L4Proto::udp && usable(item, "one_packet")) {
      scope.key("one_packet")
          .fail(place(item, "one_packet"),
                "protocol " + std::string(name_of(s.protocol)) + " has connections of many packets",
                "Leave it out; it is for UDP");
    }
    for (const char* key : {"mss", "dest_time_wait"}) {
      if (!tcp && item.find(key) != nullptr && usable(item, key))
        scope.key(key).fail(place(item, key), "protocol " + std::string(name_of(s.protocol)) + " has none",
                            "Leave it out; it is for TCP");
    }
  }

  /// Each answer would need a local port of its own.
  void check_one_packet(const ServiceConfig& s, const DestConfig& dest, const YamlNode& item,
                        const YamlNode& node, const Scope& scope) const {
    if (!s.one_packet || !usable(item, "one_packet") || !usable(item, "mode") || !usable(node, "mode"))
      return;
    const ForwardingMode mode = dest.mode.value_or(s.mode);
    if (mode == ForwardingMode::nat || mode == ForwardingMode::dr || mode == ForwardingMode::tunnel) return;
    scope.fail(node,
               "mode " + std::string(name_of(mode)) +
                   " does not go with one_packet: each datagram would take a local port",
               "Use mode nat, dr or tunnel, or leave one_packet out");
  }

  void check_limits(const DestConfig& dest, const YamlNode& node, const Scope& scope) const {
    if (!usable(node, "max_conn") || !usable(node, "min_conn") || dest.min_conn == 0) return;
    if (dest.max_conn == 0) {
      scope.key("min_conn")
          .fail(place(node, "min_conn"), "there is no max_conn that it could belong to",
                "Set max_conn, too, or leave min_conn out");
    } else if (dest.min_conn > dest.max_conn) {
      scope.key("min_conn")
          .fail(place(node, "min_conn"),
                std::to_string(dest.min_conn) + " is more than max_conn, " + std::to_string(dest.max_conn),
                "Use at most max_conn");
    }
  }

  void check_dests(const ServiceConfig& s, const YamlNode& item, const YamlNode& list,
                   const Scope& scope) const {
    std::map<std::pair<IpAddr, L4Port>, std::size_t> seen;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const YamlNode& node = list.items[i];
      const DestConfig& dest = s.dests[i];
      LongWork::piece_done();
      if (problems_.bad(node) || !usable(node, "address")) continue;
      const Scope here = scope.item(i);
      check_limits(dest, node, here);
      check_one_packet(s, dest, item, node, here);
      check_tunnel_is_used(s, dest, node, here);
      if (!check_family(s, dest, item, node, here)) continue;
      check_port_stays(s, dest, item, node, here);
      check_no_loop(dest, node, here);
      if (!usable(node, "port") || !usable(item, "port") || item.find("port") == nullptr) continue;
      const auto [first, added] = seen.emplace(std::pair{dest.address, dest.port}, i);
      if (!added) {
        here.fail(node,
                  (dest.port.value == 0 ? dest.address.text() : dest.address.text(dest.port.value)) +
                      " is dests[" + std::to_string(first->second) + "] already",
                  "Name each dest once, and give it more weight instead");
      }
    }
  }

  /// A dest serves the VIPs of its family, but for tunnels, which carry either, and full NAT, which
  /// translates.
  [[nodiscard]] bool check_family(const ServiceConfig& s, const DestConfig& dest, const YamlNode& item,
                                  const YamlNode& node, const Scope& scope) const {
    const ForwardingMode mode = dest.mode.value_or(s.mode);
    if (!vips_usable(item) || !usable(item, "mode") || !usable(node, "mode") ||
        mode == ForwardingMode::tunnel || mode == ForwardingMode::fullnat)
      return true;
    const auto vips = vips_of(s);
    const auto other = std::find_if(vips.begin(), vips.end(),
                                    [&](const IpAddr& vip) { return vip.family != dest.address.family; });
    if (other == vips.end()) return true;
    scope.key("address").fail(place(node, "address"),
                              dest.address.text() + " is " + std::string(family_name(dest.address.family)) +
                                  ", and the VIP " + (vips.size() == 1 ? "" : other->text() + " ") + "is " +
                                  std::string(family_name(other->family)),
                              "Mode " + std::string(name_of(mode)) +
                                  " does not translate between families; use dests of the VIP's family, or "
                                  "mode fullnat or tunnel");
    return false;
  }

  /// A tunnel that no packet enters is a mistake.
  void check_tunnel_is_used(const ServiceConfig& s, const DestConfig& dest, const YamlNode& node,
                            const Scope& scope) const {
    const ForwardingMode mode = dest.mode.value_or(s.mode);
    if (!dest.tunnel || mode == ForwardingMode::tunnel || !usable(node, "tunnel") || !usable(node, "mode"))
      return;
    scope.key("tunnel").fail(place(node, "tunnel"),
                             "the dest's mode is " + std::string(name_of(mode)) + ", which has no tunnel",
                             "Leave it out, or give the dest `mode: tunnel`");
  }
  void check_tunnel_is_used(const ServiceConfig& s, const YamlNode& item, const Scope& scope) const {
    const YamlNode* tunnel = item.find("tunnel");
    if (tunnel == nullptr || !usable(item, "tunnel") || !usable(item, "mode") || !usable(item, "dests") ||
        s.mode == ForwardingMode::tunnel)
      return;
    if (std::any_of(s.dests.begin(), s.dests.end(),
                    [](const DestConfig& dest) { return dest.mode == ForwardingMode::tunnel; }))
      return;
    scope.key("tunnel").fail(*tunnel, "no dest of the service is in mode tunnel",
                             "Leave it out, or give the service or a dest `mode: tunnel`");
  }

  /// Packets that go on as they came have the service's port.
  static void check_port_stays(const ServiceConfig& s, const DestConfig& dest, const YamlNode& item,
                               const YamlNode& node, const Scope& scope) {
    const ForwardingMode mode = dest.mode.value_or(s.mode);
    const bool changes_port = mode != ForwardingMode::dr && mode != ForwardingMode::tunnel;
    if (changes_port || dest.port == s.port || dest.port.value == 0 || node.find("port") == nullptr ||
        item.find("port") == nullptr)
      return;
    scope.key("port").fail(place(node, "port"),
                           "mode " + std::string(name_of(mode)) + " leaves the service's port " +
                               (s.port.value != 0 ? std::to_string(s.port.value) + " " : "") +
                               "in the packet",
                           "Leave `port` out, or use mode nat or fullnat");
  }

  /// VIPs and LIPs are addresses of this host, on every port: no frame to them leaves it, so a dest there
  /// would be given clients and lose them.
  void check_no_loop(const DestConfig& dest, const YamlNode& node, const Scope& scope) const {
    const YamlNode& at = place(node, "address");
    const std::string fix = "Name the address of a real server, which is another host";
    if (const auto vip = vips_.find(dest.address); vip != vips_.end()) {
      scope.key("address").fail(
          at, dest.address.text() + " is the VIP of service \"" + vip->second->name + "\" of this instance",
          fix);
    } else if (const auto lip = lips_.find(dest.address); lip != lips_.end()) {
      scope.key("address").fail(
          at, dest.address.text() + " is a local address of ours, in pool \"" + lip->second->name + "\"",
          fix);
    }
  }

  const Config& config_;
  const YamlNode& list_;
  const LipOwners& lips_;
  const Problems& problems_;
  std::unordered_map<std::string_view, const LipPoolConfig*> pools_;
  bool all_pools_named_ = true;
  Endpoints endpoints_;
  std::unordered_map<IpAddr, const ServiceConfig*> vips_;
  UniqueNames names_;
};

}  // namespace

void validate_services(const Config& config, const YamlNode& root, const LipOwners& lips,
                       Problems& problems) {
  const YamlNode* list = whole_list(root, "services", problems);
  if (list == nullptr) return;
  const Scope top(problems);
  ServiceRules(config, *list, lips, problems).check(top.key("services"));
}

}  // namespace hvs::config
