// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Local addresses, as DPVS has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "tests/unit/ipvsadm/app_fixture.h"

namespace hvs::test {
namespace {

using testing::HasSubstr;

TEST_F(IpvsadmTest, LocalAddressesAsInDpvs) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-A -t 192.0.2.11:80 -s rr");
  ok("-P -t 192.0.2.10:80 -z 10.0.0.30");
  ok("-P -t 192.0.2.11:80 -z 10.0.0.30");
  EXPECT_THAT(ok("-G -n -t 192.0.2.10:80"), HasSubstr("192.0.2.10:80        1        \n"
                                                      "                              10.0.0.30 "));
  EXPECT_EQ(config().lip_pools.size(), 3U);
  ok("-Q -t 192.0.2.10:80 -z 10.0.0.30");
  EXPECT_EQ(config().services[0].lip_pool, "") << "nothing needs one";
  const Said twice = say("-P -t 192.0.2.11:80 -z 10.0.0.30");
  EXPECT_EQ(twice.status, 255);
  EXPECT_THAT(twice.err, HasSubstr("10.0.0.30 is in the pool of -t 192.0.2.11:80 already"));
}

/// docs/ipvsadm.md: without it every connection of the real servers would be lost.
TEST_F(IpvsadmTest, TheLastLocalAddressStaysWhileItIsNeeded) {
  on_reactor([&] {
    backend_.config = *parse_config("ports: [{device: eth0}]", "start");
    backend_.yaml = config_to_yaml(backend_.config);
  });
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-P -t 192.0.2.10:80 -z 10.0.0.30");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -b");
  const std::string refusal =
      "-z 10.0.0.30: it is the last local address of -t 192.0.2.10:80, and every connection to its real "
      "servers in full NAT would be lost";
  const std::string fix = ". Add another one first (-P), or remove these real servers (-d)\n";
  const Said said = say("-Q -t 192.0.2.10:80 -z 10.0.0.30");
  EXPECT_EQ(said.status, 255);
  EXPECT_EQ(said.err, "hvs-ipvsadm: " + refusal + fix);
  ok("-P -t 192.0.2.10:80 -z 10.0.0.31");
  ok("-Q -t 192.0.2.10:80 -z 10.0.0.30");
  ok("-d -t 192.0.2.10:80 -r 10.0.0.21");
  ok("-Q -t 192.0.2.10:80 -z 10.0.0.31");
}

/// DPVS wants the port with every local address.
TEST_F(IpvsadmTest, ThePortOfALocalAddressIsOneOfTheInstances) {
  on_reactor([&] {
    backend_.port_views.clear();
    PortView& one = backend_.port_views.emplace_back();
    std::tie(one.name, one.device, one.companion) = std::tuple("dpdk0", "0000:03:00.0", "wan0");
    PortView& other = backend_.port_views.emplace_back();
    std::tie(other.name, other.device) = std::tuple("eth1", "eth1");
  });
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("--add-laddr -z 10.0.0.30 -t 192.0.2.10:80 -F dpdk0");
  ok("-P -z 10.0.0.31 -t 192.0.2.10:80 -F 0000:03:00.0");
  ok("-P -z 10.0.0.32 -t 192.0.2.10:80 --ifname wan0");
  ok("-Q -z 10.0.0.31 -t 192.0.2.10:80 -F eth1");
  const std::string there = "there are: dpdk0 (0000:03:00.0), eth1\n";
  const Config before = config();
  for (const char* line :
       {"-P -z 10.0.0.33 -t 192.0.2.10:80 -F dpdk1", "-Q -z 10.0.0.30 -t 192.0.2.10:80 -F dpdk1"}) {
    const Said said = say(line);
    EXPECT_EQ(said.status, 2) << line;
    EXPECT_EQ(said.err, "hvs-ipvsadm: -F (--ifname): there is no port 'dpdk1'. " + there) << line;
  }
  const Said script = say("-R",
                          "-A -t 192.0.2.11:80\n-P -t 192.0.2.11:80 -z 10.0.0.30 -F dpdk0\n"
                          "-P -t 192.0.2.11:80 -z 10.0.0.31 -F dpdk2\n");
  EXPECT_EQ(script.status, 2);
  EXPECT_THAT(script.err,
              HasSubstr("line 3: -F (--ifname): there is no port 'dpdk2'; nothing was changed. " + there));
  EXPECT_EQ(config(), before);
}

/// As DPVS's tutorial has it.
TEST_F(IpvsadmTest, ServersInFullNatMayComeBeforeTheirLocalAddresses) {
  on_reactor([&] {
    backend_.config = *parse_config("ports: [{device: eth0}]\n", "start");
    backend_.yaml = config_to_yaml(backend_.config);
    backend_.port_views.clear();
    backend_.port_views.emplace_back().name = "dpdk0";
  });
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -b");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.22 -b");
  EXPECT_THAT(ok("-G -n"), HasSubstr("192.0.2.10:80        0        \n"));
  EXPECT_THAT(ok("-Ln"), HasSubstr("  -> 10.0.0.22:80                 FullNat 1 "));
  const Config waiting = config();
  ok("-R", "-C\n" + ok("-S -n"));
  EXPECT_EQ(config(), waiting);
  ok("--add-laddr -z 10.0.0.30 -t 192.0.2.10:80 -F dpdk0");
  EXPECT_THAT(ok("-G -n"), HasSubstr("192.0.2.10:80        1        \n"));
  EXPECT_EQ(ok("-S -n"),
            "-A -t 192.0.2.10:80 -s rr\n-P -t 192.0.2.10:80 -z 10.0.0.30\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.21:80 -b -w 1\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.22:80 -b -w 1\n");
}

TEST_F(IpvsadmTest, ALocalAddressJoinsThoseOfTheSharedPool) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -b");
  ok("-P -t 192.0.2.10:80 -z 10.0.0.30");
  EXPECT_THAT(ok("-G -n"), HasSubstr("192.0.2.10:80        2        \n"));
  const std::string saved = ok("-S -n");
  EXPECT_THAT(saved, HasSubstr("-P -t 192.0.2.10:80 -z 10.0.0.10\n-P -t 192.0.2.10:80 -z 10.0.0.30\n"));
  const Config before = config();
  ok("-R", "-C\n" + saved);
  EXPECT_EQ(config(), before);
  const Said twice = say("-P -t 192.0.2.10:80 -z 10.0.0.30");
  EXPECT_EQ(twice.status, 255);
}

}  // namespace
}  // namespace hvs::test
