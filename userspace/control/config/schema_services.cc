// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <charconv>

#include "control/config/rules.h"
#include "control/config/schema.h"
#include "control/config/schema_addresses.h"
#include "control/config/service_settings.h"
#include "control/config/settings.h"
#include "model/conn_limits.h"
#include "model/max_persistence.h"
#include "model/placement.h"

// Services and what they use. The instance itself is in schema.cc.
namespace hvs::config {

namespace {

void read_addresses(const YamlNode& node, const Scope& scope, LipPoolConfig& out) {
  if (!expect(node, YamlNode::Kind::sequence, scope)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Scope here = scope.item(i);
    std::vector<IpAddr> added;
    const auto parse = [&](std::string_view text) { return parse_addresses(text, kMaxLips); };
    if (!read_value(node.items[i], here, parse, added)) continue;
    for (const IpAddr& addr : added) {
      if (const auto why = unusable_address(addr); !why.empty()) {
        here.fail(node.items[i], addr.text() + " is " + std::string(why),
                  "Use unicast addresses of this host");
        break;
      }
    }
    if (out.addresses.size() + added.size() > kMaxLips) {
      return here.fail(node.items[i], "more than " + decimal(kMaxLips) + " addresses", "Use smaller ranges");
    }
    out.addresses.insert(out.addresses.end(), added.begin(), added.end());
  }
}

Setting<LipPoolConfig> addresses_setting() {
  return {
      {"addresses",
       "list of IP addresses",
       "single, LOW-HIGH, or prefix; both families may be mixed",
       {},
       true,
       "Our own addresses, which connections to dests come from, of both families where a service has dests "
       "of both. Only in a pool that has the name of its service they may be missing, or all be, `[]`: until "
       "there are some, connections to dests of that family in mode `fullnat` are dropped.",
       {}},
      read_addresses,
      [](const LipPoolConfig& from) {
        YamlNode node = YamlNode::sequence({});
        for (std::string& text : address_texts(from.addresses))
          node.items.push_back(YamlNode::scalar(std::move(text)));
        return node;
      }};
}

Setting<LipPoolConfig> ports_setting() {
  const LipPoolConfig fresh;
  return {
      {"ports",
       "port range",
       "1 to 65535, at least 64 for each worker",
       port_range_text(fresh.port_low, fresh.port_high),
       false,
       "Local ports for connections to dests. Frames to these ports of these addresses are taken from the "
       "kernel.",
       {}},
      [](const YamlNode& node, const Scope& scope, LipPoolConfig& out) {
        std::pair<L4Port, L4Port> range;
        if (!read_value(node, scope, parse_port_range, range)) return;
        out.port_low = range.first;
        out.port_high = range.second;
      },
      [](const LipPoolConfig& from) {
        return YamlNode::scalar(port_range_text(from.port_low, from.port_high));
      }};
}

const std::vector<ForwardingMode> kNoModes = {ForwardingMode::snat};
constexpr const char* kModesHelp =
    "`fullnat` rewrites both addresses, so dests need no special set-up. `nat` rewrites the VIP only: dests "
    "see "
    "the client, and their route to it leads through this host. `dr` sends the packet on as it is to the "
    "dest's "
    "MAC address: dests are on the same network, have the VIP themselves without answering ARP for it, and "
    "answer "
    "the client directly. `tunnel` wraps the packet and routes it to the dest, which may be far away and of "
    "the "
    "other "
    "family, unwraps it, has the VIP as in mode `dr`, and answers the client directly.";

/// The mode that no dest has.
template <typename T>
Setting<T> without_snat(Setting<T> setting) {
  setting.read = [read = setting.read](const YamlNode& node, const Scope& scope, T& out) {
    if (node.kind == YamlNode::Kind::scalar && node.text == name_of(ForwardingMode::snat)) {
      return scope.fail(node, "mode snat has no dests, and so no services",
                        "Write a rule under the key `snat` at the top level");
    }
    read(node, scope, out);
  };
  return setting;
}

/// Port 0, which IPVS writes, is the default.
Setting<DestConfig> dest_port_setting() {
  auto setting = Make<DestConfig>::integer("port", &DestConfig::port, {1, 65535}, "The server's port.");
  setting.read = [read = setting.read](const YamlNode& node, const Scope& scope, DestConfig& out) {
    if (node.kind == YamlNode::Kind::scalar && node.text == "0") return;
    read(node, scope, out);
  };
  setting.write = [write = setting.write](const DestConfig& from) {
    return from.port.value == 0 ? std::nullopt : write(from);
  };
  return setting;
}

Setting<ServiceConfig> scheduler_flags_setting() {
  struct Flag {
    std::string_view name;
    bool SchedulerFlags::*member;
  };
  static constexpr std::array kFlags = {Flag{"port", &SchedulerFlags::port},
                                        Flag{"fallback", &SchedulerFlags::fallback}};
  return {
      {"scheduler_flags",
       "list of words",
       "port (sh, mh, conhash), fallback (sh, mh)",
       "none",
       false,
       "What a scheduler that places by a hash does besides. `port`: the client's port counts, so that one "
       "client's connections spread. `fallback`: another dest, when the one that is hit drains or is full; "
       "without it such clients are refused.",
       {}},
      [](const YamlNode& node, const Scope& scope, ServiceConfig& out) {
        if (!expect(node, YamlNode::Kind::sequence, scope)) return;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          const Scope here = scope.item(i);
          if (!expect(node.items[i], YamlNode::Kind::scalar, here)) continue;
          const auto flag = std::find_if(kFlags.begin(), kFlags.end(),
                                         [&](const Flag& f) { return f.name == node.items[i].text; });
          if (flag == kFlags.end()) {
            here.fail(node.items[i], quoted(node.items[i].text) + " is not known",
                      "Available: port, fallback");
          } else {
            out.scheduler_flags.*(flag->member) = true;
          }
        }
      },
      [](const ServiceConfig& from) -> std::optional<YamlNode> {
        YamlNode node = YamlNode::sequence({});
        for (const Flag& flag : kFlags) {
          if (from.scheduler_flags.*(flag.member))
            node.items.push_back(YamlNode::scalar(std::string(flag.name)));
        }
        if (node.items.empty()) return std::nullopt;
        return node;
      }};
}

/// Only the default is left out when it is written: validation refuses the key beside other schedulers.
Setting<ServiceConfig> mh_table_size_setting() {
  static const auto kText = [](const ServiceConfig& from) { return decimal(from.mh_table_size); };
  auto setting = Make<ServiceConfig>::word(
      "mh_table_size", {kMhTableSizes.begin(), kMhTableSizes.end()}, {},
      [](ServiceConfig& out, std::string_view text) {
        std::from_chars(text.data(), text.data() + text.size(), out.mh_table_size);
      },
      kText,
      "Entries of Maglev's table, a prime; two bytes each. Shares are within 1 % of the weights, and few "
      "connections move when dests change, with a hundred entries or more for each dest.");
  setting.doc.type = "integer";
  setting.write = [write = setting.write](const ServiceConfig& from) {
    return from.mh_table_size == ServiceConfig{}.mh_table_size ? std::nullopt : write(from);
  };
  return setting;
}

/// Left out when it is 0.
Setting<DestConfig> conn_limit(std::string key, std::uint32_t DestConfig::*member, std::string help) {
  auto setting = Make<DestConfig>::integer(std::move(key), member, {0, kMaxConnLimit}, std::move(help));
  setting.write = [=, write = setting.write](const DestConfig& from) {
    return from.*member == 0 ? std::nullopt : write(from);
  };
  return setting;
}

/// Keys that the type has no use for.
void check_tunnel(const YamlNode& node, const Scope& scope, TunnelConfig& tunnel) {
  const auto refuse = [&](const char* key, const std::string& types) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || scope.problems().bad(*value)) return;
    scope.key(key).fail(*value, "tunnels of type " + std::string(name_of(tunnel.type)) + " have none",
                        "Leave it out; it belongs to " + types);
  };
  if (const YamlNode* type = node.find("type"); type != nullptr && scope.problems().bad(*type)) return;
  if (tunnel.type == TunnelType::ipip) refuse("checksum", "gre and gue");
  if (tunnel.type == TunnelType::gue) return;
  refuse("port", "gue");
  refuse("gue_variant", "gue");
}

