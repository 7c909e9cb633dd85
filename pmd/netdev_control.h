// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>

#include "net/headers.h"

struct ifreq;

namespace hvs {

/// An interface request for that name.
ifreq request_for(const std::string& name);

/// The socket that interface ioctls go through. False: errno says why.
class NetdevControl {
 public:
  NetdevControl();
  ~NetdevControl();
  NetdevControl(const NetdevControl&) = delete;
  NetdevControl& operator=(const NetdevControl&) = delete;

  bool call(unsigned long what, ifreq& request) const;
  [[nodiscard]] bool set_mac(const std::string& name, const MacAddr& mac) const;
  [[nodiscard]] bool set_mtu(const std::string& name, std::uint16_t mtu) const;
  /// IFF_* to have; no others are taken away.
  [[nodiscard]] bool add_flags(const std::string& name, int flags) const;

 private:
  int fd_;
};

}  // namespace hvs
