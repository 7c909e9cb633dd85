// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/values.h"

#include <gtest/gtest.h>

#include "base/suggest.h"
#include "base/units.h"
#include "control/config/utf8.h"

namespace hvs::config {
namespace {

TEST(ParseBytes, TakesUnits) {
  EXPECT_EQ(*parse_bytes("0"), 0U);
  EXPECT_EQ(*parse_bytes("4096"), 4096U);
  EXPECT_EQ(*parse_bytes("3KiB"), 3_KiB);
  EXPECT_EQ(*parse_bytes("256MiB"), 256_MiB);
  EXPECT_EQ(*parse_bytes("17179869183GiB"), 17179869183ULL << 30);
  for (const char* wrong : {"", "MiB", "1 MiB", "1.5GiB", "-1", "+1", "1mib", "1MB", "0x10", "010",
                            "17179869184GiB", "18446744073709551616"}) {
    EXPECT_FALSE(parse_bytes(wrong).ok()) << wrong;
  }
}

TEST(ParseDuration, TakesUnits) {
  EXPECT_EQ(*parse_duration("900"), 900s);
  EXPECT_EQ(*parse_duration("900s"), 900s);
  EXPECT_EQ(*parse_duration("15m"), 900s);
  EXPECT_EQ(*parse_duration("2h"), 7200s);
  EXPECT_EQ(*parse_duration("1d"), 86400s);
  for (const char* wrong :
       {"", "s", "1ms", "1 s", "1.5s", "-1s", "1w", "18446744073709551615", "213503982334601d"}) {
    EXPECT_FALSE(parse_duration(wrong).ok()) << wrong;
  }
}

TEST(ParsePortRange, TakesOneOrTwoPorts) {
  EXPECT_EQ(*parse_port_range("80"), (std::pair{L4Port{80}, L4Port{80}}));
  EXPECT_EQ(*parse_port_range("1-65535"), (std::pair{L4Port{1}, L4Port{65535}}));
  for (const char* wrong : {"", "-", "1-", "-1", "0-1", "1-65536", "2-1", "1-2-3", "1 - 2"}) {
    EXPECT_FALSE(parse_port_range(wrong).ok()) << wrong;
  }
}

TEST(ParseAddresses, SpansTheEndsOfTheAddressSpace) {
  EXPECT_EQ(parse_addresses("255.255.255.254-255.255.255.255", 10)->size(), 2U);
  EXPECT_EQ(parse_addresses("255.255.255.255/32", 10)->size(), 1U);
  EXPECT_EQ(parse_addresses("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", 10)->size(), 2U);
  EXPECT_EQ(parse_addresses("10.0.0.255-10.0.1.0", 10)->at(1).text(), "10.0.1.0");
  EXPECT_FALSE(parse_addresses("0.0.0.0/0", 4096).ok());
  EXPECT_FALSE(parse_addresses("::/0", 4096).ok());
  for (const char* wrong :
       {"", "-", "/", "10.0.0.1-", "-10.0.0.1", "10.0.0.1/", "/8", "10.0.0.1/-1", "10.0.0.0/08"}) {
    EXPECT_FALSE(parse_addresses(wrong, 10).ok()) << wrong;
  }
}

TEST(Texts, AreReadBack) {
  for (const std::uint64_t bytes :
       {0ULL, 1ULL, 1023ULL, 1024ULL, 1025ULL, 3ULL << 20, 5ULL << 30, 1025ULL << 20}) {
    EXPECT_EQ(*parse_bytes(bytes_text(bytes)), bytes);
  }
  const auto addresses = *parse_addresses("10.0.0.250-10.0.1.5", 100);
  ASSERT_EQ(address_texts(addresses).size(), 1U);
  EXPECT_EQ(*parse_addresses(address_texts(addresses)[0], 100), addresses);
}

TEST(Nearest, FindsTyposButNotOtherWords) {
  const std::vector<std::string_view> keys = {"scheduler", "services", "port", "ports", "warning"};
  EXPECT_EQ(nearest("shceduler", keys), "scheduler");
  EXPECT_EQ(nearest("prot", keys), "port");
  EXPECT_EQ(nearest("warn", keys), "warning");
  EXPECT_EQ(nearest("frobnicate", keys), "");
  EXPECT_EQ(nearest("", keys), "");
}

TEST(FirstNonUtf8, KnowsTheWholeOfRfc3629) {
  for (const char* good :
       {"", "plain\n", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_FALSE(first_non_utf8(good).has_value()) << good;
  }
  for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xff", "\x01"}) {
    EXPECT_TRUE(first_non_utf8(bad).has_value()) << printable(bad);
  }
  const auto place = first_non_utf8("ab\nc\xff");
  EXPECT_EQ(place->line, 2U);
  EXPECT_EQ(place->column, 2U);
}

}  // namespace
}  // namespace hvs::config