/// What follows from other settings: the name, and the dests' ports.
void finish_service(const YamlNode& node, const Scope& scope, ServiceConfig& s) {
  finish_vips(node, scope);
  if (s.name.empty()) s.name = default_name(s);
  for (DestConfig& dest : s.dests) {
    if (dest.port.value == 0) dest.port = s.port;
  }
}

/// An empty name stands for no pool, and is not written.
Setting<ServiceConfig> lip_pool_setting() {
  auto setting = Make<ServiceConfig>::text("lip_pool", &ServiceConfig::lip_pool, wrong_with_name,
                                           "the name of one of lip_pools",
                                           "The pool of local addresses that connections to dests come from. "
                                           "Required by dests in mode `fullnat`.");
  setting.write = [write = setting.write](const ServiceConfig& from) {
    return from.lip_pool.empty() ? std::nullopt : write(from);
  };
  return setting;
}

}  // namespace

const Section<LipPoolConfig>& lip_pool_section() {
  using M = Make<LipPoolConfig>;
  static const Section<LipPoolConfig> section{
      "lip_pools[]",
      "Local addresses for fullnat and snat. An address serves services or `snat` rules, not both.",
      {required(M::text("name", &LipPoolConfig::name, wrong_with_name, kNameRule,
                        "What services and `snat` rules call the pool by. Unique.")),
       addresses_setting(), ports_setting()},
      {}};
  return section;
}

