// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/past_vip.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "tests/support/rss_keys.h"

namespace hvs {
namespace {

constexpr std::uint8_t kTcp = 6;

IpAddr ip(const char* text) { return *IpAddr::parse(text); }
PortRange range(int low, int high) {
  return {L4Port{static_cast<std::uint16_t>(low)}, L4Port{static_cast<std::uint16_t>(high)}};
}

LipPool pool(std::vector<PastVip> was_vip, int low = 1024, int high = 65535) {
  LipPool out;
  out.name = "lan";
  out.v4 = {ip("10.0.0.1"), ip("10.0.0.2")};
  out.port_low = range(low, high).low;
  out.port_high = range(low, high).high;
  out.was_vip = std::move(was_vip);
  return out;
}

/// The ranges that 10.0.0.1 may give.
std::string ranges(const LipPool& pool, const PortOwners& owners = PortOwners{2}) {
  std::string out;
  const auto take = [&](L4Port low, L4Port high) {
    out += (out.empty() ? "" : " ") + PortRange{low, high}.text();
    return false;
  };
  EXPECT_FALSE(take_beside_past_vips(pool, ip("10.0.0.1"), owners, kTcp, take));
  return out;
}

PortOwners by_rss() { return {2, test::kMicrosoftKey, {WorkerId{0}, WorkerId{1}}, {true, true, true, true}}; }

TEST(PastVip, LeavesItsPortsOut) {
  const IpAddr lip = ip("10.0.0.1");
  EXPECT_EQ(ranges(pool({})), "1024-65535");
  EXPECT_EQ(ranges(pool({{lip, range(80, 80)}})), "1024-65535");
  EXPECT_EQ(ranges(pool({{lip, range(5060, 5060)}})), "1024-5059 5061-65535");
  EXPECT_EQ(ranges(pool({{lip, range(80, 1024)}, {lip, range(65535, 65535)}})), "1025-65534");
  EXPECT_EQ(ranges(pool({{lip, range(2000, 4000)}, {lip, range(3000, 3100)}, {lip, range(4001, 5000)}})),
            "1024-1999 5001-65535");
  EXPECT_EQ(ranges(pool({{lip, range(3000, 9000)}}, 2000, 3000)), "2000-2999");
  EXPECT_EQ(ranges(pool({{lip, range(30000, 40000)}}, 2000, 3000)), "2000-3000");
  EXPECT_EQ(ranges(pool({{lip, kAnyPort}})), "");
  EXPECT_EQ(ranges(pool({{ip("10.0.0.2"), kAnyPort}})), "1024-65535") << "another address";
}

TEST(PastVip, LeavesOutOnlyWhatIsNotSeen) {
  const PastVip found_by_client{ip("10.0.0.1"), range(2000, 65535), true};
  const PastVip found_by_port{ip("10.0.0.1"), range(2000, 65535), false};
  EXPECT_EQ(ranges(pool({found_by_client}), PortOwners{1}), "1024-65535");
  EXPECT_EQ(ranges(pool({found_by_port}), by_rss()), "1024-65535");
  EXPECT_EQ(ranges(pool({found_by_client}), by_rss()), "1024-1999");
}

TEST(PastVip, IsWarnedOfWhenNoPortIsLeft) {
  const auto warned = [](const std::vector<PastVip>& was_vip, const PortOwners& owners = PortOwners{2}) {
    auto service = std::make_shared<Service>();
    service->lips = std::make_shared<LipPool>(pool(was_vip));
    Snapshot snapshot;
    snapshot.services = {nullptr, service, service};
    std::string out;
    for (const Error& warning : idle_lips(snapshot, owners)) out += warning.message() + "\n";
    return out;
  };
  const IpAddr lip = ip("10.0.0.1");
  EXPECT_EQ(warned({}), "");
  EXPECT_EQ(warned({{lip, range(2000, 65535)}}), "");
  EXPECT_EQ(warned({{lip, kAnyPort}}, PortOwners{1}), "");
  EXPECT_EQ(
      warned({{lip, kAnyPort}, {lip, range(5060, 5060)}}),
      "LIP 10.0.0.1: was a VIP, on all ports of pool lan, of a service that may have connections by it yet, "
      "so "
      "it gives no local ports. It does when they have ended. To have ports now, name an address that was no "
      "VIP\n");
}

}  // namespace
}  // namespace hvs
