// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_companion.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <rte_mbuf.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "model/message_id.h"
#include "pmd/netdev_control.h"
#include "pmd/pci_bus.h"
#include "pmd/tap_device.h"

namespace hvs {

namespace {

constexpr int kHow = O_RDWR | O_NONBLOCK | O_CLOEXEC;

Error failed(const std::string& device, const char* what, const char* fix = "") {
  return message(MessageId::companion_failed, device, std::string(what) + ": " + std::strerror(errno), fix);
}

/// Only these say that the name is not to be had.
MessageId attach_message(int code) {
  if (code == EPERM) return MessageId::capabilities;
  return code == EBUSY || code == EINVAL ? MessageId::companion_name : MessageId::companion_failed;
}

const char* attach_fix(int code) {
  if (code == EBUSY) return "Another process has it: is another instance running with this port?";
  if (code == EPERM) return "It needs CAP_NET_ADMIN";
  if (code == EINVAL)
    return "A device of that name is of another kind (multi_queue?): remove it, or give the port another "
           "name (`companion: NAME`)";
  return "";
}

}  // namespace

Result<std::unique_ptr<NativeCompanion>> NativeCompanion::open(const std::string& name, const MacAddr& mac,
                                                               std::uint16_t mtu, bool up) {
  const bool found = if_nametoindex(name.c_str()) != 0;
  if (found && !is_tap(name)) {
    return message(MessageId::companion_name, "companion " + name,
                   "the name is taken by another network device",
                   "Give the port another one (`companion: NAME`), or rename that device");
  }
  int fd = ::open("/dev/net/tun", kHow);
  if (fd < 0 && load_module("tun")) fd = ::open("/dev/net/tun", kHow);
  if (fd < 0) {
    return message(MessageId::tun_missing, "/dev/net/tun",
                   std::string("cannot open: ") + std::strerror(errno),
                   "Run `modprobe tun`; in a container pass the device in");
  }
  std::unique_ptr<NativeCompanion> companion(new NativeCompanion(fd, name));
  if (auto attached = companion->attach(); !attached) return attached.error();
  if (auto ready = companion->bring_up(mac, mtu, up && !found); !ready) return ready.error();
  return companion;
}

Result<void> NativeCompanion::attach() {
  ifreq request = request_for(name_);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI);
  if (ioctl(fd_, TUNSETIFF, &request) != 0) {
    const int code = errno;
    return message(attach_message(code), "companion " + name_,
                   std::string("cannot open the TAP device: ") + std::strerror(code), attach_fix(code));
  }
  if (ioctl(fd_, TUNGETIFF, &request) == 0)
    persistent_ = (static_cast<unsigned short>(request.ifr_flags) & IFF_PERSIST) != 0;
  return {};
}

Result<void> NativeCompanion::bring_up(const MacAddr& mac, std::uint16_t mtu, bool up) {
  const NetdevControl control;
  if (!control.set_mac(name_, mac)) return failed("companion " + name_, "cannot set the MAC address");
  if (!control.set_mtu(name_, mtu)) return failed("companion " + name_, "cannot set the MTU");
  if (up && !control.add_flags(name_, IFF_UP))
    return failed("companion " + name_, "cannot set the device up");
  return {};
}

/// The device is there, and nobody has it.
Result<void> NativeCompanion::attach_again() {
  const bool persistent = persistent_;
  fd_ = ::open("/dev/net/tun", kHow);
  if (fd_ < 0) return failed("companion " + name_, "cannot open /dev/net/tun again");
  if (auto back = attach(); !back) {
    persistent_ = persistent;
    close(std::exchange(fd_, -1));
    return back;
  }
  set_persistent(persistent);
  return {};
}

Result<std::string> NativeCompanion::use_vhost(const MacAddr& mac, std::uint16_t mtu, rte_mempool* pool) {
  // The device outlives the moment in which nobody is attached, with its index.
  ioctl(fd_, TUNSETPERSIST, 1);
  close(std::exchange(fd_, -1));
  auto vhost = VhostCompanion::open(name_, mac, mtu, pool);
  if (vhost) {
    vhost_ = std::move(*vhost);
    return std::string();
  }
  if (auto back = attach_again(); !back) return back.error();
  return vhost.error().message();
}

NativeCompanion::~NativeCompanion() {
  vhost_.reset();
  // One that somebody removed is not to be made again.
  if (fd_ < 0 && ifindex() != 0) (void)attach_again();
  if (fd_ >= 0) close(fd_);
}

void NativeCompanion::set_persistent(bool persistent) {
  persistent_ = persistent;
  if (fd_ >= 0) ioctl(fd_, TUNSETPERSIST, persistent ? 1 : 0);
}

unsigned NativeCompanion::give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) {
  return vhost_ ? vhost_->give(frames, count, refused) : FrameWriter::give(frames, count, refused);
}

bool NativeCompanion::write(const std::uint8_t* frame, std::size_t size) {
  return ::write(fd_, frame, size) == static_cast<ssize_t>(size);
}

unsigned NativeCompanion::take(rte_mbuf** frames, unsigned count, rte_mempool* pool, std::uint64_t& lost) {
  if (vhost_) return vhost_->take(frames, count);
  for (unsigned taken = 0; taken < count; ++taken) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
    std::uint8_t drain[1];  // without a buffer the frame is read all the same, and cut off
    const ssize_t size = mbuf == nullptr
                             ? ::read(fd_, drain, sizeof drain)
                             : ::read(fd_, rte_pktmbuf_mtod(mbuf, void*), rte_pktmbuf_tailroom(mbuf));
    if (size > 0 && mbuf != nullptr) {
      rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(size));
      frames[taken] = mbuf;
      continue;
    }
    rte_pktmbuf_free(mbuf);
    if (size > 0) ++lost;
    return taken;
  }
  return count;
}

bool NativeCompanion::set_carrier(bool up) {
  if (vhost_) return set_netdev_carrier(ifindex(), up);
  int carrier = up ? 1 : 0;
  // Before Linux 5.0 there is none: the carrier stays on.
  return ioctl(fd_, TUNSETCARRIER, &carrier) == 0 || errno == EINVAL || errno == ENOTTY;
}

NetdevLink NativeCompanion::link() {
  const NetdevLink now = looks_.look(name_);
  if (vhost_ && now.exists) vhost_->set_up(now.up);
  return now;
}

Result<void> NativeCompanion::set_mtu(std::uint16_t mtu) {
  if (!NetdevControl().set_mtu(name_, mtu)) return failed("companion " + name_, "cannot set the MTU");
  return {};
}

std::uint32_t NativeCompanion::ifindex() const { return if_nametoindex(name_.c_str()); }

}  // namespace hvs
