// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/netdev_control.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace hvs {

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::copy_n(name.data(), std::min(name.size(), sizeof request.ifr_name - 1), request.ifr_name);
  return request;
}

NetdevControl::NetdevControl() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
NetdevControl::~NetdevControl() { close(fd_); }

bool NetdevControl::call(unsigned long what, ifreq& request) const { return ioctl(fd_, what, &request) == 0; }

bool NetdevControl::set_mac(const std::string& name, const MacAddr& mac) const {
  ifreq request = request_for(name);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, mac.data(), mac.size());
  return call(SIOCSIFHWADDR, request);
}

bool NetdevControl::set_mtu(const std::string& name, std::uint16_t mtu) const {
  ifreq request = request_for(name);
  request.ifr_mtu = mtu;
  return call(SIOCSIFMTU, request);
}

bool NetdevControl::add_flags(const std::string& name, int flags) const {
  ifreq request = request_for(name);
  if (!call(SIOCGIFFLAGS, request)) return false;
  request.ifr_flags = static_cast<short>(request.ifr_flags | flags);
  return call(SIOCSIFFLAGS, request);
}

}  // namespace hvs
