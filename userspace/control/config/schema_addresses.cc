// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/schema_addresses.h"

#include <algorithm>
#include <utility>

#include "control/config/settings.h"

namespace hvs::config {

namespace {

constexpr const char* kAllowedPorts = "Allowed: `any`, 1 to 65535, LOW-HIGH";

void read_vips(const YamlNode& node, const Scope& scope, ServiceConfig& out) {
  if (!expect(node, YamlNode::Kind::sequence, scope)) return;
  std::vector<IpAddr> vips;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Scope here = scope.item(i);
    std::vector<IpAddr> added;
    const auto parse = [&](std::string_view text) { return parse_addresses(text, kMaxServiceVips); };
    if (!read_value(node.items[i], here, parse, added)) continue;
    for (const IpAddr& addr : added) {
      if (const auto why = unusable_address(addr); !why.empty()) {
        here.fail(node.items[i], addr.text() + " is " + std::string(why),
                  "Use unicast addresses that the network can route");
        break;
      }
      if (std::find(vips.begin(), vips.end(), addr) != vips.end()) {
        here.fail(node.items[i], addr.text() + " is named twice", "Name each VIP once");
        break;
      }
      vips.push_back(addr);
    }
  }
  if (vips.size() > kMaxServiceVips) {
    return scope.fail(node, "more than " + decimal(kMaxServiceVips) + " VIPs", "Make several services of it");
  }
  if (node.items.empty()) return scope.fail(node, "the list is empty", "Name at least one VIP");
  if (vips.empty()) return;
  out.vip = vips.front();
  out.more_vips.assign(vips.begin() + 1, vips.end());
}

/// By number, for then a range that overlaps another stands beside it.
bool put_in_order(std::vector<PortRange>& ports, const YamlNode& node, const Scope& scope) {
  std::sort(ports.begin(), ports.end());
  for (std::size_t i = 0; i + 1 < ports.size(); ++i) {
    if (!ports[i].overlaps(ports[i + 1])) continue;
    const std::string fix =
        ports[i].any() ? "Any port is all of them; leave the others out" : "Name each port once";
    scope.fail(node, ports[i].text() + " and " + ports[i + 1].text() + " overlap", fix);
    return false;
  }
  return true;
}

void read_port_list(const YamlNode& node, const Scope& scope, ServiceConfig& out) {
  if (node.items.empty()) return scope.fail(node, "the list is empty", "Name at least one port, or `any`");
  if (node.items.size() > kMaxServicePorts) {
    return scope.fail(node, decimal(node.items.size()) + " entries",
                      "At most " + decimal(kMaxServicePorts) + " are possible; join neighbours to ranges");
  }
  std::vector<PortRange> ports;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    PortRange range;
    if (read_value(node.items[i], scope.item(i), parse_service_port, range)) {
      ports.push_back(range);
    } else {
      good = false;
    }
  }
  if (!good || !put_in_order(ports, node, scope)) return;
  const bool one = ports.size() == 1;
  out.port = one && ports.front().single() ? ports.front().low : L4Port{};
  if (one && (ports.front().single() || ports.front().any())) ports.clear();
  out.port_ranges = std::move(ports);
}

}  // namespace

Result<PortRange> parse_service_port(std::string_view text) {
  if (text == "any") return kAnyPort;
  if (text == "0") return Error{"0 is no port", {}, "Write `any` for any port"};
  const auto range = parse_port_range(text);
  if (range) return PortRange{range->first, range->second};
  if (text.find('-') != std::string_view::npos) return range.error();
  return Error{range.error().what, {}, kAllowedPorts};
}

Setting<ServiceConfig> only_vip(Setting<ServiceConfig> vip) {
  vip.write = [write = vip.write](const ServiceConfig& from) {
    return from.more_vips.empty() ? write(from) : std::nullopt;
  };
  return vip;
}

Setting<ServiceConfig> vips_setting() {
  return {{"vips",
           "list of IP addresses",
           "single, LOW-HIGH, or prefix; at most " + decimal(kMaxServiceVips),
           "`vip` alone",
           false,
           "Instead of `vip`: several virtual addresses of one service, with the same dests, counters and "
           "limits. Both families only if all dests are in mode `tunnel`.",
           {}},
          read_vips,
          [](const ServiceConfig& from) -> std::optional<YamlNode> {
            if (from.more_vips.empty()) return std::nullopt;
            YamlNode node = YamlNode::sequence({});
            for (std::string& text : address_texts(vips_of(from)))
              node.items.push_back(YamlNode::scalar(std::move(text)));
            return node;
          }};
}

Setting<ServiceConfig> service_port_setting() {
  auto setting = Make<ServiceConfig>::integer(
      "port", &ServiceConfig::port, {1, 65535},
      "The port that clients use, or `any`; or a range, or a list of ports and ranges.");
  setting.doc.required = true;
  setting.doc.fallback.clear();
  setting.doc.type = "port, range or list";
  setting.doc.allowed = "1 to 65535, `LOW-HIGH`, `any`";
  setting.read = [read = setting.read](const YamlNode& node, const Scope& scope, ServiceConfig& out) {
    if (node.kind == YamlNode::Kind::sequence) return read_port_list(node, scope, out);
    const bool range = node.kind == YamlNode::Kind::scalar &&
                       (node.text == "any" || node.text == "0" || node.text.find('-', 1) < node.text.size());
    if (node.kind == YamlNode::Kind::scalar && !range &&
        node.text.find_first_not_of("0123456789") != std::string::npos)
      return scope.fail(node, quoted(node.text) + " is no port", kAllowedPorts);
    if (!range) return read(node, scope, out);
    PortRange ports;
    if (!read_value(node, scope, parse_service_port, ports)) return;
    out.port = ports.single() ? ports.low : L4Port{};
    if (!ports.single() && !ports.any()) out.port_ranges = {ports};
  };
  setting.write = [](const ServiceConfig& from) {
    const auto ports = ports_of(from);
    if (ports.size() == 1) return YamlNode::scalar(ports.front().text());
    YamlNode node = YamlNode::sequence({});
    for (const PortRange& range : ports) node.items.push_back(YamlNode::scalar(range.text()));
    return node;
  };
  return setting;
}

void finish_vips(const YamlNode& service, const Scope& scope) {
  const YamlNode* one = service.find("vip");
  const YamlNode* list = service.find("vips");
  if (one != nullptr && list != nullptr) {
    scope.key("vips").fail(*list, "given together with `vip`", "Keep one of the two");
  } else if (one == nullptr && list == nullptr) {
    scope.problems().missing(service, "vip", scope.path() + ": `vip` is missing",
                             "It is required: The virtual address that clients use.");
  }
}

std::string default_name(const ServiceConfig& service) {
  return std::string(name_of(service.protocol)) + ":" +
         endpoint_text(service.vip, ports_of(service).front().text());
}

}  // namespace hvs::config
