// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "control/config/config_file.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

Config read(std::string_view text) {
  auto result = parse_config(text, "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

TEST(GoodConfig, TheSmallestHasTheDefaultsOfTheModel) {
  const Config c = read("ports: [{device: eth0}]");
  Config expected;
  expected.control_socket = "/run/hvs/default/api.sock";
  expected.ports.resize(1);
  expected.ports[0].name = "eth0";
  expected.ports[0].device = "eth0";
  EXPECT_EQ(c, expected);
}

constexpr std::string_view kSnat = R"(ports: [{ name: out, device: eth0 }, { name: in, device: eth1 }]
timeouts: { icmp: 20s }
lip_pools: [{ name: public, addresses: [203.0.113.10, "2001:db8::10"] }]
snat:
  - name: mail
    from: [10.0.0.0/8, 192.168.1.7]
    to: [198.51.100.0/24]
    protocol: tcp
    from_ports: 1024-65535
    to_ports: 25
    in: in
    out: out
    lip_pool: public
    timeouts: { tcp_established: 1h }
  - { name: all, from: [10.0.0.0/8, "fd00::/8"], lip_pool: public }
)";

TEST(GoodConfig, SnatRules) {
  const Config c = read(kSnat);
  ASSERT_THAT(c.snat, SizeIs(2));
  const SnatConfig& mail = c.snat[0];
  EXPECT_THAT(mail.from, ElementsAre(IpPrefix{ip("10.0.0.0"), 8}, IpPrefix{ip("192.168.1.7"), 32}));
  EXPECT_THAT(mail.to, ElementsAre(IpPrefix{ip("198.51.100.0"), 24}));
  EXPECT_EQ(mail.protocol, SnatProtocol::tcp);
  EXPECT_EQ(mail.to_ports, (PortRange{L4Port{25}, L4Port{25}}));
  EXPECT_EQ(mail.timeouts.icmp, 20s);
  EXPECT_EQ(mail.timeouts.tcp_established, 3600s);
  EXPECT_TRUE(c.snat[1].to.empty());
  EXPECT_TRUE(c.snat[1].from_ports.any());
  EXPECT_EQ(read(config_to_yaml(c)), c) << config_to_yaml(c);
}

constexpr std::string_view kFull = R"(# everything set
instance: demo-2
log: { level: debug }
control:
  socket: /tmp/hvs.sock
workers:
  cpus: [3, 1]
  poll: busy
  simd: off
memory: { hugepages: required, limit: 1GiB }
connections: { max: 1048576 }
timeouts: { tcp_established: 15m, udp: 2h, udp_unreplied: "10" }
ports:
  - { name: outside, device: eth0, mode: af_xdp, xdp: generic, queues: 2, on_down: pass, hold: 0 }
  - { name: inside, device: "0000:3b:00.1", mode: native }
lip_pools:
  - name: both
    addresses: [10.20.0.10-10.20.0.12, 10.20.0.16/30, "fd20::10-fd20::11"]
    ports: 20000-30000
services:
  - name: web
    vip: 10.10.0.100
    protocol: tcp
    port: 80
    mode: fullnat
    scheduler: wrr
    lip_pool: both
    timeouts: { tcp_established: 300 }
    dests:
      - { address: 10.20.0.21, port: 8080, weight: 3 }
      - { address: 10.20.0.22, weight: 0 }
  - vip: fd10::100
    protocol: udp
    port: 53
    lip_pool: both
    dests:
      - address: fd20::21
)";

