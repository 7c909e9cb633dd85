// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/bind_guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "model/message_id.h"
#include "pmd/route_query.h"

namespace hvs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFix = "Move it first, or say that you mean it (`force: true`, or hvsctl bind --force)";

/// What cannot be found out is no permission.
Error unknown(const std::string& what, const std::string& detail) {
  return message(MessageId::bind_unknown, what,
                 "it cannot be told whether this machine is reached through it: " + detail,
                 "Mend that, or say that you mean it (`force: true`, or hvsctl bind --force)");
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

/// A TCP connection that somebody opened to this machine.
struct Session {
  IpAddr local;
  IpAddr peer;
  unsigned port;
};

/// Nobody manages a machine by it, and it stands the change: its hold time is longer (RFC 4271, 4.2).
constexpr unsigned kBgpPort = 179;

/// Of who asks, and all that are open to a port on which this machine listens, since it may be managed by
/// any.
Result<std::vector<Session>> sessions_of(const BindSurroundings& here) {
  std::vector<Session> out;
  std::istringstream fields(here.ssh_connection);
  std::string client, client_port, server;
  unsigned server_port = 0;
  if (fields >> client >> client_port >> server >> server_port) {
    const auto local = IpAddr::parse(server);
    const auto peer = IpAddr::parse(client);
    if (local && peer) out.push_back({*local, *peer, server_port});
  }
  std::set<unsigned> listening;
  std::vector<Session> open;
  for (const char* file : {"proc/self/net/tcp", "proc/self/net/tcp6"}) {
    const fs::path path = here.root / file;
    std::ifstream in(path);
    std::error_code ignored;
    const bool without_ipv6 = path.filename() == "tcp6" && !fs::exists(path, ignored);
    if (!in && !without_ipv6)
      return Error{"cannot read " + path.string() + ": " + std::strerror(errno), "", ""};
    std::string line;
    std::getline(in, line);  // titles
    while (std::getline(in, line)) {
      std::istringstream row(line);
      std::string number, local, remote, state;
      row >> number >> local >> remote >> state;
      const auto own = parse_socket(local);
      const auto peer = parse_socket(remote);
      if (!own || !peer) continue;
      if (state == "0A") listening.insert(own->second);
      if (state == "01") open.push_back({own->first, peer->first, own->second});
    }
  }
  std::copy_if(open.begin(), open.end(), std::back_inserter(out), [&](const Session& session) {
    return session.port != kBgpPort && listening.count(session.port) != 0;
  });
  return out;
}

/// By its address, or, for an address that no NIC has (on lo, say), by the way that answers take.
Result<bool> comes_in_by(const Session& session, const std::string& device, const BindSurroundings& here) {
  for (const auto& [holder, addr] : here.addresses) {
    if (holder == device && addr == session.local) return true;
  }
  if (!here.towards) return false;
  const auto way = here.towards(session.peer, session.local);
  if (!way) return way.error();
  return *way == device;
}

std::string name_of_index(std::uint32_t index) {
  char name[IF_NAMESIZE] = "";
  return index != 0 && if_indextoname(index, name) != nullptr ? name : "";
}

}  // namespace

bool has_default_route(const std::string& netdev) {
  const auto devices = default_route_netdevs();
  if (!devices) return true;
  return std::find(devices->begin(), devices->end(), if_nametoindex(netdev.c_str())) != devices->end();
}

Result<BindSurroundings> surroundings_here() {
  BindSurroundings here;
  if (const char* ssh = std::getenv("SSH_CONNECTION")) here.ssh_connection = ssh;
  const auto defaults = default_route_netdevs();
  if (!defaults) return defaults.error();
  for (const std::uint32_t index : *defaults) here.default_routes.push_back(name_of_index(index));
  here.towards = [](const IpAddr& peer, const IpAddr& local) -> Result<std::string> {
    const auto index = netdev_towards(peer, local);
    if (!index) return index.error();
    return name_of_index(*index);
  };
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0)
    return Error{std::string("the kernel does not tell its addresses: ") + std::strerror(errno), "", ""};
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

Result<std::vector<std::string>> stack_on(const std::string& netdev, const fs::path& root) {
  std::vector<std::string> found{netdev};
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::error_code failed;
    const fs::path dir = root / "sys/class/net" / found[i];
    fs::directory_iterator it(dir, failed);
    // What stands on it may be of another network namespace (a macvlan of a container's).
    if (failed && i == 0) return unknown(netdev, "cannot read " + dir.string() + ": " + failed.message());
    for (const fs::directory_iterator end; !failed && it != end; it.increment(failed)) {
      const std::string name = it->path().filename().string();
      if (!name.starts_with("upper_")) continue;
      const std::string upper = name.substr(6);
      if (std::find(found.begin(), found.end(), upper) == found.end()) found.push_back(upper);
    }
  }
  return found;
}

Result<void> may_take(const std::string& netdev, const BindSurroundings& here) {
  const auto sessions = sessions_of(here);
  if (!sessions) return unknown(netdev, sessions.error().what);
  const auto stack = stack_on(netdev, here.root);
  if (!stack) return stack.error();
  for (const std::string& device : *stack) {
    const std::string on = device == netdev ? "" : " (" + device + ", which stands on it)";
    if (std::find(here.default_routes.begin(), here.default_routes.end(), device) !=
        here.default_routes.end()) {
      return message(
          MessageId::bind_default_route, netdev,
          "a default route of this machine leads through it" + on + "; without it the machine may be cut off",
          kFix);
    }
    for (const Session& session : *sessions) {
      const auto by_it = comes_in_by(session, device, here);
      if (!by_it) return unknown(netdev, by_it.error().what);
      if (!*by_it) continue;
      return message(MessageId::bind_session, netdev,
                     session.peer.text() + " is connected by it" + on + " to port " +
                         std::to_string(session.port) + " of " + session.local.text(),
                     kFix);
    }
    if (device != netdev) {
      return message(
          MessageId::bind_stacked, netdev, device + " stands on it, and would lose it",
          "Take it out of there first, or say that you mean it (`force: true`, or hvsctl bind --force)");
    }
  }
  return {};
}

Result<void> may_take_nic(const std::string& pci_address, const NicNetdevs& netdevs,
                          const std::vector<std::string>& virtual_functions, const BindSurroundings& here) {
  const std::string where = "PCI device " + pci_address;
  if (netdevs.elsewhere) {
    return message(MessageId::bind_elsewhere, where, "a netdev of it is in another network namespace",
                   "Run this there, or say that you mean it (`force: true`, or hvsctl bind --force)");
  }
  for (const std::string& netdev : netdevs.here) {
    if (auto may = may_take(netdev, here); !may) return may;
  }
  if (virtual_functions.empty()) return {};
  return message(MessageId::bind_functions, where,
                 "its virtual functions (" + virtual_functions.front() + ", ...) would go with its driver",
                 "Remove them first (sriov_numvfs), or say that you mean it (`force: true`, or hvsctl bind "
                 "--force)");
}

}  // namespace hvs
