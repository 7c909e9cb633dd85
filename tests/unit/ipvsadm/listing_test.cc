// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// What is printed, byte by byte: scripts cut it into columns.
#include "tools/ipvsadm/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hvs::ipvs {
namespace {

constexpr const char* kConfig = R"(
ports: [{device: eth0}]
connections: {max: 65536}
timeouts: {tcp_established: 900, tcp_fin_wait: 120, udp: 300}
lip_pools:
  - {name: inside, addresses: [10.0.0.10-10.0.0.11, "fd20::10"]}
  - {name: web, addresses: [10.0.0.12]}
services:
  - {name: dns, vip: "fd10::100", protocol: udp, port: 53, lip_pool: inside, mode: nat, dests: [{address: "fd20::21"}]}
  - name: web
    vip: 192.0.2.10
    port: 80
    scheduler: wrr
    lip_pool: web
    dests: [{address: 10.0.0.22, weight: 3, mode: dr}, {address: 10.0.0.21, port: 8080, weight: 0}]
  - {name: tls, vip: 192.0.2.9, port: 443, lip_pool: inside}
)";

constexpr const char* kServices = R"([
 {"name":"web","since_zero":{"connections":1234,"to_dest":{"packets":99999999,"bytes":100000000},
  "to_client":{"packets":123456789012,"bytes":123456789012345}},
  "rate":{"connections":12,"to_dest":{"packets":345,"bytes":6789},"to_client":{"packets":300,"bytes":99999}}},
 {"name":"dns"},{"name":"tls"}])";

constexpr const char* kDests = R"([
 {"service":"web","address":"10.0.0.21","port":8080,"active_connections":5,"inactive_connections":2,
  "since_zero":{"connections":34,"to_dest":{"packets":1,"bytes":2},"to_client":{"packets":3,"bytes":4}},
  "rate":{"connections":1,"to_dest":{"packets":2,"bytes":3},"to_client":{"packets":4,"bytes":5}}},
 {"service":"web","address":"10.0.0.22","port":80,"active_connections":3},
 {"service":"dns","address":"fd20::21","port":53,"active_connections":9}])";

VirtualTable table(bool sorted = true) {
  auto result = read_table(kConfig, kServices, kDests);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
  if (!result) return {};
  if (sorted) result->sort();
  return *result;
}

Format numeric() {
  Format format;
  format.numeric = true;
  return format;
}

TEST(IpvsListing, TheTable) {
  EXPECT_EQ(list_text(table(), numeric()),
            "IP Virtual Server version 1.2.1 (size=65536)\n"
            "Prot LocalAddress:Port Scheduler Flags\n"
            "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
            "TCP  192.0.2.9:443 rr\n"
            "TCP  192.0.2.10:80 wrr\n"
            "  -> 10.0.0.21:8080               FullNat 0      5          2         \n"
            "  -> 10.0.0.22:80                 Route   3      3          0         \n"
            "UDP  [fd10::100]:53 rr\n"
            "  -> [fd20::21]:53                Masq    1      0          9         \n");
}

TEST(IpvsListing, UnsortedIsTheOrderOfTheConfiguration) {
  const std::string text = list_text(table(false), numeric());
  EXPECT_LT(text.find("UDP"), text.find("TCP  192.0.2.10"));
  EXPECT_LT(text.find("10.0.0.22"), text.find("10.0.0.21"));
}

TEST(IpvsListing, OneServiceHasNoHeadingOfTheTable) {
  Format format = numeric();
  format.one_service = true;
  EXPECT_TRUE(list_text(table(), format).starts_with("Prot LocalAddress:Port Scheduler Flags\n"));
}

TEST(IpvsListing, Statistics) {
  Format format = numeric();
  format.stats = true;
  EXPECT_EQ(list_text(table(), format),
            "IP Virtual Server version 1.2.1 (size=65536)\n"
            "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n"
            "  -> RemoteAddress:Port\n"
            "TCP  192.0.2.9:443                       0        0        0        0        0\n"
            "TCP  192.0.2.10:80                    1234 99999999     123G  100000K     123T\n"
            "  -> 10.0.0.21:8080                     34        1        3        2        4\n"
            "  -> 10.0.0.22:80                        0        0        0        0        0\n"
            "UDP  [fd10::100]:53                      0        0        0        0        0\n"
            "  -> [fd20::21]:53                       0        0        0        0        0\n");
  format.exact = true;
  const std::string exact = list_text(table(), format);
  EXPECT_NE(exact.find("TCP  192.0.2.10:80                    1234 99999999 123456789012 100000000 "
                       "123456789012345\n"),
            std::string::npos)
      << exact;
}