TEST(GoodConfig, EverySettingOfTheInstance) {
  const Config c = read(kFull);
  EXPECT_EQ(c.instance, "demo-2");
  EXPECT_EQ(c.log_level, "debug");
  EXPECT_EQ(c.control_socket, "/tmp/hvs.sock");
  EXPECT_THAT(c.workers.cpus, ElementsAre(3U, 1U));
  EXPECT_EQ(c.workers.count, 2U) << "one worker for each CPU";
  EXPECT_EQ(c.workers.poll, PollMode::busy);
  EXPECT_EQ(c.workers.simd, Simd::off);
  EXPECT_EQ(c.memory.hugepages, Hugepages::required);
  EXPECT_EQ(c.memory.limit_bytes, 1_GiB);
  EXPECT_EQ(c.connections_max, 1048576U);
  ASSERT_THAT(c.ports, SizeIs(2));
  const PortConfig outside{"outside", "eth0", PortMode::af_xdp, XdpMode::generic, 2, OnDown::pass, 0s};
  const PortConfig inside{"inside", "0000:3b:00.1", PortMode::native, XdpMode::automatic, 1, OnDown::hold,
                          30s};
  EXPECT_EQ(c.ports[0], outside);
  EXPECT_EQ(c.ports[1], inside);
}

TEST(GoodConfig, EverySettingOfAService) {
  const Config c = read(kFull);
  ASSERT_THAT(c.services, SizeIs(2));
  const ServiceConfig& web = c.services[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.vip, ip("10.10.0.100"));
  EXPECT_EQ(web.port, L4Port{80});
  EXPECT_EQ(web.scheduler, SchedulerKind::wrr);
  EXPECT_THAT(web.dests, ElementsAre(DestConfig{ip("10.20.0.21"), L4Port{8080}, 3},
                                     DestConfig{ip("10.20.0.22"), L4Port{80}, 0}));
  EXPECT_EQ(web.timeouts.tcp_established, 300s) << "its own";
  EXPECT_EQ(web.timeouts.udp, 7200s) << "inherited";
  const ServiceConfig& dns = c.services[1];
  EXPECT_EQ(dns.name, "udp:[fd10::100]:53");
  EXPECT_EQ(dns.protocol, L4Proto::udp);
  EXPECT_EQ(dns.scheduler, SchedulerKind::rr);
  EXPECT_EQ(dns.timeouts.udp_unreplied, 10s);
  EXPECT_EQ(dns.dests[0].port, L4Port{53}) << "the service's";
}

TEST(GoodConfig, TunnelsOfAServiceAndOfADest) {
  const Config c = read(R"(
ports: [ { device: eth0 } ]
services:
  - vip: 10.10.0.100
    port: 80
    mode: tunnel
    tunnel: { type: gre, checksum: on }
    dests:
      - address: 10.20.0.21
      - { address: "fd20::22", tunnel: { type: gue, port: 5555, gue_variant: 1 } }
      - { address: 10.20.0.23, tunnel: {} }
)");
  const ServiceConfig& s = c.services.at(0);
  EXPECT_EQ(s.tunnel, (TunnelConfig{.type = TunnelType::gre, .checksum = TunnelChecksum::on}));
  EXPECT_EQ(s.dests[0].tunnel, std::nullopt) << "the service's";
  EXPECT_EQ(s.dests[1].tunnel,
            (TunnelConfig{.type = TunnelType::gue, .port = L4Port{5555}, .gue_variant = 1}));
  EXPECT_EQ(s.dests[2].tunnel, TunnelConfig{}) << "its own, with the defaults";
}

TEST(GoodConfig, PoolsListRangesAndPrefixes) {
  const Config c = read(kFull);
  ASSERT_THAT(c.lip_pools, SizeIs(1));
  EXPECT_THAT(c.lip_pools[0].addresses, ElementsAre(ip("10.20.0.10"), ip("10.20.0.11"), ip("10.20.0.12"),
                                                    ip("10.20.0.16"), ip("10.20.0.17"), ip("10.20.0.18"),
                                                    ip("10.20.0.19"), ip("fd20::10"), ip("fd20::11")));
  EXPECT_EQ(c.lip_pools[0].port_low, L4Port{20000});
  EXPECT_EQ(c.lip_pools[0].port_high, L4Port{30000});
}

TEST(GoodConfig, TheOrderOfSectionsDoesNotMatter) {
  const Config c = read(
      "services: [{vip: 10.0.0.1, port: 80, lip_pool: p}]\n"
      "lip_pools: [{name: p, addresses: [10.0.0.2]}]\n"
      "ports: [{device: eth0}]\n"
      "timeouts: {udp: 9}\n");
  EXPECT_EQ(c.services[0].timeouts.udp, 9s);
}