const Section<TunnelConfig>& tunnel_section() {
  using M = Make<TunnelConfig>;
  static const Section<TunnelConfig> section{
      "services[].tunnel",
      "What packets to dests in mode `tunnel` are wrapped in. Of a service: for dests that have no `tunnel` "
      "of "
      "their own; a dest's own counts whole, with the defaults below.",
      {unless_default(
           M::choice("type", &TunnelConfig::type,
                     "`ipip` is IP in IP (RFC 2003, RFC 2473), `gre` RFC 2784 without key, `gue` IP "
                     "in UDP.")),
       unless_default(
           M::integer("port", &TunnelConfig::port, {1, 65535}, "Type `gue`: the dest's UDP port.")),
       unless_default(M::choice("checksum", &TunnelConfig::checksum,
                                "Types `gre` and `gue`: whether the outer header's checksum over the whole "
                                "packet is computed. `auto`: for `gue` to an IPv6 address, where a zero "
                                "checksum has to be allowed by the receiver (RFC 6936).")),
       unless_default(
           M::integer("gue_variant", &TunnelConfig::gue_variant, {0, 1},
                      "Type `gue`: 0 puts a GUE header in front of the inner packet, 1 nothing, as "
                      "Katran and kernel `fou` do it."))},
      check_tunnel};
  return section;
}

const Section<PersistenceConfig>& persistence_section() {
  using M = Make<PersistenceConfig>;
  static const Section<PersistenceConfig> section{
      "services[].persistence",
      "A client returns to the dest that it had, on all VIPs and ports of the service, whatever the "
      "scheduler "
      "and max_conn say, until it has had no connection for some time.",
      {M::duration("timeout", &PersistenceConfig::timeout, {1, kMaxPersistence.count()},
                   "How long a client is remembered after its last connection has ended."),
       unless_default(M::integer("v4_mask", &PersistenceConfig::v4_mask, {1, 32},
                                 "IPv4 clients that agree in so many bits are one.")),
       unless_default(M::integer("v6_prefix", &PersistenceConfig::v6_prefix, {1, 128},
                                 "IPv6 clients that agree in so many bits are one.")),
       unless_default(
           M::choice("on_drain", &PersistenceConfig::on_drain,
                     "What becomes of clients whose dest gets weight 0: `keep` lets them return to it, "
                     "`move` gives new connections another dest."))},
      {}};
  return section;
}

