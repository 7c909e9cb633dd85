// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/tap_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "model/message_id.h"
#include "pmd/ethtool.h"
#include "pmd/netdev_control.h"

namespace hvs {

bool is_tap(const std::string& netdev) {
  const EthtoolDriver driver = EthtoolSocket(netdev).driver();
  return driver.name == "tun" && driver.bus == "tap";
}

Result<void> remove_tap(const std::string& netdev) {
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request = request_for(netdev);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI);
  const bool done = fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 && ioctl(fd, TUNSETPERSIST, 0) == 0;
  const int code = errno;
  if (fd >= 0) close(fd);  // it goes with the last who is attached
  if (done) return {};
  return message(MessageId::companion_failed, netdev,
                 "cannot remove the TAP device: " + std::string(std::strerror(code)),
                 code == EBUSY ? "Another process has it; stop that first" : "It takes root");
}

}  // namespace hvs