TEST(GoodConfig, AVipMayBeALipOutsideOfItsPorts) {
  read(
      "ports: [{device: eth0}]\nlip_pools: [{name: p, addresses: [10.0.0.1]}]\n"
      "services: [{vip: 10.0.0.1, port: 80, lip_pool: p}, {vip: 10.0.0.1, port: 80, protocol: udp, lip_pool: "
      "p}]\n");
}

TEST(GoodConfig, AnchorsAndAliases) {
  const Config c = read(
      "ports: [{device: eth0}]\nlip_pools: [{name: p, addresses: [10.0.0.2]}]\nservices:\n"
      "  - {vip: 10.0.0.1, port: 80, lip_pool: p, dests: &d [{address: 10.0.0.9, port: 80}]}\n"
      "  - {vip: 10.0.0.1, port: 81, lip_pool: p, dests: *d}\n");
  EXPECT_EQ(c.services[0].dests, c.services[1].dests);
}

TEST(GoodConfig, ByteOrderMarkAndCarriageReturns) {
  const Config c = read("\xef\xbb\xbfinstance: demo\r\nports:\r\n  - device: eth0\r\n");
  EXPECT_EQ(c.instance, "demo");
  EXPECT_EQ(c.ports[0].device, "eth0");
}

TEST(GoodConfig, ADefaultNameIsAName) {
  const Config c = read("ports: [{device: $th0@7}]\n");
  EXPECT_EQ(c.ports[0].device, "$th0@7");
  EXPECT_EQ(c.ports[0].name, "_th0_7");
}

TEST(GoodConfig, ManyServicesAndDests) {
  std::string text = "ports: [{device: eth0}]\nlip_pools: [{name: p, addresses: [10.0.0.2]}]\nservices:\n";
  for (int i = 0; i < 2000; ++i) {
    text += "  - {vip: 10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
            ", port: 80, lip_pool: p, dests: [";
    for (int d = 1; d < 10; ++d) text += "{address: 10.2.0." + std::to_string(d) + "},";
    text += "]}\n";
  }
  const Config c = read(text);
  EXPECT_THAT(c.services, SizeIs(2000));
  EXPECT_THAT(c.services[1999].dests, SizeIs(9));
}

TEST(LoadConfig, TheExamplesAreGood) {
  const std::filesystem::path directory = std::filesystem::path(HVS_SOURCE_DIR) / "config";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto result = load_config(entry.path().string());
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
    ++files;
  }
  EXPECT_GE(files, 4U);
  const auto modes = load_config((directory / "modes.yaml").string());
  ASSERT_TRUE(modes.ok());
  std::set<ForwardingMode> shown;
  for (const ServiceConfig& service : modes->services) {
    for (const DestConfig& dest : service.dests) shown.insert(dest.mode.value_or(service.mode));
  }
  EXPECT_THAT(shown, ElementsAre(ForwardingMode::nat, ForwardingMode::dr, ForwardingMode::tunnel));
  const auto snat = load_config((directory / "snat.yaml").string());
  ASSERT_TRUE(snat.ok());
  EXPECT_THAT(snat->snat, SizeIs(2));
}

TEST(LoadConfig, SaysWhatIsWrongWithTheFileItself) {
  const auto missing = load_config("/nonexistent/hvs.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.problems().text(),
            "/nonexistent/hvs.yaml: cannot be read: No such file or directory. Name an existing "
            "file\n");
  const auto directory = load_config("/tmp");
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.problems().text(), "/tmp: is a directory. Name the file in it\n");
  const auto endless = load_config("/dev/zero");
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.problems().text(), "/dev/zero: larger than 64 MiB. This is no configuration of HVS\n");
}

TEST(ConfigProblems, SummaryNamesTheFirstAndCountsTheOthers) {
  const auto result = parse_config("instance: A\nlog: {level: x}\n", "f");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.problems().list.size(), 3U);
  EXPECT_THAT(result.problems().summary().message(), testing::HasSubstr("(and 2 more problems)"));
}

}  // namespace
}  // namespace hvs
