// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_companion.h"

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
#include "pmd/pci_bus.h"

namespace hvs {

namespace {

Error failed(const std::string& device, const char* what, const char* fix = "") {
  return {std::string(what) + ": " + std::strerror(errno), device, fix};
}

}  // namespace

bool is_tap(const std::string& netdev) {
  const EthtoolDriver driver = EthtoolSocket(netdev).driver();
  return driver.name == "tun" && driver.bus == "tap";
}

Result<std::unique_ptr<NativeCompanion>> NativeCompanion::open(const std::string& name, const MacAddr& mac,
                                                               std::uint16_t mtu) {
  if (if_nametoindex(name.c_str()) != 0 && !is_tap(name)) {
    return Error{"the name is taken by another network device", "companion " + name,
                 "Give the port another one (`companion: NAME`), or rename that device"};
  }
  constexpr int kHow = O_RDWR | O_NONBLOCK | O_CLOEXEC;
  int fd = ::open("/dev/net/tun", kHow);
  if (fd < 0 && load_module("tun")) fd = ::open("/dev/net/tun", kHow);
  if (fd < 0) {
    return message(MessageId::tun_missing, "/dev/net/tun",
                   std::string("cannot open: ") + std::strerror(errno),
                   "Run `modprobe tun`; in a container pass the device in");
  }
  std::unique_ptr<NativeCompanion> companion(new NativeCompanion(fd, name));
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI);
  if (ioctl(fd, TUNSETIFF, &request) != 0) {
    return failed("companion " + name, "cannot open the TAP device",
                  errno == EBUSY ? "Another process has it: is another instance running with this port?"
                                 : "It needs CAP_NET_ADMIN");
  }
  if (auto up = companion->bring_up(mac, mtu); !up) return up.error();
  return companion;
}

Result<void> NativeCompanion::bring_up(const MacAddr& mac, std::uint16_t mtu) {
  const NetdevControl control;
  if (!control.set_mac(name_, mac)) return failed("companion " + name_, "cannot set the MAC address");
  if (!control.set_mtu(name_, mtu)) return failed("companion " + name_, "cannot set the MTU");
  if (!control.add_flags(name_, IFF_UP)) return failed("companion " + name_, "cannot set the device up");
  return {};
}

NativeCompanion::~NativeCompanion() { close(fd_); }

void NativeCompanion::set_persistent(bool persistent) { ioctl(fd_, TUNSETPERSIST, persistent ? 1 : 0); }

bool NativeCompanion::write(const std::uint8_t* frame, std::size_t size) {
  return ::write(fd_, frame, size) == static_cast<ssize_t>(size);
}

std::size_t NativeCompanion::read(std::span<std::uint8_t> room) {
  const ssize_t got = ::read(fd_, room.data(), room.size());
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

void NativeCompanion::set_carrier(bool up) {
  int carrier = up ? 1 : 0;
  ioctl(fd_, TUNSETCARRIER, &carrier);  // before Linux 5.0 there is none: the carrier stays on
}

Result<void> NativeCompanion::set_mtu(std::uint16_t mtu) {
  if (!NetdevControl().set_mtu(name_, mtu)) return failed("companion " + name_, "cannot set the MTU");
  return {};
}

std::uint32_t NativeCompanion::ifindex() const { return if_nametoindex(name_.c_str()); }

}  // namespace hvs
