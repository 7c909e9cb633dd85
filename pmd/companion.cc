// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/companion.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "model/message_id.h"
#include "pmd/netdev_control.h"
#include "pmd/tc_redirect.h"

namespace hvs {

namespace {

Error failed(const std::string& device, const char* what, const char* fix = "") {
  return {std::string(what) + ": " + std::strerror(errno), device, fix};
}

/// A setting of net.FAMILY.conf.DEVICE. It may be absent (a kernel without IPv6) or read-only (a container).
void set_conf(const char* family, const std::string& device, const char* key, const char* value) {
  std::ofstream("/proc/sys/net/" + std::string(family) + "/conf/" + device + "/" + key) << value;
}

bool rp_filter_for_all() {
  int value = 0;
  std::ifstream("/proc/sys/net/ipv4/conf/all/rp_filter") >> value;
  return value != 0;
}

}  // namespace

Companion::Companion(int fd, std::string name, const CompanionTarget& target)
    : fd_(fd), name_(std::move(name)), target_(target) {}

Companion::~Companion() { close(fd_); }

Result<std::unique_ptr<Companion>> Companion::create(const CompanionTarget& target) {
  const std::string name = "hvsp-" + std::to_string(target.ifindex);
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return message(MessageId::tun_missing, "/dev/net/tun",
                   std::string("cannot open: ") + std::strerror(errno),
                   "Run `modprobe tun`; in a container pass the device in");
  }
  std::unique_ptr<Companion> companion(new Companion(fd, name, target));
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
  if (ioctl(fd, TUNSETIFF, &request) != 0) {
    return failed(name, "cannot create the TAP device",
                  errno == EBUSY ? "does another instance use the same port?" : "it needs CAP_NET_ADMIN");
  }
  if (auto up = companion->bring_up(); !up) return up.error();
  return companion;
}

Result<void> Companion::bring_up() {
  const std::uint32_t own = if_nametoindex(name_.c_str());
  // It exists to be redirected from: the kernel must not speak on it or take addresses for it.
  set_conf("ipv6", name_, "addr_gen_mode", "1");
  set_conf("ipv6", name_, "accept_ra", "0");
  set_conf("ipv6", name_, "autoconf", "0");
  if (auto redirected = redirect_ingress(own, target_.ifindex); !redirected) {
    // Then the kernel receives the frames on this device. It has no address, and without one every reverse
    // path check fails, strict or loose.
    set_conf("ipv4", name_, "rp_filter", "0");
    set_conf("ipv4", name_, "accept_local", "1");
    limitation_ = redirected.error().message();
    if (rp_filter_for_all())
      limitation_ += "; until then set net.ipv4.conf.all.rp_filter=0, or punted IPv4 is lost";
  } else {
    set_conf("ipv6", name_, "disable_ipv6", "1");
  }
  if (auto same = follow(target_.mac, target_.mtu); !same) return same;
  const NetdevControl control;
  ifreq request = request_for(name_);
  request.ifr_flags = static_cast<short>(IFF_UP | IFF_NOARP);
  if (!control.call(SIOCSIFFLAGS, request)) return failed(name_, "cannot set the device up");
  return {};
}

Result<void> Companion::follow(const MacAddr& mac, std::uint16_t mtu) {
  const NetdevControl control;
  if (!control.set_mac(name_, mac)) return failed(name_, "cannot set the MAC address");
  if (!control.set_mtu(name_, mtu)) return failed(name_, "cannot set the MTU");
  return {};
}

bool Companion::write(const std::uint8_t* frame, std::size_t size) {
  const ssize_t taken = ::write(fd_, frame, size);
  if (taken == static_cast<ssize_t>(size)) {
    ++stats_.frames;
    stats_.bytes += size;
    return true;
  }
  ++(taken < 0 && errno == EAGAIN ? stats_.full : stats_.failed);
  return false;
}

Result<std::unique_ptr<Companion>> make_companion(const PortInfo& port) {
  if (port.ifindex == 0) return std::unique_ptr<Companion>();
  return Companion::create({port.ifindex, port.mac, port.mtu});
}

}  // namespace hvs