TEST(IpvsListing, LargeNumbersInThousands) {
  Format format = numeric();
  format.stats = true;
  const auto shown = [&](std::uint64_t bytes) {
    VirtualTable one = table();
    one.rows.resize(1);
    one.rows[0].total.bytes_out = bytes;
    const std::string text = list_text(one, format);
    return text.substr(text.size() - 10, 9);
  };
  EXPECT_EQ(shown(99'999'999), " 99999999");
  EXPECT_EQ(shown(100'000'000), "  100000K");
  EXPECT_EQ(shown(999'999'999), "  999999K");
  EXPECT_EQ(shown(1'000'000'000), "    1000M");
  EXPECT_EQ(shown(99'999'999'999), "   99999M");
  EXPECT_EQ(shown(100'000'000'000), "     100G");
  EXPECT_EQ(shown(99'999'999'999'999), "   99999G");
  EXPECT_EQ(shown(100'000'000'000'000), "     100T");
}

TEST(IpvsListing, OfSeveralListingsTheFirstCounts) {
  Format both = numeric();
  both.rate = both.thresholds = true;
  Format one = numeric();
  one.rate = true;
  EXPECT_EQ(list_text(table(), both), list_text(table(), one));
}

TEST(IpvsListing, Rates) {
  Format format = numeric();
  format.rate = true;
  EXPECT_THAT(list_text(table(), format),
              testing::StartsWith(
                  "IP Virtual Server version 1.2.1 (size=65536)\n"
                  "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n"
                  "  -> RemoteAddress:Port\n"
                  "TCP  192.0.2.9:443                       0        0        0        0        0\n"));
  EXPECT_NE(list_text(table(), format)
                .find("TCP  192.0.2.10:80                      12      345      300     6789    99999\n"
                      "  -> 10.0.0.21:8080                      1        2        4        3        5\n"),
            std::string::npos);
}

TEST(IpvsListing, ThresholdsAndPersistentConnections) {
  Format format = numeric();
  format.thresholds = true;
  EXPECT_NE(list_text(table(), format)
                .find("Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn \n"
                      "  -> RemoteAddress:Port\n"
                      "TCP  192.0.2.9:443 rr\n"
                      "TCP  192.0.2.10:80 wrr\n"
                      "  -> 10.0.0.21:8080               0          0          5          2         \n"),
            std::string::npos)
      << list_text(table(), format);
  format.thresholds = false;
  format.persistent = true;
  EXPECT_NE(list_text(table(), format)
                .find("Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn \n"
                      "  -> RemoteAddress:Port\n"
                      "TCP  192.0.2.9:443 rr\n"
                      "TCP  192.0.2.10:80 wrr\n"
                      "  -> 10.0.0.21:8080               0         0           5          2         \n"),
            std::string::npos)
      << list_text(table(), format);
}

constexpr const char* kTunnels = R"(
ports: [{device: eth0}]
connections: {max: 65536}
services:
  - name: web
    vip: 192.0.2.10
    port: 80
    mode: tunnel
    tunnel: {type: gue, port: 6081}
    scheduler: sh
    scheduler_flags: [port, fallback]
    dests:
      - {address: 10.0.0.21, max_conn: 100, min_conn: 80, tunnel: {type: ipip}}
      - {address: 10.0.0.22, max_conn: 50, tunnel: {type: gre, checksum: "on"}}
      - {address: 10.0.0.23}
      - {address: 10.0.0.24, mode: dr, weight: 0}
      - {address: "fd20::21"}
      - {address: "fd20::22", tunnel: {type: gue, checksum: "off", gue_variant: 1}}
  - {name: mh, vip: 192.0.2.11, port: 80, scheduler: mh, scheduler_flags: [port], mh_table_size: 251}
  - {name: ring, vip: 192.0.2.12, port: 80, scheduler: conhash, scheduler_flags: [port]}
  - {name: ops, vip: 192.0.2.13, port: 53, protocol: udp, one_packet: true}
)";

VirtualTable tunnels() {
  auto result = read_table(kTunnels, "[]", "[]");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
  if (!result) return {};
  result->sort();
  return *result;
}

TEST(IpvsListing, FlagsAndTunnels) {
  Format format = numeric();
  format.tunnels = true;
  EXPECT_EQ(list_text(tunnels(), format),
            "IP Virtual Server version 1.2.1 (size=65536)\n"
            "Prot LocalAddress:Port Scheduler Flags\n"
            "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n"
            "TCP  192.0.2.10:80 sh (sh-fallback,sh-port)\n"
            "  -> 10.0.0.21:80                 Tunnel  ipip          1      0          0         \n"
            "  -> 10.0.0.22:80                 Tunnel  gre:+c        1      0          0         \n"
            "  -> 10.0.0.23:80                 Tunnel  gue:6081:-c   1      0          0         \n"
            "  -> 10.0.0.24:80                 Route   n/a           0      0          0         \n"
            "  -> [fd20::21]:80                Tunnel  gue:6081:+c   1      0          0         \n"
            "  -> [fd20::22]:80                Tunnel  gue:6080:-c   1      0          0         \n"
            "TCP  192.0.2.11:80 mh (mh-port)\n"
            "TCP  192.0.2.12:80 conhash (conhash-port)\n"
            "UDP  192.0.2.13:53 rr ops\n");
}

TEST(IpvsListing, BoundsAreThresholds) {
  Format format = numeric();
  format.thresholds = true;
  EXPECT_THAT(
      list_text(tunnels(), format),
      testing::HasSubstr("  -> 10.0.0.21:80                 100        80         0          0         \n"
                         "  -> 10.0.0.22:80                 50         0          0          0         \n"
                         "  -> 10.0.0.23:80                 0          0          0          0         \n"));
}

TEST(IpvsListing, SaveSaysFlagsBoundsAndTunnels) {
  EXPECT_EQ(save_text(tunnels(), true),
            "-A -t 192.0.2.10:80 -s sh -b sh-fallback,sh-port\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.21:80 -i -w 1 -x 100 -y 80 --tun-type ipip\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.22:80 -i -w 1 -x 50 --tun-type gre --tun-csum\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.23:80 -i -w 1 --tun-type gue --tun-port 6081\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.24:80 -g -w 0\n"
            "-a -t 192.0.2.10:80 -r [fd20::21]:80 -i -w 1 --tun-type gue --tun-port 6081\n"
            "-a -t 192.0.2.10:80 -r [fd20::22]:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum "
            "--gue-variant 1\n"
            "-A -t 192.0.2.11:80 -s mh -b mh-port --mh-table-size 251\n"
            "-A -t 192.0.2.12:80 -s conhash -b conhash-port\n"
            "-A -u 192.0.2.13:53 -s rr -o\n");
}

TEST(IpvsListing, PersistenceIsShownAndSaved) {
  auto result =
      read_table(R"(
ports: [{device: eth0}]
services:
  - {name: web, vip: 192.0.2.9, port: 80, mode: nat, persistence: {}, dests: [{address: 10.0.0.21}]}
  - {name: net, vip: 192.0.2.9, port: 81, mode: nat, scheduler: sh, scheduler_flags: [port],
     persistence: {timeout: 60, v4_mask: 24}}
  - {name: six, vip: "fd10::100", port: 82, mode: nat, persistence: {timeout: 1h, v6_prefix: 64}}
)",
                 "[]", R"([{"service":"web","address":"10.0.0.21","port":80,"persistent_clients":7}])");
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(list_text(*result, numeric()),
            "IP Virtual Server version 1.2.1 (size=262144)\n"
            "Prot LocalAddress:Port Scheduler Flags\n"
            "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
            "TCP  192.0.2.9:80 rr persistent 300\n"
            "  -> 10.0.0.21:80                 Masq    1      0          0         \n"
            "TCP  192.0.2.9:81 sh (sh-port) persistent 60 mask 255.255.255.0\n"
            "TCP  [fd10::100]:82 rr persistent 3600 mask 64\n");
  Format format = numeric();
  format.persistent = true;
  EXPECT_NE(
      list_text(*result, format).find("  -> 10.0.0.21:80                 1         7           0          0"),
      std::string::npos)
      << list_text(*result, format);
  EXPECT_EQ(save_text(*result, true),
            "-A -t 192.0.2.9:80 -s rr -p 300\n"
            "-a -t 192.0.2.9:80 -r 10.0.0.21:80 -m -w 1\n"
            "-A -t 192.0.2.9:81 -s sh -p 60 -M 255.255.255.0 -b sh-port\n"
            "-A -t [fd10::100]:82 -s rr -p 3600 -M 64\n");
}

TEST(IpvsListing, AnyPortIsZeroAndRangesAreSpelled) {
  auto result = read_table(R"(
ports: [{device: eth0}]
services:
  - {vip: 192.0.2.9, port: any, mode: dr, dests: [{address: 10.0.0.21}]}
  - {vip: 192.0.2.9, port: 8000-8099, mode: nat, dests: [{address: 10.0.0.21, port: 80}]}
  - {name: many, vips: [192.0.2.8, 192.0.2.7], port: 80, mode: dr, dests: [{address: 10.0.0.21}]}
)",
                           "[]", "[]");
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(list_text(*result, numeric()),
            "IP Virtual Server version 1.2.1 (size=262144)\n"
            "Prot LocalAddress:Port Scheduler Flags\n"
            "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
            "TCP  192.0.2.9:0 rr\n"
            "  -> 10.0.0.21:0                  Route   1      0          0         \n"
            "TCP  192.0.2.9:8000-8099 rr\n"
            "  -> 10.0.0.21:80                 Masq    1      0          0         \n"
            "TCP  192.0.2.8:80 rr\n"
            "  -> 10.0.0.21:80                 Route   1      0          0         \n");
  EXPECT_EQ(save_text(*result, true),
            "-A -t 192.0.2.9:0 -s rr\n"
            "-a -t 192.0.2.9:0 -r 10.0.0.21:0 -g -w 1\n"
            "-A -t 192.0.2.9:8000-8099 -s rr\n"
            "-a -t 192.0.2.9:8000-8099 -r 10.0.0.21:80 -m -w 1\n"
            "# service many: several VIPs or ports; kept by `hvsctl config save` alone\n");
}

TEST(IpvsListing, Timeouts) {
  EXPECT_EQ(timeout_text(table().config.timeouts), "Timeout (tcp tcpfin udp): 900 120 300\n");
}

TEST(IpvsListing, LocalAddresses) {
  const std::map<std::string, LipUse> use = {{"web", {{*IpAddr::parse("10.0.0.12"), 4}}}};
  EXPECT_EQ(local_address_text(table(), use, true),
            "VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS     \n"
            "192.0.2.9:443        2        \n"
            "                              10.0.0.10            0          0         \n"
            "                              10.0.0.11            0          0         \n"
            "192.0.2.10:80        1        \n"
            "                              10.0.0.12            0          4         \n"
            "[fd10::100]:53       1        \n"
            "                              fd20::10             0          0         \n");
}

TEST(IpvsListing, LocalAddressesAreOfTheFamiliesOfRealServers) {
  constexpr const char* kBetweenFamilies = R"(
ports: [{device: eth0}]
lip_pools:
  - {name: inside, addresses: [10.0.0.10, "fd20::10"]}
  - {name: own, addresses: [10.0.0.12, "fd20::12"]}
services:
  - {name: across, vip: "fd10::100", port: 80, lip_pool: inside, dests: [{address: 10.0.0.21}]}
  - {name: both, vip: "fd10::101", port: 80, lip_pool: inside, dests: [{address: 10.0.0.21}, {address: "fd20::21"}]}
  - {name: own, vip: "fd10::102", port: 80, lip_pool: own, dests: [{address: 10.0.0.21}]}
)";
  auto table = read_table(kBetweenFamilies, "[]", "[]");
  ASSERT_TRUE(table.ok()) << table.error().message();
  EXPECT_EQ(local_address_text(*table, {}, true),
            "VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS     \n"
            "[fd10::100]:80       1        \n"
            "                              10.0.0.10            0          0         \n"
            "[fd10::101]:80       2        \n"
            "                              10.0.0.10            0          0         \n"
            "                              fd20::10             0          0         \n"
            "[fd10::102]:80       2        \n"
            "                              10.0.0.12            0          0         \n"
            "                              fd20::12             0          0         \n");
}

TEST(IpvsListing, Save) {
  EXPECT_EQ(save_text(table(), true),
            "-A -t 192.0.2.9:443 -s rr\n"
            "-A -t 192.0.2.10:80 -s wrr\n"
            "-P -t 192.0.2.10:80 -z 10.0.0.12\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.21:8080 -b -w 0\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.22:80 -g -w 3\n"
            "-A -u [fd10::100]:53 -s rr\n"
            "-a -u [fd10::100]:53 -r [fd20::21]:53 -m -w 1\n");
}

TEST(IpvsListing, SaveNamesThePoolWhenThereIsAChoice) {
  VirtualTable two = table();
  two.config.lip_pools.push_back({"more", {*IpAddr::parse("10.0.0.50")}});
  const std::string text = save_text(two, true);
  EXPECT_NE(text.find("-A -t 192.0.2.9:443 -s rr --lip-pool inside\n"), std::string::npos) << text;
  EXPECT_NE(text.find("-A -u [fd10::100]:53 -s rr\n"), std::string::npos) << "one of that family";
}

TEST(IpvsListing, AnswersThatAreNoneAreErrors) {
  EXPECT_FALSE(read_table("nonsense: [", kServices, kDests).ok());
  EXPECT_FALSE(read_table(kConfig, "{}", kDests).ok());
  EXPECT_FALSE(read_table(kConfig, kServices, "x").ok());
}

}  // namespace
}  // namespace hvs::ipvs
