// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/addresses.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace hvs::ipvs {

namespace {

/// As in /etc/services.
std::string protocol_name(L4Proto protocol) { return std::string(name_of(protocol)); }

std::optional<IpAddr> resolve(const std::string& name) {
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, nullptr, &list) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    if (getnameinfo(item->ai_addr, item->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    if (auto address = IpAddr::parse(text); address) return address;
  }
  return std::nullopt;
}

std::optional<L4Port> parse_port(const std::string& text, L4Proto protocol) {
  if (const auto number = parse_number(text, 65535)) return L4Port{static_cast<std::uint16_t>(*number)};
  const servent* service = getservbyname(text.c_str(), protocol_name(protocol).c_str());
  if (service == nullptr) return std::nullopt;
  return L4Port{ntohs(static_cast<std::uint16_t>(service->s_port))};
}

std::string lookup_host(const IpAddr& host) {
  char name[NI_MAXHOST] = {};
  int failed = 0;
  if (host.is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, host.bytes.data(), sizeof address.sin_addr);
    failed = getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address, name, sizeof name,
                         nullptr, 0, NI_NAMEREQD);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, host.bytes.data(), sizeof address.sin6_addr);
    failed = getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address, name, sizeof name,
                         nullptr, 0, NI_NAMEREQD);
  }
  return failed != 0 ? host.text() : name;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

Result<HostPort> parse_host_port(std::string_view text, L4Proto protocol) {
  std::string host(text);
  std::optional<std::string> port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || (end + 1 != text.size() && text[end + 1] != ':')) {
      return Error{"'" + std::string(text) + "' is no address", {}, "Write [ADDRESS]:PORT"};
    }
    host = text.substr(1, end - 1);
    if (end + 1 != text.size()) port = text.substr(end + 2);
  } else if (colon != std::string_view::npos && text.find(':') == colon) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  HostPort out;
  auto address = IpAddr::parse(host);
  if (!address) address = resolve(host);
  if (!address) return Error{"'" + host + "' is neither an address nor a host that is known", {}, ""};
  out.host = *address;
  if (!port) return out;
  out.port = parse_port(*port, protocol);
  if (!out.port) {
    return Error{
        "'" + *port + "' is neither a port nor a service that " + protocol_name(protocol) + " has", {}, ""};
  }
  return out;
}

Result<HostPorts> parse_service_address(std::string_view text, L4Proto protocol) {
  const auto range_of = [&](std::string_view low, std::string_view high) -> std::optional<PortRange> {
    const auto first = parse_number(low, 65535);
    const auto last = parse_number(high, 65535);
    if (!first || !last || *first == 0 || *first > *last) return std::nullopt;
    return PortRange{L4Port{static_cast<std::uint16_t>(*first)}, L4Port{static_cast<std::uint16_t>(*last)}};
  };
  // The name of a port may have a dash, too.
  const std::size_t dash = text.rfind('-');
  const std::size_t colon = text.rfind(':');
  if (dash != std::string_view::npos && colon != std::string_view::npos && colon < dash) {
    if (const auto range = range_of(text.substr(colon + 1, dash - colon - 1), text.substr(dash + 1)); range) {
      const auto host = parse_host_port(text.substr(0, dash), protocol);
      if (!host) return host.error();
      return HostPorts{host->host, range};
    }
  }
  const auto address = parse_host_port(text, protocol);
  if (!address) return address.error();
  if (!address->port) return HostPorts{address->host, std::nullopt};
  const L4Port port = *address->port;
  return HostPorts{address->host, port.value == 0 ? kAnyPort : PortRange{port, port}};
}

std::string host_text(const IpAddr& host, bool numeric) { return numeric ? host.text() : lookup_host(host); }

std::string host_port_text(const IpAddr& host, const PortRange& ports, L4Proto protocol, bool numeric) {
  if (ports.single() || ports.any()) return host_port_text(host, ports.low, protocol, numeric);
  const std::string name = numeric ? host.text() : lookup_host(host);
  return (host.is_v4() ? name : "[" + name + "]") + ":" + ports.text();
}

std::string host_port_text(const IpAddr& host, L4Port port, L4Proto protocol, bool numeric) {
  if (numeric) return host.text(port.value);
  const std::string name = lookup_host(host);
  const servent* service =
      port.value == 0 ? nullptr : getservbyport(htons(port.value), protocol_name(protocol).c_str());
  return (host.is_v4() ? name : "[" + name + "]") + ":" +
         (service == nullptr ? std::to_string(port.value) : service->s_name);
}

}  // namespace hvs::ipvs
