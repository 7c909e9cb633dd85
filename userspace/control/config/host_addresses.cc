// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "base/units.h"
#include "control/config/machine_facts.h"
#include "control/netlink/decode.h"
#include "control/netlink/socket.h"

// getifaddrs() names an IPv4 address by its label, which may be no device's name (`v0:2`): the kernel is
// asked for the interface's index.
namespace hvs {

namespace {

using netlink::AddressRecord;

constexpr int kSilenceMs = 1000;
constexpr int kTries = 4;

/// One reading of the kernel's list.
struct Reading {
  std::vector<AddressRecord> records;
  bool whole = false;  // it came to its end, and the list did not change meanwhile
};

Reading read_addresses() {
  Reading out;
  auto socket = netlink::Socket::open({}, 256_KiB);
  if (!socket) return out;
  const netlink::Message request(nlmsg_alloc_simple(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP));
  ifaddrmsg of_both_families{};
  if (!request ||
      nlmsg_append(request.get(), &of_both_families, sizeof of_both_families, NLMSG_ALIGNTO) != 0 ||
      socket->send(request.get()) == 0)
    return out;
  bool ended = false;
  bool changed = false;
  const auto take = [&](nlmsghdr* message) {
    changed = changed || (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    ended = ended || message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
    out.whole = message->nlmsg_type == NLMSG_DONE && !changed;
    std::string ignored;
    if (message->nlmsg_type != RTM_NEWADDR) return;
    if (const auto event = netlink::decode(message, ignored))
      out.records.push_back(std::get<AddressRecord>(event->record));
  };
  while (!ended) {
    switch (socket->read(take)) {
      case netlink::Socket::Read::data: break;
      case netlink::Socket::Read::empty:
        if (!socket->wait(kSilenceMs)) return out;
        break;
      case netlink::Socket::Read::overrun:
      case netlink::Socket::Read::failed: return out;
    }
  }
  return out;
}

std::string name_of_interface(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? "" : name.data();
}

/// Tells devices without neighbours: lo, dummies, tunnels.
class LinkProbe {
 public:
  LinkProbe() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~LinkProbe() {
    if (fd_ >= 0) close(fd_);
  }
  LinkProbe(const LinkProbe&) = delete;
  LinkProbe& operator=(const LinkProbe&) = delete;

  /// True when it cannot be known.
  [[nodiscard]] bool has_neighbours(const std::string& netdev) const {
    ifreq request{};
    std::copy_n(netdev.begin(), std::min<std::size_t>(netdev.size(), IFNAMSIZ - 1), request.ifr_name);
    if (fd_ < 0 || ioctl(fd_, SIOCGIFFLAGS, &request) != 0) return true;
    return (request.ifr_flags & (IFF_LOOPBACK | IFF_NOARP)) == 0;
  }

 private:
  int fd_;
};

struct Interface {
  std::string name;  // empty: it is gone
  bool has_neighbours = true;
};

}  // namespace

std::vector<HostAddress> probe_addresses() {
  Reading reading;
  for (int i = 0; i < kTries && !reading.whole; ++i) reading = read_addresses();
  std::vector<HostAddress> out;
  // By (interface, family). A host address (/32, /128) is a VIP or LIP where the interface has a subnet as
  // well; the kernel lists IPv6 addresses newest first, so the order alone does not tell.
  std::map<std::pair<std::uint32_t, Family>, std::size_t> main;
  std::map<std::uint32_t, Interface> interfaces;
  const LinkProbe links;
  for (const AddressRecord& record : reading.records) {
    const auto [found, fresh] = interfaces.try_emplace(record.ifindex);
    Interface& interface = found->second;
    if (fresh) {
      interface.name = name_of_interface(record.ifindex);
      interface.has_neighbours = links.has_neighbours(interface.name);
    }
    if (interface.name.empty()) continue;
    HostAddress host{{masked(record.addr, record.length), record.length},
                     record.addr,
                     interface.name,
                     false,
                     interface.has_neighbours};
    const auto [best, first] = main.emplace(std::pair(record.ifindex, record.addr.family), out.size());
    const auto is_host = [](const HostAddress& a) { return a.prefix.length == (a.addr.is_v4() ? 32 : 128); };
    if (!first && is_host(out[best->second]) && !is_host(host)) best->second = out.size();
    out.push_back(std::move(host));
  }
  for (const auto& [key, index] : main) out[index].primary = true;
  return out;
}

}  // namespace hvs
