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
    for (const unsigned length : {0U, 5U, 8U, 17U, 24U, most_bits() - 1, most_bits()}) {
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

INSTANTIATE_TEST_SUITE_P(BothFamilies, Networks, ::testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& one) { return one.param == Family::ipv4 ? "ipv4" : "ipv6"; });

}  // namespace
}  // namespace hvs
