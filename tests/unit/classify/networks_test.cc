// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// Networks of mode snat, few and many of a length, and prefixes, against bits compared one by one.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "model/steer_table.h"

namespace hvs {
namespace {

constexpr std::uint8_t kTcp = 6;

bool bit(const IpAddr& addr, unsigned at) { return (addr.bytes[at / 8] >> (7 - at % 8) & 1) != 0; }

bool contains_by_bits(const IpPrefix& prefix, const IpAddr& addr) {
  if (prefix.addr.family != addr.family) return false;
  for (unsigned i = 0; i < prefix.length; ++i) {
    if (bit(prefix.addr, i) != bit(addr, i)) return false;
  }
  return true;
}

class Networks : public ::testing::TestWithParam<Family> {
 protected:
  [[nodiscard]] unsigned most_bits() const { return GetParam() == Family::ipv4 ? 32 : 128; }
  /// Of few different ones in each part, so that prefixes of all lengths have addresses.
  IpAddr address() {
    IpAddr addr{{}, GetParam()};
    for (unsigned i = 0; i < most_bits() / 8; ++i)
      addr.bytes[i] = random_() % 4 == 0 ? random_() % 256 : 0x5a;
    return addr;
  }
  IpPrefix prefix(unsigned length) { return {masked(address(), length), static_cast<std::uint8_t>(length)}; }

