// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/crc32c.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace hvs {
namespace {

TEST(Crc32c, TheDefinitionIsTheRightOne) {
  constexpr std::string_view kDigits = "123456789";
  const std::vector<std::uint8_t> digits(kDigits.begin(), kDigits.end());
  EXPECT_EQ(crc32c(digits), 0xe3069283U);  // the check value of the CRC's catalogues
}

TEST(Crc32c, AChangeOfTheFirstFourBytesIsFollowedAtEveryLength) {
  std::mt19937 random(1);
  std::vector<std::size_t> lengths = {4, 5, 12, 16, 255, 256, 257, 1500, 65535};
  for (int i = 0; i < 50; ++i) lengths.push_back(4 + random() % 9000);
  for (const std::size_t length : lengths) {
    std::vector<std::uint8_t> bytes(length);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const std::uint32_t before = crc32c(bytes);
    std::uint32_t change = 0;
    for (unsigned i = 0; i < 4; ++i) {
      const auto flip = static_cast<std::uint8_t>(random());
      bytes[i] ^= flip;
      change |= static_cast<std::uint32_t>(flip) << (8 * i);
    }
    EXPECT_EQ(before ^ crc32c_change(change, length), crc32c(bytes)) << length;
  }
}

TEST(Crc32c, NoChangeIsNone) { EXPECT_EQ(crc32c_change(0, 1000), 0U); }

}  // namespace
}  // namespace hvs
