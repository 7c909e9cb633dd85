// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/listing.h"

namespace hvs::ipvs {

namespace {

using Json = nlohmann::json;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// SCTP's states have TCP's names in the API; these are what IPVS calls them. Of an association that begins,
/// it tells a second INIT from the first and has seen the cookie; here that is one state each.
std::string_view sctp_state(TcpState state) {
  switch (state) {
    case TcpState::none: return "NONE";
    case TcpState::syn_sent: return "INIT1";
    case TcpState::syn_recv: return "C-SENT";
    case TcpState::established: return "ESTABLISHED";
    case TcpState::fin_wait: return "S-RECEIVED";  // the client's SHUTDOWN: states are the real server's
    case TcpState::close_wait: return "S-SENT";
    case TcpState::last_ack: return "S-ACK-SENT";
    case TcpState::time_wait:
    case TcpState::close: return "CLOSED";
  }
  return "?";
}

/// IPVS has one state for a connection that opens. Where it sees both sides, its states are the real
/// server's, and HVS's are the client's; else its are the client's, too.
std::string tcp_state(const std::string& word, const std::string& mode) {
  if (word == "syn_sent") return "SYN_RECV";
  if (mode != "dr" && mode != "tunnel") {
    if (word == "fin_wait") return "CLOSE_WAIT";
    if (word == "close_wait") return "FIN_WAIT";
    if (word == "last_ack") return "TIME_WAIT";
  }
  return upper(word);
}

std::string state_text(L4Proto protocol, const Json& json) {
  const std::string word = json.value("state", "none");
  switch (protocol) {
    case L4Proto::tcp: return tcp_state(word, json.value("mode", "nat"));
    case L4Proto::sctp: return std::string(sctp_state(parse_name<TcpState>(word).value_or(TcpState::none)));
    case L4Proto::udp:
    case L4Proto::icmp:
    case L4Proto::icmpv6: break;
  }
  return upper(std::string(name_of(protocol)));
}

/// The API's "ADDRESS:PORT", with names when they are wanted.
std::string endpoint(const std::string& text, L4Proto protocol, bool numeric) {
  if (numeric) return text;
  const auto parsed = parse_host_port(text, protocol);
  if (!parsed || !parsed->port) return text;
  return host_port_text(parsed->host, *parsed->port, protocol, false);
}

L4Proto protocol_of(const Json& json) {
  return parse_name<L4Proto>(json.value("protocol", "tcp")).value_or(L4Proto::tcp);
}

std::string row(const Json& json, const std::string& state, const std::string& client, const std::string& vip,
                const std::string& dest) {
  const std::uint64_t seconds = json.value("expires_ms", std::uint64_t{0}) / 1000;
  const std::string expire = fmt::format("{:02}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{:<3} {:<6} {:<11} {:<18} {:<18} {}\n", upper(json.value("protocol", "tcp")), expire,
                     state, client, vip, dest);
}

}  // namespace

std::string connections_heading(bool engines) {
  const std::string columns = fmt::format("pro expire {:<11} {:<18} {:<18} ", "state", "source", "virtual");
  const std::string last =
      engines ? fmt::format("{:<18} {:<16} {}", "destination", "pe name", "pe_data") : "destination";
  return "IPVS connection entries\n" + columns + last + "\n";
}

Result<std::string> connection_line(std::string_view line, bool numeric) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return Error{"the daemon's answer is no connection", {}, ""};
  const L4Proto protocol = protocol_of(json);
  const bool icmp = protocol == L4Proto::icmp || protocol == L4Proto::icmpv6;  // an id is no port
  const auto at = [&](const char* key) { return endpoint(json.value(key, ""), protocol, numeric || icmp); };
  return row(json, state_text(protocol, json), at("client"), at("vip"), at("dest"));
}

Result<std::string> template_line(std::string_view line, bool numeric) {
  const Json json = Json::parse(line, nullptr, false);
  const auto client = json.is_object() ? IpAddr::parse(json.value("client", "")) : std::nullopt;
  if (!client) return Error{"the daemon's answer is no persistent client", {}, ""};
  const L4Proto protocol = protocol_of(json);
  const auto at = [&](const char* key) { return endpoint(json.value(key, ""), protocol, numeric); };
  return row(json, "NONE", host_port_text(*client, L4Port{}, protocol, numeric), at("vip"), at("dest"));
}

}  // namespace hvs::ipvs
