// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/ip_addr.h"

#include <arpa/inet.h>

#include <cstdio>

namespace hvs {

std::optional<IpAddr> IpAddr::parse(std::string_view text) {
  const std::string copy(text);  // inet_pton wants a terminator
  IpAddr out;
  if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) return out;
  out.family = Family::ipv6;
  if (inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) return out;
  return std::nullopt;
}

std::string IpAddr::text() const {
  char buf[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes.data(), buf, sizeof buf);
  return buf;
}

std::string IpAddr::text(std::uint16_t port) const {
  return (is_v4() ? text() : "[" + text() + "]") + ":" + std::to_string(port);
}

std::string mac_text(const MacAddr& mac) {
  char buf[18];
  std::snprintf(buf, sizeof buf, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
  return buf;
}

}  // namespace hvs
