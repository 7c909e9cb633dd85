// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace hvs {

EthtoolSocket::EthtoolSocket(const std::string& netdev)
    : netdev_(netdev), fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

EthtoolSocket::~EthtoolSocket() {
  if (fd_ >= 0) close(fd_);
}

bool EthtoolSocket::ask(unsigned long request, ifreq& answer) const {
  if (netdev_.empty() || netdev_.size() >= sizeof answer.ifr_name) return false;
  std::memcpy(answer.ifr_name, netdev_.c_str(), netdev_.size() + 1);
  return ioctl(fd_, request, &answer) == 0;
}

bool EthtoolSocket::ethtool(void* command) const {
  ifreq request{};
  request.ifr_data = static_cast<char*>(command);
  return ask(SIOCETHTOOL, request);
}

unsigned EthtoolSocket::flags() const {
  ifreq answer{};
  return ask(SIOCGIFFLAGS, answer) ? static_cast<std::uint16_t>(answer.ifr_flags) : 0;
}

std::uint16_t EthtoolSocket::mtu() const {
  ifreq answer{};
  if (!ask(SIOCGIFMTU, answer)) return 0;
  return static_cast<std::uint16_t>(std::clamp(answer.ifr_mtu, 0, 0xffff));
}

MacAddr EthtoolSocket::mac() const {
  ifreq answer{};
  MacAddr mac{};
  if (ask(SIOCGIFHWADDR, answer)) std::memcpy(mac.data(), answer.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

DeviceChannels EthtoolSocket::channels() const {
  ethtool_channels answer{};
  answer.cmd = ETHTOOL_GCHANNELS;
  if (!ethtool(&answer)) return {};
  return {.combined = answer.combined_count,
          .rx = answer.rx_count,
          .tx = answer.tx_count,
          .max_combined = answer.max_combined};
}

EthtoolDriver EthtoolSocket::driver() const {
  ethtool_drvinfo answer{};
  answer.cmd = ETHTOOL_GDRVINFO;
  if (!ethtool(&answer)) return {};
  return {answer.driver, answer.bus_info};
}

bool EthtoolSocket::hashes_ports(std::uint32_t flow_type) const {
  ethtool_rxnfc answer{};
  answer.cmd = ETHTOOL_GRXFH;
  answer.flow_type = flow_type;
  constexpr std::uint64_t kFourTuple = RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3;
  return ethtool(&answer) && answer.data == kFourTuple;
}

RssInfo EthtoolSocket::rss() const {
  ethtool_rxfh sizes{};
  sizes.cmd = ETHTOOL_GRSSH;
  if (!ethtool(&sizes) || sizes.indir_size == 0 || sizes.key_size == 0) return {};
  const std::size_t table = sizes.indir_size * sizeof(std::uint32_t);
  // The structure ends in uint32_t rss_config[]: the table, then the key.
  std::vector<std::uint32_t> buffer((sizeof(ethtool_rxfh) + table + sizes.key_size + 3) / 4);
  ethtool_rxfh request{};
  request.cmd = ETHTOOL_GRSSH;
  request.indir_size = sizes.indir_size;
  request.key_size = sizes.key_size;
  std::memcpy(buffer.data(), &request, sizeof request);
  if (!ethtool(buffer.data())) return {};
  ethtool_rxfh answer{};
  std::memcpy(&answer, buffer.data(), sizeof answer);
  constexpr std::uint8_t kToeplitz = 1;  // ETH_RSS_HASH_TOP of the kernel
  // The byte after hfunc is input_xfrm, which older headers do not name: 0 is none, 1 makes the hash
  // symmetric.
  const std::uint8_t transform =
      reinterpret_cast<const std::uint8_t*>(&answer)[offsetof(ethtool_rxfh, hfunc) + 1];
  if (answer.hfunc != kToeplitz || transform != 0) return {};

  const auto* config = reinterpret_cast<const std::uint8_t*>(buffer.data()) + sizeof(ethtool_rxfh);
  RssInfo rss;
  rss.reta.reserve(sizes.indir_size);
  for (std::size_t i = 0; i < sizes.indir_size; ++i) {
    std::uint32_t queue = 0;
    std::memcpy(&queue, config + i * sizeof queue, sizeof queue);
    rss.reta.push_back(static_cast<std::uint16_t>(queue));
  }
  rss.key.assign(config + table, config + table + sizes.key_size);
  constexpr std::uint32_t kFlows[kRssTypes] = {TCP_V4_FLOW, UDP_V4_FLOW, TCP_V6_FLOW,
                                               UDP_V6_FLOW};  // by RssType
  for (std::size_t i = 0; i < kRssTypes; ++i) rss.over_ports[i] = hashes_ports(kFlows[i]);
  return rss;
}

}  // namespace hvs
