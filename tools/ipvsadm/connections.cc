// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

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

/// The API's "ADDRESS:PORT", with names when they are wanted.
std::string endpoint(const std::string& text, L4Proto protocol, bool numeric) {
  if (numeric) return text;
  const auto parsed = parse_host_port(text, protocol);
  if (!parsed || !parsed->port) return text;
  return host_port_text(parsed->host, *parsed->port, protocol, false);
}

}  // namespace

std::string connections_heading() {
  return fmt::format("IPVS connection entries\npro expire {:<11} {:<18} {:<18} {}\n", "state", "source",
                     "virtual", "destination");
}

Result<std::string> connection_line(std::string_view line, bool numeric) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return Error{"the daemon's answer is no connection", {}, ""};
  const std::string word = json.value("protocol", "tcp");
  const L4Proto protocol = parse_name<L4Proto>(word).value_or(L4Proto::tcp);
  const std::uint64_t seconds = json.value("expires_ms", std::uint64_t{0}) / 1000;
  const bool icmp = protocol == L4Proto::icmp || protocol == L4Proto::icmpv6;  // an id is no port
  const bool stateless = icmp || protocol == L4Proto::udp;
  const std::string state = stateless ? upper(word) : upper(json.value("state", "none"));
  const auto at = [&](const char* key) { return endpoint(json.value(key, ""), protocol, numeric || icmp); };
  const std::string expire = fmt::format("{:02}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{:<3} {:<6} {:<11} {:<18} {:<18} {}\n", upper(word), expire, state, at("client"),
                     at("vip"), at("dest"));
}

}  // namespace hvs::ipvs
