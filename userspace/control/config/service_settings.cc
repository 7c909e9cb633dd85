// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/service_settings.h"

#include "control/config/settings.h"

namespace hvs::config {

namespace {

/// The least leaves room for something besides headers; the most is what IPv4 can hold (RFC 6691).
constexpr Range kMssRange = {256, 65495};

std::string text_of(const MssClamp& mss) {
  if (mss.automatic) return "auto";
  return mss.most == 0 ? "off" : decimal(mss.most);
}

void read_mss(const YamlNode& node, const Scope& scope, ServiceConfig& out) {
  if (node.kind == YamlNode::Kind::scalar && (node.text == "auto" || node.text == "off")) {
    out.mss = {node.text == "auto", 0};
    return;
  }
  std::uint64_t most = 0;
  const auto parse = [](std::string_view text) -> Result<std::uint64_t> {
    auto value = parse_integer(text);
    if (value) return value;
    return Error{quoted(text) + " is not known", {}, "Available: auto, off, or a number of bytes"};
  };
  if (read_number(node, scope, kMssRange, parse, decimal, most))
    out.mss = {false, static_cast<std::uint16_t>(most)};
}

}  // namespace

Setting<ServiceConfig> mss_setting() {
  return {
      {"mss",
       "word or integer",
       "auto, off, " + decimal(kMssRange.low) + " to " + decimal(kMssRange.high),
       "auto",
       false,
       "The most that the MSS option of SYN and SYN-ACK may say; a lower one stays. `auto`: what the MTU of "
       "both "
       "sides takes, where both directions pass HVS (modes `fullnat` and `nat`). A number holds in every "
       "mode, but of a dest in mode `dr` or `tunnel` HVS does not see the SYN-ACK (docs/real-servers.md).",
       {}},
      read_mss,
      [](const ServiceConfig& from) -> std::optional<YamlNode> {
        if (from.mss == MssClamp{}) return std::nullopt;
        return YamlNode::scalar(text_of(from.mss));
      }};
}

Setting<ServiceConfig> one_packet_setting() {
  auto setting = unless_default(Make<ServiceConfig>::word(
      "one_packet", {"true", "false"}, {},
      [](ServiceConfig& out, std::string_view word) { out.one_packet = word == "true"; },
      [](const ServiceConfig& from) { return from.one_packet ? "true" : "false"; },
      "UDP: every datagram is placed for itself, not every flow; with `persistence`, where its client's "
      "others go. Without connections in modes `dr` and `tunnel`, "
      "with one for each client's port and dest in mode `nat`. Not with dests in mode `fullnat`."));
  setting.doc.type = "boolean";
  return setting;
}

}  // namespace hvs::config
