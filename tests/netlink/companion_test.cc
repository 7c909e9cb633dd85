// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/companion.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/netlink/netns.h"
#include "tests/support/packet.h"

namespace hvs::test {
namespace {

/// A UDP socket of the kernel's, for one answer.
class UdpSocket {
 public:
  UdpSocket(Family family, std::uint16_t port) : fd_(socket(domain(family), SOCK_DGRAM, 0)) {
    const timeval patience{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_storage any = address(IpAddr{{}, family}, port);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  }
  ~UdpSocket() { close(fd_); }
  void connect_to(const char* addr, std::uint16_t port) const {
    const sockaddr_storage to = address(IpAddr::parse(addr).value(), port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  /// Bytes of the next datagram, or -errno.
  [[nodiscard]] ssize_t receive() const {
    std::vector<std::uint8_t> buffer(65536);
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    return got < 0 ? -errno : got;
  }
  [[nodiscard]] bool quiet() const {
    std::uint8_t byte = 0;
    return recv(fd_, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

 private:
  static int domain(Family family) { return family == Family::ipv4 ? AF_INET : AF_INET6; }
  static sockaddr_storage address(const IpAddr& addr, std::uint16_t port) {
    sockaddr_storage out{};
    if (addr.is_v4()) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
      *v4 = {AF_INET, htons(port), {addr.as_v4().raw()}, {}};
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      std::memcpy(&v6->sin6_addr, addr.bytes.data(), 16);
    }
    return out;
  }
  int fd_;
};

class CompanionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    // Strict reverse path checks everywhere, as distributions have them.
    net->run("for c in all default; do echo 1 > /proc/sys/net/ipv4/conf/$c/rp_filter; done");
    net->run("ip link add p0 type veth peer name q0 netns " + std::to_string(net->peer_pid()));
    net->run("ip link set p0 address 02:00:00:00:00:01; ip link set p0 up");
    net->run("ip addr add 10.0.0.1/24 dev p0; ip addr add fd00::1/64 dev p0 nodad");
    net->peer("ip link set q0 up");
    p0 = if_nametoindex("p0");
  }
  void TearDown() override {
    companion.reset();
    net.reset();
  }
  void create() {
    auto made = Companion::create({p0, kPortMac, 1500});
    ASSERT_TRUE(made.ok()) << made.error().message();
    companion = std::move(made).value();
    EXPECT_EQ(companion->limitation(), "");
  }
  bool punt(const Bytes& frame) { return companion->write(frame.data(), frame.size()); }
  /// Sends from the other end of the cable.
  void from_the_wire(const Bytes& frame) {
    net->in_peer([&] {
      const int fd = socket(AF_PACKET, SOCK_RAW, 0);
      sockaddr_ll to{};
      to.sll_family = AF_PACKET;
      to.sll_ifindex = static_cast<int>(if_nametoindex("q0"));
      EXPECT_EQ(sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
                static_cast<ssize_t>(frame.size()));
      close(fd);
    });
  }
  /// From now on the port's XDP program lets nothing pass: the worst that a steering program could do.
  void shut_xdp(unsigned flags) {
    const bpf_insn program[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_DROP},
                                {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "drop", "GPL", program, std::size(program), nullptr);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(bpf_xdp_attach(static_cast<int>(p0), fd, flags, nullptr), 0);
    close(fd);
  }
  void expect_reassembly(const char* src, const char* dst) {
    const UdpSocket socket(IpAddr::parse(dst)->family, 9000);
    const Bytes whole = Packet().eth().ip(src, dst).udp(1234, 9000).payload_bytes(3000).build();
    const std::vector<Bytes> pieces = fragments_of(whole, 1400);
    ASSERT_EQ(pieces.size(), 3U);
    from_the_wire(pieces[0]);
    for (int i = 0; i < 100 && socket.quiet(); ++i) usleep(1000);  // through the veth's soft interrupt
    shut_xdp(xdp_flags);
    EXPECT_TRUE(punt(pieces[1]));
    EXPECT_TRUE(socket.quiet());
    EXPECT_TRUE(punt(pieces[2]));
    EXPECT_EQ(socket.receive(), 3000);
    EXPECT_EQ(companion->stats().frames, 2U);
  }

  std::optional<Namespaces> net;
  std::unique_ptr<Companion> companion;
  std::uint32_t p0 = 0;
  unsigned xdp_flags = XDP_FLAGS_DRV_MODE;
};

TEST_F(CompanionTest, FragmentsMeetTheirFirstOne) {
  create();
  expect_reassembly("10.0.0.2", "10.0.0.1");
}

TEST_F(CompanionTest, FragmentsMeetTheirFirstOneInIpv6) {
  create();
  expect_reassembly("fd00::2", "fd00::1");
}

TEST_F(CompanionTest, AGenericProgramDoesNotSeeThemAgain) {
  create();
  xdp_flags = XDP_FLAGS_SKB_MODE;
  expect_reassembly("10.0.0.2", "10.0.0.1");
}

TEST_F(CompanionTest, IcmpErrorsReachTheirSocket) {
  create();
  for (const auto& [own, other] : {std::pair{"10.0.0.1", "10.0.0.2"}, {"fd00::1", "fd00::2"}}) {
    const bool v4 = IpAddr::parse(own)->is_v4();
    const UdpSocket socket(v4 ? Family::ipv4 : Family::ipv6, 9001);
    socket.connect_to(other, 53);
    const Bytes quoted = Packet().ip(own, other).udp(9001, 53).payload("question").build();
    EXPECT_TRUE(punt(Packet().eth().ip(other, own).icmp_error(v4 ? 3 : 1, v4 ? 3 : 4, quoted).build()));
    EXPECT_EQ(socket.receive(), -ECONNREFUSED) << own;
  }
}

TEST_F(CompanionTest, AnAddressOfAnotherInterfaceIsStillTheHosts) {
  net->run("ip addr add 198.51.100.1/32 dev lo");
  create();
  const UdpSocket socket(Family::ipv4, 9000);
  EXPECT_TRUE(punt(Packet().eth().ip("10.0.0.2", "198.51.100.1").udp(1, 9000).payload("hello").build()));
  EXPECT_EQ(socket.receive(), 5);
}

TEST_F(CompanionTest, KeepsQuietAndGoesWithItsOwner) {
  create();
  const std::string name = companion->name();
  EXPECT_LE(name.size(), 15U);
  net->run("ip link show " + name + " | grep -q 02:00:00:00:00:01");
  net->run("ip link show " + name + " | grep -q 'mtu 1500'");
  usleep(300'000);  // time enough for router solicitations
  net->run("test -z \"$(ip addr show " + name + " | grep inet)\"");
  net->run("ip -s link show " + name + " | grep -A1 TX: | grep -Eq '^ +0 +0 '");
  EXPECT_FALSE(Companion::create({p0, kPortMac, 1500}).ok()) << "one port has one companion";
  companion.reset();
  EXPECT_EQ(if_nametoindex(name.c_str()), 0U);
}

TEST_F(CompanionTest, FollowsThePort) {
  create();
  const MacAddr fresh{2, 0, 0, 0, 0, 0x33};
  net->run("ip link set p0 address 02:00:00:00:00:33; ip link set p0 mtu 1400");
  EXPECT_TRUE(companion->follow(fresh, 1400).ok());
  const UdpSocket socket(Family::ipv4, 9000);
  EXPECT_TRUE(punt(Packet().eth(fresh).ip("10.0.0.2", "10.0.0.1").udp(1, 9000).payload("hello").build()));
  EXPECT_EQ(socket.receive(), 5);
}

TEST_F(CompanionTest, ARefusedFrameIsCounted) {
  create();
  EXPECT_FALSE(punt(Bytes(6)));
  EXPECT_EQ(companion->stats().failed, 1U);
  EXPECT_EQ(companion->stats().frames, 0U);
}

TEST_F(CompanionTest, APortWithoutANetdevHasNone) {
  PortInfo port;
  const auto none = make_companion(port);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none.value(), nullptr);
}

TEST_F(CompanionTest, TellsWhatStopsIt) {
  const auto gone = Companion::create({999999, kPortMac, 1500});
  ASSERT_TRUE(gone.ok()) << "a device without its target";
  EXPECT_NE(gone.value()->limitation().find("rp_filter"), std::string::npos) << gone.value()->limitation();
}

}  // namespace
}  // namespace hvs::test
