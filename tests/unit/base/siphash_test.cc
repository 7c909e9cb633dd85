// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace hvs {
namespace {

/// The key and the messages of the paper's appendix A and of its authors' vectors: 00 01 02 ...
TEST(SipHash, GivesTheVectorsOfItsAuthors) {
  constexpr SipKey kKey{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
  std::array<std::uint8_t, 64> text{};
  std::iota(text.begin(), text.end(), std::uint8_t{0});
  EXPECT_EQ(siphash24(kKey, text.data(), 0), 0x726fdb47dd0e0e31ULL);
  EXPECT_EQ(siphash24(kKey, text.data(), 1), 0x74f839c593dc67fdULL);
  EXPECT_EQ(siphash24(kKey, text.data(), 8), 0x93f5f5799a932462ULL);
  EXPECT_EQ(siphash24(kKey, text.data(), 15), 0xa129ca6149be45e5ULL);
}

TEST(SipHash, DependsOnBothHalvesOfTheKey) {
  const char text[] = "flow";
  const std::uint64_t hash = siphash24({1, 2}, text, 4);
  EXPECT_NE(siphash24({3, 2}, text, 4), hash);
  EXPECT_NE(siphash24({1, 3}, text, 4), hash);
}

}  // namespace
}  // namespace hvs
