// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/parser.h"

// The values of options. Which options there are, and in what order they may stand, is in parse.cc.
namespace hvs::ipvs {

namespace {

constexpr std::uint32_t kDefaultPersistence = 300;

}  // namespace

Outcome Parser::set_text(std::string& out, const std::string& value) {
  out = value;
  return std::nullopt;
}

Outcome Parser::set_number(const OptionInfo& info, const std::string& value, std::uint64_t max,
                           std::uint64_t& out) {
  const auto parsed = parse_number(value, max);
  if (!parsed) return bad(spelled(info) + ": '" + value + "' is no number of 0 to " + std::to_string(max));
  out = *parsed;
  return std::nullopt;
}

Outcome Parser::set_service(const OptionInfo& info, L4Proto protocol, const std::string& value) {
  if (command_.service) return bad("two services in one command line");
  const auto address = parse_host_port(value, protocol);
  if (!address) return bad(spelled(info) + ": " + address.error().message());
  if (!address->port || address->port->value == 0) {
    return bad(spelled(info) + " " + value + ": services on any port are not available yet; name a port");
  }
  command_.service = ServiceAddress{protocol, address->host, *address->port};
  return std::nullopt;
}

Outcome Parser::set_persistent(const OptionInfo& info, const std::string& value) {
  const auto seconds =
      value.empty() ? std::optional<std::uint64_t>(kDefaultPersistence) : parse_number(value, kMaxSeconds);
  if (!seconds || *seconds == 0) return bad(spelled(info) + ": '" + value + "' is no number of seconds");
  command_.persistent = static_cast<std::uint32_t>(*seconds);
  return std::nullopt;
}

Outcome Parser::set_tunnel_type(const std::string& value) {
  if (value != "ipip" && value != "gue" && value != "gre") {
    return bad("--tun-type: '" + value + "' is none of ipip, gue, gre");
  }
  command_.tunnel_type = value;
  return std::nullopt;
}

Outcome Parser::set_tunnel_port(const OptionInfo& info, const std::string& value) {
  std::uint64_t port = 0;
  if (auto error = set_number(info, value, 65535, port); error) return error;
  if (port == 0) return bad("--tun-port: 0 is no port");
  command_.tunnel_port = L4Port{static_cast<std::uint16_t>(port)};
  return std::nullopt;
}

Outcome Parser::set_local_address(const OptionInfo& info, const std::string& value) {
  const auto address = IpAddr::parse(value);
  if (!address) return bad(spelled(info) + ": '" + value + "' is no address");
  command_.local_address = *address;
  return std::nullopt;
}

}  // namespace hvs::ipvs
