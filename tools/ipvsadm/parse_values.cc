// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bit>

#include "model/max_persistence.h"
#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/parser.h"

// The values of options. Which options there are, and in what order they may stand, is in parse.cc.
namespace hvs::ipvs {

namespace {

constexpr std::uint64_t kMaxWeight = 65535;
constexpr std::uint64_t kMaxWeightOfIpvsadm = 2147483647;
constexpr std::uint32_t kDefaultPersistence = 360;  // as ipvsadm does; its manual says 300

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

/// What is a number for ipvsadm, too, but beyond our bound, the daemon refuses in the same words.
Outcome Parser::set_weight(const OptionInfo& info, const std::string& value) {
  const auto parsed = parse_number(value, kMaxWeightOfIpvsadm);
  if (!parsed)
    return bad(spelled(info) + ": '" + value + "' is no number of 0 to " + std::to_string(kMaxWeight));
  command_.weight = *parsed;
  return std::nullopt;
}

Outcome Parser::set_service(const OptionInfo& info, L4Proto protocol, const std::string& value) {
  if (command_.service) return bad("two services in one command line");
  const auto address = parse_service_address(value, protocol);
  if (!address) return bad(spelled(info) + ": " + address.error().message());
  port_left_out_ = !address->port;
  command_.service = ServiceAddress{protocol, address->host, address->port.value_or(kAnyPort)};
  return std::nullopt;
}

Outcome Parser::set_persistent(const OptionInfo& info, const std::string& value) {
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxPersistence.count());
  const auto seconds =
      value.empty() ? std::optional<std::uint64_t>(kDefaultPersistence) : parse_number(value, kMost);
  if (!seconds || *seconds == 0)
    return bad(spelled(info) + ": '" + value + "' is no number of seconds from 1 to " +
               std::to_string(kMost) + ", 31 days");
  command_.persistent = static_cast<std::uint32_t>(*seconds);
  return std::nullopt;
}

/// Of DPVS's two targets, the client's address is the one that counts here anyway.
Outcome Parser::check_hash_target(const OptionInfo& info, const std::string& value) {
  if (value == "sip") return std::nullopt;
  if (value == "qid") return bad(spelled(info) + ": connection ids of QUIC are not looked at; use sip");
  return bad(spelled(info) + ": '" + value + "' is not sip");
}

Outcome Parser::check_synproxy(const OptionInfo& info, const std::string& value) {
  if (value == "disable") return std::nullopt;
  if (value == "enable") return bad(spelled(info) + ": there is no SYN proxy; leave it out, or say disable");
  return bad(spelled(info) + ": '" + value + "' is neither enable nor disable");
}

Outcome Parser::set_tunnel_type(const std::string& value) {
  const auto type = parse_name<TunnelType>(value);
  if (!type) return bad("--tun-type: '" + value + "' is none of ipip, gue, gre");
  command_.tunnel.type = *type;
  return std::nullopt;
}

Outcome Parser::set_tunnel_port(const OptionInfo& info, const std::string& value) {
  std::uint64_t port = 0;
  if (auto error = set_number(info, value, 65535, port); error) return error;
  if (port == 0) return bad("--tun-port: 0 is no port");
  command_.tunnel.port = L4Port{static_cast<std::uint16_t>(port)};
  return std::nullopt;
}

Outcome Parser::set_gue_variant(const OptionInfo& info, const std::string& value) {
  std::uint64_t variant = 0;
  if (auto error = set_number(info, value, 1, variant); error) return error;
  command_.tunnel.gue_variant = static_cast<std::uint16_t>(variant);
  return std::nullopt;
}

/// Of an IPv4 service a netmask, of an IPv6 service the length of a prefix.
Outcome Parser::check_netmask() {
  if (!netmask_text_) return std::nullopt;
  if (!command_.persistent) return bad("-M (--netmask) goes with -p");
  const std::string& text = *netmask_text_;
  if (!command_.service->address.is_v4()) {
    const auto length = parse_number(text, 128);
    if (!length || *length == 0) return bad("-M (--netmask): '" + text + "' is no prefix length of 1 to 128");
    command_.netmask_bits = static_cast<unsigned>(*length);
    return std::nullopt;
  }
  const auto mask = IpAddr::parse(text);
  const std::uint32_t bits = mask && mask->is_v4() ? mask->as_v4().host() : 0;
  const auto ones = static_cast<unsigned>(std::countl_one(bits));
  if (ones == 0 || (ones < 32 && bits << ones != 0))
    return bad("-M (--netmask): '" + text + "' is no netmask, such as 255.255.255.0");
  command_.netmask_bits = ones;
  return std::nullopt;
}

/// Which options a type of tunnel has, and needs.
Outcome Parser::check_tunnel() const {
  const TunnelType type = command_.tunnel.type;
  const bool is_gue = type == TunnelType::gue;
  bool any = given(Opt::tun_type);
  for (const Opt option : {Opt::tun_port, Opt::tun_csum, Opt::tun_nocsum, Opt::gue_variant}) {
    if (!given(option)) continue;
    any = true;
    const bool checksum = option == Opt::tun_csum || option == Opt::tun_nocsum;
    if (command_.forward != Forward::ipip || is_gue || (checksum && type == TunnelType::gre)) continue;
    return bad(spelled(info_of(option)) + " does not go with --tun-type " + std::string(name_of(type)));
  }
  if (any && command_.forward != Forward::ipip) return bad("--tun-type and its like go with -i");
  if (given(Opt::tun_csum) && given(Opt::tun_nocsum)) return bad("--tun-csum and --tun-nocsum together");
  if (is_gue && !given(Opt::tun_port)) return bad("--tun-type gue needs --tun-port");
  return std::nullopt;
}

Outcome Parser::set_local_address(const OptionInfo& info, const std::string& value) {
  const auto address = IpAddr::parse(value);
  if (!address) return bad(spelled(info) + ": '" + value + "' is no address");
  command_.local_address = *address;
  return std::nullopt;
}

}  // namespace hvs::ipvs
