// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bpf/xsk_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/check.h"

namespace hvs::test {

namespace {
constexpr std::uint32_t kFrames = 64;
constexpr std::uint32_t kFrameSize = 4096;
constexpr std::size_t kPage = 4096;
constexpr int kWaitMs = 500;
}  // namespace

XskSocket::XskSocket(const std::string& device, int xsks_map) : area_(kFrames * kFrameSize + kPage) {
  const auto start = (reinterpret_cast<std::uintptr_t>(area_.data()) + kPage - 1) / kPage * kPage;
  xsk_umem_config umem_config{};
  umem_config.fill_size = kFrames;
  umem_config.comp_size = kFrames;
  umem_config.frame_size = kFrameSize;
  HVS_CHECK(xsk_umem__create(&umem_, reinterpret_cast<void*>(start), kFrames * kFrameSize, &fill_,
                             &completion_, &umem_config) == 0);
  xsk_socket_config config{};
  config.rx_size = kFrames;
  config.tx_size = kFrames;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_COPY;
  HVS_CHECK(xsk_socket__create(&socket_, device.c_str(), 0, umem_, &rx_, nullptr, &config) == 0);
  std::uint32_t index = 0;
  HVS_CHECK(xsk_ring_prod__reserve(&fill_, kFrames, &index) == kFrames);
  for (std::uint32_t i = 0; i < kFrames; ++i)
    *xsk_ring_prod__fill_addr(&fill_, index + i) = std::uint64_t{i} * kFrameSize;
  xsk_ring_prod__submit(&fill_, kFrames);
  HVS_CHECK(xsk_socket__update_xskmap(socket_, xsks_map) == 0);
}

XskSocket::~XskSocket() {
  xsk_socket__delete(socket_);
  xsk_umem__delete(umem_);
}

std::optional<Bytes> XskSocket::receive() {
  pollfd wait{xsk_socket__fd(socket_), POLLIN, 0};
  if (poll(&wait, 1, kWaitMs) <= 0) return std::nullopt;
  std::uint32_t index = 0;
  if (xsk_ring_cons__peek(&rx_, 1, &index) != 1) return std::nullopt;
  const xdp_desc* descriptor = xsk_ring_cons__rx_desc(&rx_, index);
  const auto start = (reinterpret_cast<std::uintptr_t>(area_.data()) + kPage - 1) / kPage * kPage;
  const auto* data = reinterpret_cast<const std::uint8_t*>(start + descriptor->addr);
  Bytes frame(data, data + descriptor->len);
  xsk_ring_cons__release(&rx_, 1);
  return frame;
}

RawSender::RawSender(const std::string& device) : fd_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ALL);
  to.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  HVS_CHECK(fd_ && bind(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
}

void RawSender::send(const Bytes& frame) const {
  HVS_CHECK(::send(fd_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
}

}  // namespace hvs::test