const Section<DestConfig>& dest_section() {
  using M = Make<DestConfig>;
  static const Section<DestConfig> section{
      "services[].dests[]",
      "The real servers of the service.",
      {required(
           M::address("address", &DestConfig::address,
                      "The server's address, of the VIP's family; in modes `fullnat` and `tunnel` of either. "
                      "No VIP or LIP of this instance.")),
       defaults_to("the service's port; of several, the one that the client asked for", dest_port_setting()),
       M::integer(
           "weight", &DestConfig::weight, {0, 65535},
           "Share of new connections; rr and lc ignore it, fo and ovf read it as a rank. 0 drains: old "
           "connections go on, no new ones come."),
       conn_limit("max_conn", &DestConfig::max_conn,
                  "With so many connections, over all workers, the dest takes no new ones. 0: no bound."),
       defaults_to("three quarters of max_conn",
                   conn_limit("min_conn", &DestConfig::min_conn,
                              "A dest that reached max_conn takes connections again below this many.")),
       defaults_to("the service's mode",
                   without_snat(M::optional_choice("mode", &DestConfig::mode,
                                                   "Forwarding mode for this server.", kNoModes))),
       defaults_to("the service's tunnel", M::optional_map("tunnel", &DestConfig::tunnel, tunnel_section()))},
      {}};
  return section;
}

const Section<ServiceConfig>& service_section() {
  using M = Make<ServiceConfig>;
  static const Section<ServiceConfig> section{
      "services[]",
      "The virtual services. On a VIP, a service with a single port goes before one whose range holds it, "
      "and a "
      "range before any port.",
      {defaults_to("PROTOCOL:VIP:PORT",
                   M::text("name", &ServiceConfig::name, wrong_with_name, kNameRule,
                           "What the service is called in commands and metrics. Unique.")),
       defaults_to("that or `vips` is required",
                   only_vip(M::address("vip", &ServiceConfig::vip, "The virtual address that clients use."))),
       vips_setting(),
       M::choice("protocol", &ServiceConfig::protocol, "The transport protocol.",
                 {L4Proto::icmp, L4Proto::icmpv6}),
       service_port_setting(),
       without_snat(M::choice("mode", &ServiceConfig::mode,
                              std::string("Forwarding mode of dests that name none. ") + kModesHelp,
                              kNoModes)),
       M::map("tunnel", &ServiceConfig::tunnel, tunnel_section()),
       M::choice(
           "scheduler", &ServiceConfig::scheduler,
           "How a dest is picked for a new connection: `rr` in turn, `wrr` in turn by weight, `wlc` fewest "
           "connections for its weight, `mh` the same one for the same client (Maglev). "
           "docs/schedulers.md describes all."),
       scheduler_flags_setting(), mh_table_size_setting(),
       defaults_to("none",
                   M::optional_map("persistence", &ServiceConfig::persistence, persistence_section())),
       defaults_to("none", lip_pool_setting()),
       M::map("timeouts", &ServiceConfig::timeouts, timeouts_section()),
       unless_default(M::choice(
           "on_dest_removed", &ServiceConfig::on_dest_removed,
           "What becomes of connections whose dest leaves the service. `keep`: they go on until they end. "
           "`reset`: the next packet ends them; TCP is reset and SCTP aborted on both sides, the client of a "
           "UDP "
           "flow is told port unreachable. `reschedule`: as `reset`, but the next UDP packet of the client "
           "goes to another "
           "dest. "
           "Weight 0 removes nothing.")),
       unless_default(M::choice("on_no_dest", &ServiceConfig::on_no_dest,
                                "What clients are told when no dest takes new connections: there is none, "
                                "all drain, or all are full. "
                                "`reject`: TCP gets a reset, SCTP an ABORT, UDP port unreachable, 1,000 a "
                                "second and worker at most. `drop`: nothing.")),
       unless_default(M::choice(
           "dest_time_wait", &ServiceConfig::dest_time_wait,
           "Mode `fullnat`, TCP, when the dest has closed first. `reset`: after the last ACK the dest gets a "
           "reset, "
           "which ends its TIME_WAIT, so that the local port may come again at once with another client's "
           "timestamps and sequence numbers. `keep`: it does not.")),
       mss_setting(), one_packet_setting(),
       M::list("dests", &ServiceConfig::dests, dest_section(), kMaxDests,
               [](const ServiceConfig&) { return DestConfig{}; })},
      finish_service};
  return section;
}

}  // namespace hvs::config
