// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/vhost_companion.h"

#include <fcntl.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "pmd/pci_bus.h"

namespace hvs {
namespace {

constexpr const char* kVhostNet = "/dev/vhost-net";
/// Frames in each direction.
constexpr std::uint16_t kQueue = 256;

Result<void> need_vhost_net() {
  if (access(kVhostNet, R_OK | W_OK) == 0) return {};
  if (errno == ENOENT && load_module("vhost_net") && access(kVhostNet, R_OK | W_OK) == 0) return {};
  return Error{std::string("cannot open: ") + std::strerror(errno), kVhostNet,
               "Run `modprobe vhost_net`; in a container pass the device in"};
}

std::string text_of(const MacAddr& mac) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
  return text;
}

}  // namespace

Result<std::unique_ptr<VhostCompanion>> VhostCompanion::open(const std::string& netdev, const MacAddr& mac,
                                                             std::uint16_t mtu, rte_mempool* pool) {
  if (auto there = need_vhost_net(); !there) return there.error();
  static std::atomic<unsigned> made{0};  // names of devices are unique in the process
  PortInfo info;
  info.name = netdev;
  info.mtu = mtu;
  std::unique_ptr<VhostCompanion> vhost(
      new VhostCompanion(std::move(info), "virtio_user" + std::to_string(made++)));
  const std::string args = std::string("path=") + kVhostNet + ",iface=" + netdev + ",mac=" + text_of(mac) +
                           ",queues=1,queue_size=" + std::to_string(kQueue);
  if (auto plugged = vhost->plug(args); !plugged) return plugged.error();
  if (auto up = vhost->bring_up(pool); !up) return up.error();
  return vhost;
}

Result<void> VhostCompanion::bring_up(rte_mempool* pool) {
  rte_eth_conf config{};  // no offloads
  config.rxmode.mtu = info_.mtu;
  config.intr_conf.rxq = 1;
  if (auto done = configure(config); !done) return done;
  if (auto done = setup_queue(QueueId{0}, kQueue, pool); !done) return done;
  if (auto done = start(); !done) return done;
  fd_ = rte_eth_dev_rx_intr_ctl_q_get_fd(ethdev(), 0);
  if (fd_ < 0) return failed("get the event descriptor of vhost-net", ENOTSUP);
  if (const int code = rte_eth_dev_rx_intr_enable(ethdev(), 0); code != 0)
    return failed("ask vhost-net for events", code);
  return {};
}

unsigned VhostCompanion::give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) {
  if (up_) return tx_burst(QueueId{0}, frames, static_cast<std::uint16_t>(count));
  rte_pktmbuf_free_bulk(frames, count);
  refused += count;
  return count;
}

unsigned VhostCompanion::take(rte_mbuf** frames, unsigned count) {
  unsigned taken = 0;
  while (taken < count) {
    // The driver keeps some back to end at a cache line: only none means that there are none.
    const unsigned got = rx_burst(QueueId{0}, frames + taken, static_cast<std::uint16_t>(count - taken));
    if (got == 0) break;
    taken += got;
  }
  return taken;
}

void VhostCompanion::drain() const {
  std::uint64_t events = 0;
  [[maybe_unused]] const ssize_t got = read(fd_, &events, sizeof events);
}

}  // namespace hvs
