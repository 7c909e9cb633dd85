// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "control/config/rules.h"
#include "control/config/schema.h"
#include "control/config/settings.h"

// Mode snat: rules for connections from inside.
namespace hvs::config {

namespace {

std::string_view wrong_with_network(const IpPrefix& prefix) {
  const auto& never = never_outside();
  const bool wrong =
      std::any_of(never.begin(), never.end(), [&](const IpPrefix& p) { return p.contains(prefix); });
  return wrong ? "is not routed: it is of the link, of many hosts or of none" : std::string_view{};
}

Setting<SnatConfig> networks(std::string key, std::vector<IpPrefix> SnatConfig::*member, std::string fallback,
                             std::string help) {
  const auto read = [member](const YamlNode& node, const Scope& scope, SnatConfig& out) {
    if (!expect(node, YamlNode::Kind::sequence, scope)) return;
    if (node.items.empty()) return scope.fail(node, "the list is empty", "Name at least one network");
    if (node.items.size() > kMaxSnatNets) {
      return scope.fail(
          node, decimal(node.items.size()) + " networks",
          "At most " + decimal(kMaxSnatNets) + " are possible; use wider ones, or another rule");
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Scope here = scope.item(i);
      IpPrefix prefix;
      if (!read_value(node.items[i], here, parse_network, prefix)) continue;
      if (const auto why = wrong_with_network(prefix); !why.empty()) {
        here.fail(node.items[i], prefix.text() + " " + std::string(why), "Leave it out");
      } else if (const auto& list = out.*member; std::find(list.begin(), list.end(), prefix) != list.end()) {
        here.fail(node.items[i], prefix.text() + " is named twice", "Leave one out");
      } else {
        (out.*member).push_back(prefix);
      }
    }
  };
  const auto write = [member](const SnatConfig& from) -> std::optional<YamlNode> {
    if ((from.*member).empty()) return std::nullopt;
    YamlNode node = YamlNode::sequence({});
    for (const IpPrefix& prefix : from.*member) node.items.push_back(YamlNode::scalar(prefix.text()));
    return node;
  };
  const bool required = fallback.empty();
  return {{std::move(key),
           "list of networks",
           "prefixes, either family",
           std::move(fallback),
           required,
           std::move(help),
           {}},
          read,
          write};
}

Setting<SnatConfig> port_range(std::string key, PortRange SnatConfig::*member, std::string help) {
  return {{std::move(key), "port range", "1 to 65535", "all", false, std::move(help), {}},
          [member](const YamlNode& node, const Scope& scope, SnatConfig& out) {
            std::pair<L4Port, L4Port> range;
            if (read_value(node, scope, parse_port_range, range)) out.*member = {range.first, range.second};
          },
          [member](const SnatConfig& from) -> std::optional<YamlNode> {
            const PortRange& range = from.*member;
            if (range.any()) return std::nullopt;
            return YamlNode::scalar(port_range_text(range.low, range.high));
          }};
}

/// Left out when it names none.
Setting<SnatConfig> port_name(std::string key, std::string SnatConfig::*member, std::string help) {
  auto setting = Make<SnatConfig>::text(std::move(key), member, wrong_with_name, "the name of one of ports",
                                        std::move(help));
  setting.doc.fallback = "any";
  setting.write = [member, write = setting.write](const SnatConfig& from) {
    return (from.*member).empty() ? std::nullopt : write(from);
  };
  return setting;
}

}  // namespace

const Section<SnatConfig>& snat_section() {
  using M = Make<SnatConfig>;
  static const Section<SnatConfig> section{
      "snat[]",
      "Rules of mode `snat`: hosts inside reach hosts outside, which see an address of ours. The first rule "
      "that "
      "fits a new connection takes it, in the order of the file; what fits none is the kernel's, as is what "
      "goes "
      "to this host itself or leaves by no port of this instance.",
      {required(M::text("name", &SnatConfig::name, wrong_with_name, kNameRule,
                        "What the rule is called in commands and metrics. Unique, also among services.")),
       networks("from", &SnatConfig::from, {}, "Where the hosts inside are."),
       networks("to", &SnatConfig::to, "everywhere", "Where the hosts outside are."),
       M::choice(
           "protocol", &SnatConfig::protocol,
           "What it is for; `icmp` is echo and timestamp requests, of either family, and `any` all four."),
       port_range("from_ports", &SnatConfig::from_ports,
                  "Source ports; with protocol `tcp`, `udp` or `sctp`."),
       port_range("to_ports", &SnatConfig::to_ports,
                  "Destination ports; with protocol `tcp`, `udp` or `sctp`."),
       port_name("in", &SnatConfig::in, "The port that they come in at."),
       port_name("out", &SnatConfig::out, "The port that the kernel's route leads out of."),
       required(
           M::text("lip_pool", &SnatConfig::lip_pool, wrong_with_name, "the name of one of lip_pools",
                   "The pool of addresses that hosts outside see. A host inside keeps its address as long as "
                   "that has ports left.")),
       M::map("timeouts", &SnatConfig::timeouts, timeouts_section())},
      {}};
  return section;
}

}  // namespace hvs::config
