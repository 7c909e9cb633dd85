// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/veth/wire.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace hvs::bench {

namespace {

constexpr unsigned kFirstPort = 20000;
constexpr std::size_t kPage = 4096;

Error failed(const std::string& step, const std::string& where) {
  return {"cannot " + step + ": " + std::strerror(errno), where, ""};
}

std::uint16_t checksum(std::uint32_t sum, const std::uint8_t* at, std::size_t size) {
  for (std::size_t i = 0; i + 1 < size; i += 2) sum += static_cast<std::uint32_t>(at[i] << 8 | at[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<std::uint16_t>(~sum));
}

}  // namespace

Wire::~Wire() {
  if (sink_ifindex_ != 0) bpf_xdp_detach(sink_ifindex_, XDP_FLAGS_DRV_MODE, nullptr);
  if (count_ != nullptr) munmap(const_cast<std::uint64_t*>(count_), kPage);
  bpf_object__close(object_);
  if (socket_ >= 0) close(socket_);
}

Result<void> Wire::open(const WireOptions& options) {
  if (auto done = make_frames(options); !done) return done;
  if (auto done = open_socket(options); !done) return done;
  return open_sink(options);
}

Result<void> Wire::open_sink(const WireOptions& options) {
  const unsigned ifindex = if_nametoindex(options.sink_device.c_str());
  if (ifindex == 0) return failed("find the device", options.sink_device);
  object_ = bpf_object__open_file(options.sink_object.c_str(), nullptr);
  if (object_ == nullptr || bpf_object__load(object_) != 0)
    return failed("load the sink", options.sink_object);
  const bpf_map* bss = bpf_object__find_map_by_name(object_, ".bss");
  const bpf_program* program = bpf_object__find_program_by_name(object_, "hvs_sink");
  if (bss == nullptr || program == nullptr)
    return Error{"no counter or no program", options.sink_object, "Build it anew"};
  void* page = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, bpf_map__fd(bss), 0);
  if (page == MAP_FAILED) return failed("map the counter", options.sink_object);
  count_ = static_cast<const std::uint64_t*>(page);
  // In the driver: only then do frames come in through NAPI, as from a NIC.
  if (bpf_xdp_attach(static_cast<int>(ifindex), bpf_program__fd(program), XDP_FLAGS_DRV_MODE, nullptr) != 0)
    return failed("attach the sink", options.sink_device);
  sink_ifindex_ = static_cast<int>(ifindex);
  return {};
}

Result<void> Wire::open_socket(const WireOptions& options) {
  socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return failed("open a packet socket", options.send_device);
  const int one = 1;
  (void)setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(if_nametoindex(options.send_device.c_str()));
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("bind a packet socket", options.send_device);
  return {};
}

Result<void> Wire::make_frames(const WireOptions& options) {
  FrameBytes frame{};
  unsigned mac[6];
  if (std::sscanf(options.dst_mac.c_str(), "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
                  &mac[5]) != 6) {
    return Error{"not a MAC address: " + options.dst_mac, "--dst-mac", ""};
  }
  for (unsigned i = 0; i < 6; ++i) frame[i] = static_cast<std::uint8_t>(mac[i]);
  frame[6] = 2;  // from somebody
  frame[12] = 8;
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(kFrameBytes - sizeof(ether_header));
  if (inet_pton(AF_INET, options.src.c_str(), &ip.saddr) != 1 ||
      inet_pton(AF_INET, options.vip.c_str(), &ip.daddr) != 1)
    return Error{"not IPv4 addresses: " + options.src + ", " + options.vip, "--src, --vip", ""};
  ip.check = checksum(0, reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip);
  std::memcpy(&frame[14], &ip, sizeof ip);
  for (unsigned flow = 0; flow < options.flows; ++flow) {
    udphdr udp{};
    udp.source = htons(static_cast<std::uint16_t>(kFirstPort + flow));
    udp.dest = htons(static_cast<std::uint16_t>(options.port));
    udp.len = htons(kFrameBytes - 34);
    std::memcpy(&frame[34], &udp, sizeof udp);
    // The pseudo-header: both addresses, the protocol, the length.
    udp.check = checksum(IPPROTO_UDP + kFrameBytes - 34, &frame[26], kFrameBytes - 26);
    std::memcpy(&frame[34], &udp, sizeof udp);
    frames_.push_back(frame);
  }
  return {};
}

unsigned Wire::send(unsigned count) {
  mmsghdr messages[kBurst];
  iovec parts[kBurst];
  for (unsigned i = 0; i < count; ++i) {
    parts[i] = {frames_[(next_ + i) % frames_.size()].data(), kFrameBytes};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = sendmmsg(socket_, messages, count, MSG_DONTWAIT);
  if (sent <= 0) return 0;
  next_ = (next_ + static_cast<unsigned>(sent)) % frames_.size();
  return static_cast<unsigned>(sent);
}

}  // namespace hvs::bench
