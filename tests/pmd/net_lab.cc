// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fixture.h"

namespace hvs::test {
namespace {
constexpr std::uint16_t kEtherType = 0x88b5;  // IEEE 802, local experiments
}

void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

std::string read_attribute(const char* device, const char* file) {
  // /sys shows the namespace in which it was mounted; a child mounts its own.
  const std::string command =
      std::string("unshare -m sh -c 'mount -t sysfs sysfs /sys && cat /sys/class/net/") + device + "/" +
      file + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  char text[64]{};
  EXPECT_NE(std::fgets(text, sizeof text, pipe.get()), nullptr) << file;
  return text;
}

VethPair::VethPair(const std::string& extra) {
  const std::string port = kPort;
  const std::string peer = kPeer;
  run("ip link add " + port + " " + extra + " type veth peer name " + peer + " " + extra);
  // No address: the kernel sends nothing by itself.
  run("ip link set " + port + " addrgenmode none up && ip link set " + peer + " addrgenmode none up");
}

VethPair::~VethPair() { run(std::string("ip link del ") + kPort); }

RawSocket::RawSocket(const char* device)
    : fd_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(kEtherType))) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kEtherType);
  address.sll_ifindex = static_cast<int>(if_nametoindex(device));
  EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << device;
}

RawSocket::~RawSocket() { close(fd_); }

void RawSocket::send(const std::vector<std::uint8_t>& frame) const {
  ASSERT_EQ(::send(fd_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
}

std::vector<std::uint8_t> RawSocket::receive(int timeout_ms) const {
  pollfd waiting{fd_, POLLIN, 0};
  if (poll(&waiting, 1, timeout_ms) != 1) return {};
  std::vector<std::uint8_t> frame(4096);
  const ssize_t size = recv(fd_, frame.data(), frame.size(), 0);
  frame.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return frame;
}

std::vector<std::uint8_t> test_frame(std::uint32_t number, std::size_t size) {
  std::vector<std::uint8_t> frame(size);
  for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::uint8_t>(i * 7 + number);
  std::memset(frame.data(), 0xff, 6);  // broadcast: every device takes it
  const std::uint8_t rest[] = {2, 0, 0, 0, 0, 1, kEtherType >> 8, kEtherType & 0xff};
  std::memcpy(frame.data() + 6, rest, sizeof rest);
  std::memcpy(frame.data() + 14, &number, sizeof number);
  return frame;
}

std::uint32_t number_of(const std::uint8_t* frame) {
  std::uint32_t number = 0;
  std::memcpy(&number, frame + 14, sizeof number);
  return number;
}

}  // namespace hvs::test
