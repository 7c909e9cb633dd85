// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/bind_guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "model/message_id.h"

namespace hvs {
namespace {

namespace fs = std::filesystem;

/// The netdev and everything stacked on it: VLANs, bridges, bonds.
std::vector<std::string> stack_on(const std::string& netdev, const fs::path& root) {
  std::vector<std::string> found{netdev};
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::error_code failed;
    for (fs::directory_iterator it(root / "sys/class/net" / found[i], failed), end; !failed && it != end;
         it.increment(failed)) {
      const std::string name = it->path().filename().string();
      if (!name.starts_with("upper_")) continue;
      const std::string upper = name.substr(6);
      if (std::find(found.begin(), found.end(), upper) == found.end()) found.push_back(upper);
    }
  }
  return found;
}

/// "0A00020F:0016" or 32 hex digits and a port, as /proc/net/tcp and tcp6 write local addresses.
std::optional<std::pair<IpAddr, unsigned>> parse_socket(const std::string& text) {
  const auto colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t word = 0; word < colon / 8; ++word) {
    const auto value =
        static_cast<std::uint32_t>(std::strtoul(text.substr(word * 8, 8).c_str(), nullptr, 16));
    std::memcpy(&bytes[word * 4], &value, sizeof value);  // words are printed in the machine's order
  }
  const auto port = static_cast<unsigned>(std::strtoul(text.c_str() + colon + 1, nullptr, 16));
  IpAddr addr;
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool mapped = colon == 32 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  addr.family = colon == 8 || mapped ? Family::ipv4 : Family::ipv6;
  std::copy_n(bytes.begin() + (mapped ? 12 : 0), addr.is_v4() ? 4 : 16, addr.bytes.begin());
  return std::pair(addr, port);
}

/// Local addresses of ssh sessions: of who asks, and of all that are open.
std::vector<IpAddr> session_addresses(const BindSurroundings& here) {
  constexpr unsigned kSsh = 22;
  std::vector<IpAddr> out;
  std::istringstream fields(here.ssh_connection);
  std::string client, client_port, server;
  if (fields >> client >> client_port >> server) {
    if (const auto addr = IpAddr::parse(server)) out.push_back(*addr);
  }
  for (const char* file : {"proc/self/net/tcp", "proc/self/net/tcp6"}) {
    std::ifstream in(here.root / file);
    std::string line;
    std::getline(in, line);  // titles
    while (std::getline(in, line)) {
      std::istringstream row(line);
      std::string number, local, remote, state;
      row >> number >> local >> remote >> state;
      const auto found = parse_socket(local);
      if (state == "01" && found && found->second == kSsh) out.push_back(found->first);
    }
  }
  return out;
}

bool default_v4(const std::string& netdev, const fs::path& root) {
  std::ifstream in(root / "proc/self/net/route");
  std::string line;
  std::getline(in, line);  // titles
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string name, destination, gateway, flags, refs, use, metric, mask;
    fields >> name >> destination >> gateway >> flags >> refs >> use >> metric >> mask;
    if (name == netdev && destination == "00000000" && mask == "00000000") return true;
  }
  return false;
}

bool default_v6(const std::string& netdev, const fs::path& root) {
  std::ifstream in(root / "proc/self/net/ipv6_route");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string destination, length, src, src_length, hop, metric, refs, use, flags, name;
    fields >> destination >> length >> src >> src_length >> hop >> metric >> refs >> use >> flags >> name;
    constexpr unsigned long kReject = 0x0200;
    if (name == netdev && length == "00" && destination.find_first_not_of('0') == std::string::npos &&
        (std::strtoul(flags.c_str(), nullptr, 16) & kReject) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool has_default_route(const std::string& netdev, const fs::path& root) {
  return default_v4(netdev, root) || default_v6(netdev, root);
}

BindSurroundings surroundings_here() {
  BindSurroundings here;
  if (const char* ssh = std::getenv("SSH_CONNECTION")) here.ssh_connection = ssh;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return here;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    char text[INET6_ADDRSTRLEN] = "";
    const int family = entry->ifa_addr->sa_family;
    if (family == AF_INET)
      inet_ntop(family, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text, sizeof text);
    if (family == AF_INET6)
      inet_ntop(family, &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr, text,
                sizeof text);
    if (const auto addr = IpAddr::parse(text)) here.addresses.emplace_back(entry->ifa_name, *addr);
  }
  return here;
}

Result<void> may_take(const std::string& netdev, const BindSurroundings& here) {
  const std::string fix = "Move it first, or say that you mean it (`force: true`, or hvsctl bind --force)";
  const std::vector<IpAddr> sessions = session_addresses(here);
  for (const std::string& device : stack_on(netdev, here.root)) {
    const std::string on = device == netdev ? "" : " (" + device + ", which stands on it)";
    if (has_default_route(device, here.root)) {
      return message(
          MessageId::bind_default_route, netdev,
          "a default route of this machine leads through it" + on + "; without it the machine may be cut off",
          fix);
    }
    for (const auto& [holder, addr] : here.addresses) {
      if (holder != device || std::find(sessions.begin(), sessions.end(), addr) == sessions.end()) continue;
      return message(MessageId::bind_session, netdev,
                     "an ssh session comes in by its address " + addr.text() + on, fix);
    }
    if (device != netdev) {
      return message(
          MessageId::bind_stacked, netdev, device + " stands on it, and would lose it",
          "Take it out of there first, or say that you mean it (`force: true`, or hvsctl bind --force)");
    }
  }
  return {};
}

}  // namespace hvs