  std::mt19937 random_{7};
};

TEST_P(Networks, PrefixesContainWhatHasTheirBits) {
  unsigned contained = 0;
  for (unsigned length = 0; length <= most_bits(); ++length) {
    for (int i = 0; i < 200; ++i) {
      const IpPrefix of = prefix(length);
      const IpAddr addr = i % 2 == 0 ? address() : of.addr;
      ASSERT_EQ(of.contains(addr), contains_by_bits(of, addr)) << of.text() << ' ' << addr.text();
      if (i % 2 == 0 && of.contains(addr)) ++contained;
    }
  }
  EXPECT_GT(contained, 200U);  // of others
}

TEST_P(Networks, OneBitMakesTheDifference) {
  for (unsigned length = 1; length <= most_bits(); ++length) {
    const IpPrefix of = prefix(length);
    for (unsigned changed = 0; changed < most_bits(); ++changed) {
      IpAddr addr = of.addr;
      addr.bytes[changed / 8] ^= static_cast<std::uint8_t>(0x80U >> changed % 8);
      ASSERT_EQ(of.contains(addr), changed >= length) << of.text() << ' ' << addr.text();
    }
  }
}

TEST_P(Networks, OfOtherFamilyAreElsewhere) {
  const Family other = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
  EXPECT_FALSE((IpPrefix{{{}, GetParam()}, 0}.contains({{}, other})));
}

TEST_P(Networks, LongestOneDecides) {
  unsigned inside = 0;
  unsigned outside = 0;
  for (unsigned of_length = 1; of_length <= 8; ++of_length) {  // compared one by one, and hashed
    std::set<IpPrefix> nets;
    for (const unsigned length : {0U, 5U, 7U, 8U, 9U, 16U, 17U, 24U, most_bits() - 1, most_bits()}) {
      for (unsigned i = 0; i < of_length; ++i) nets.insert(prefix(length));
    }
    SteerRows rows;
    std::set<IpPrefix> with_tcp;
    for (const IpPrefix& net : nets) {
      const bool tcp = random_() % 2 == 0;  // else one that takes its addresses out of a shorter one
      if (tcp) with_tcp.insert(net);
      rows.inside.push_back({net_key(net), {.protocols = tcp ? HVS_STEER_TCP : 0U}});
      // The same bits of the other family say the opposite, and are nobody's here.
      IpPrefix alike = net;
      alike.addr.family = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
      if (alike.addr.family == Family::ipv6 || net.length <= 32)
        rows.inside.push_back({net_key(alike), {.protocols = tcp ? 0U : HVS_STEER_TCP}});
    }
    const IpPrefix all{{{}, GetParam()}, 0};
    rows.outside.push_back({net_key(all), {.protocols = HVS_STEER_TCP}});
    const SteerTable table(rows);
    for (int i = 0; i < 2000; ++i) {
      const auto at = static_cast<long>(random_() % nets.size());
      const IpAddr addr = i % 2 == 0 ? address() : std::next(nets.begin(), at)->addr;
      const IpPrefix* longest = nullptr;
      for (const IpPrefix& net : nets) {
        if (contains_by_bits(net, addr) && (longest == nullptr || net.length > longest->length))
          longest = &net;
      }
      const bool expected = longest != nullptr && with_tcp.contains(*longest);
      ASSERT_EQ(table.inside_out(addr, address(), kTcp), expected) << addr.text() << ' ' << of_length;
      ++(expected ? inside : outside);
    }
  }
  EXPECT_GT(inside, 1000U);
  EXPECT_GT(outside, 1000U);
}

/// Tables of single addresses alone, and of networks so wide that the first byte decides, on either side.
TEST_P(Networks, HostsAndWideNetworksAlone) {
  const IpAddr host = address();
  IpAddr beside = host;
  beside.bytes[most_bits() / 8 - 1] ^= 1U;
  const auto row = [](const IpAddr& addr, unsigned length, std::uint32_t protocols) {
    const IpPrefix net{masked(addr, length), static_cast<std::uint8_t>(length)};
    return SteerRows::NetRow{net_key(net), {.protocols = protocols}};
  };
  const auto inside_out = [](std::vector<SteerRows::NetRow> inside, std::vector<SteerRows::NetRow> outside,
                             const IpAddr& from, const IpAddr& to) {
    SteerRows rows;
    rows.inside = std::move(inside);
    rows.outside = std::move(outside);
    return SteerTable(rows).inside_out(from, to, kTcp);
  };
  const auto tcp = HVS_STEER_TCP;
  for (const unsigned wide : {0U, 1U, 8U}) {
    const auto net = row(host, wide, tcp);
    const auto of_one = row(host, most_bits(), tcp);
    const auto but_one = row(host, most_bits(), 0);
    EXPECT_TRUE(inside_out({of_one}, {net}, host, beside)) << wide;
    EXPECT_FALSE(inside_out({of_one}, {net}, beside, host)) << wide;
    EXPECT_TRUE(inside_out({net}, {of_one}, beside, host)) << wide;
    EXPECT_FALSE(inside_out({net}, {of_one}, host, beside)) << wide;
    EXPECT_TRUE(inside_out({net}, {net, but_one}, host, beside)) << wide;
    EXPECT_FALSE(inside_out({net}, {net, but_one}, beside, host)) << wide;
    EXPECT_FALSE(inside_out({net, but_one}, {net}, host, beside)) << wide;
  }
}

TEST_P(Networks, FirstByteDecidesForNoLongerOne) {
  IpAddr addr{{}, GetParam()};
  for (unsigned length = 8; length <= 12; ++length) {
    SteerRows rows;
    addr.bytes[0] = 0x5a;
    rows.inside.push_back({net_key({addr, static_cast<std::uint8_t>(length)}), {.protocols = HVS_STEER_TCP}});
    rows.outside.push_back({net_key({{{}, GetParam()}, 0}), {.protocols = HVS_STEER_TCP}});
    const SteerTable table(rows);
    for (unsigned second = 0; second < 256; ++second) {
      IpAddr from = addr;
      from.bytes[1] = static_cast<std::uint8_t>(second);
      ASSERT_EQ(table.inside_out(from, addr, kTcp), second >> (16 - length) == 0) << length << ' ' << second;
      from.bytes[0] ^= 1U;
      ASSERT_FALSE(table.inside_out(from, addr, kTcp));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, Networks, ::testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& one) { return one.param == Family::ipv4 ? "ipv4" : "ipv6"; });

}  // namespace
}  // namespace hvs
