// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/rss.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/rss_keys.h"

namespace hvs {
namespace {

// Key and vectors of "Verifying the RSS Hash Calculation".
const std::vector<std::uint8_t>& kKey = test::kMicrosoftKey;

struct Vector {
  const char* dst;
  std::uint16_t dst_port;
  const char* src;
  std::uint16_t src_port;
  std::uint32_t addresses;  // hash over the addresses alone
  std::uint32_t ports;      // ... and the ports
};
const Vector kVectors[] = {
    {"161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
    {"65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
    {"12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
    {"209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
    {"202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
    {"3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d},
    {"ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf},
    {"fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, 0x4b61e985, 0x02d1feef},
};

RssTuple tuple_of(const Vector& v) {
  return {IpAddr::parse(v.src).value(), IpAddr::parse(v.dst).value(), L4Port{v.src_port}, L4Port{v.dst_port}};
}

TEST(Toeplitz, AgreesWithThePublishedVectorsOverAddressesAndPorts) {
  for (const Vector& v : kVectors) EXPECT_EQ(toeplitz_hash(kKey, tuple_of(v)), v.ports) << v.dst;
}

TEST(Toeplitz, AgreesWithThePublishedVectorsOverAddresses) {
  for (const Vector& v : kVectors) {
    const RssTuple tuple = tuple_of(v);
    const std::size_t width = tuple.src.is_v4() ? 4 : 16;
    std::vector<std::uint8_t> input(tuple.src.bytes.begin(), tuple.src.bytes.begin() + width);
    input.insert(input.end(), tuple.dst.bytes.begin(), tuple.dst.bytes.begin() + width);
    EXPECT_EQ(toeplitz_hash(kKey, input), v.addresses) << v.dst;
  }
}

TEST(QueueOf, LooksTheHashUpInTheTable) {
  RssInfo rss{kKey, {}, {true, true, true, true}};
  for (std::uint16_t i = 0; i < 128; ++i) rss.reta.push_back(i % 3);
  for (const Vector& v : kVectors)
    EXPECT_EQ(queue_of(rss, tuple_of(v)), QueueId(rss.reta[v.ports % 128])) << v.dst;
}

TEST(QueueOf, SaysNothingWhenTheDeviceDoesNot) {
  EXPECT_FALSE(queue_of(RssInfo{}, tuple_of(kVectors[0])));
  EXPECT_FALSE(queue_of(RssInfo{kKey, {}, {true, true, true, true}}, tuple_of(kVectors[0])));
}

TEST(QueueOf, SaysNothingOfFramesWhosePortsAreNotHashed) {
  RssInfo rss{kKey, {0, 1}, {}};
  rss.over_ports[static_cast<std::size_t>(RssType::tcp_v4)] = true;
  RssTuple tuple = tuple_of(kVectors[0]);
  EXPECT_TRUE(queue_of(rss, tuple));
  tuple.protocol = static_cast<std::uint8_t>(IpProto::udp);
  EXPECT_FALSE(queue_of(rss, tuple));
  EXPECT_FALSE(queue_of(rss, tuple_of(kVectors[5])));  // IPv6
}

}  // namespace
}  // namespace hvs
