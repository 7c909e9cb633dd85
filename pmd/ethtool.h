// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>

#include "model/device_facts.h"
#include "net/headers.h"
#include "pmd/port.h"

struct ifreq;

namespace hvs {

struct EthtoolDriver {
  std::string name;
  std::string bus;  // the PCI address of a PCI device
};

/// Questions to one netdev of the calling thread's network namespace. What cannot be answered is empty or
/// zero.
class EthtoolSocket {
 public:
  explicit EthtoolSocket(const std::string& netdev);
  ~EthtoolSocket();
  EthtoolSocket(const EthtoolSocket&) = delete;
  EthtoolSocket& operator=(const EthtoolSocket&) = delete;

  [[nodiscard]] unsigned flags() const;  // IFF_*
  [[nodiscard]] std::uint16_t mtu() const;
  [[nodiscard]] MacAddr mac() const;
  [[nodiscard]] DeviceChannels channels() const;
  [[nodiscard]] EthtoolDriver driver() const;
  [[nodiscard]] RssInfo rss() const;

 private:
  [[nodiscard]] bool ask(unsigned long request, ifreq& answer) const;
  [[nodiscard]] bool ethtool(void* command) const;
  [[nodiscard]] bool hashes_ports(std::uint32_t flow_type) const;

  std::string netdev_;
  int fd_;
};

}  // namespace hvs
