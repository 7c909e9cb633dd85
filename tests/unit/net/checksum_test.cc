// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace hvs {
namespace {

std::uint16_t full_checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint16_t>(~fold_checksum(sum_bytes(bytes)));
}

// The oracle is the definition (RFC 1071): the sum recomputed over the edited bytes.
TEST(Checksum, DeltaEqualsRecomputationOnRandomEdits) {
  std::mt19937 rng(1);
  for (int round = 0; round < 200000; ++round) {
    std::array<std::uint8_t, 40> bytes;
    for (auto& b : bytes) b = static_cast<std::uint8_t>((rng() % 4 == 0) ? (rng() % 2 ? 0xff : 0x00) : rng());
    bytes[0] |= 1;  // an all-zero packet has two representations of its sum
    const Be16 before = Be16::from_raw(full_checksum(bytes));
    ChecksumDelta delta;
    std::uint32_t old32 = 0;
    std::uint16_t old16 = 0;
    std::memcpy(&old32, &bytes[12], 4);
    std::memcpy(&old16, &bytes[20], 2);
    const std::uint32_t new32 = round % 7 == 0 ? 0xffffffffU : static_cast<std::uint32_t>(rng());
    const auto new16 = static_cast<std::uint16_t>(round % 5 == 0 ? 0 : rng());
    delta.replace(old32, new32);
    delta.replace(old16, new16);
    std::memcpy(&bytes[12], &new32, 4);
    std::memcpy(&bytes[20], &new16, 2);
    ASSERT_EQ(delta.applied_to(before).raw(), full_checksum(bytes)) << "round " << round;
  }
}

template <std::size_t N>
std::array<std::uint64_t, N> random_words(std::mt19937_64& rng) {
  std::array<std::uint64_t, N> words;
  // Sums of nothing but ones carry at each step.
  for (auto& word : words) word = rng() % 3 == 0 ? ~std::uint64_t{0} : rng() % 3 == 0 ? 0 : rng();
  return words;
}

/// A packet of the words `before` and one more becomes one of `after` and that.
template <std::size_t Before, std::size_t After>
void replace_words() {
  std::mt19937_64 rng(Before * 10 + After);
  const auto checksum_of = [](const auto& words, std::uint64_t last) {
    std::array<std::uint8_t, sizeof words + sizeof last> bytes;
    std::memcpy(bytes.data(), words.data(), sizeof words);
    std::memcpy(bytes.data() + sizeof words, &last, sizeof last);
    return Be16::from_raw(full_checksum(bytes));
  };
  for (int round = 0; round < 100000; ++round) {
    const auto before = random_words<Before>(rng);
    const auto after = random_words<After>(rng);
    const std::uint64_t last = rng() | 1;
    ChecksumDelta delta;
    delta.replace(before, after);
    ASSERT_EQ(delta.applied_to(checksum_of(before, last)).raw(), checksum_of(after, last).raw())
        << "round " << round;
  }
}

TEST(Checksum, ManyWordsAtOnceEqualRecomputation) {
  replace_words<4, 4>();
  replace_words<4, 1>();
  replace_words<1, 4>();
  replace_words<2, 2>();
}

TEST(Checksum, WrongStaysWrong) {
  ChecksumDelta delta;
  delta.replace(std::uint32_t{0x01020304}, std::uint32_t{0x0a0b0c0d});
  const Be16 right{0x1234};
  const Be16 wrong{0x1235};
  EXPECT_FALSE(delta.applied_to(right) == delta.applied_to(wrong));
}

TEST(Checksum, UdpZeroMeansNoneAndIsNeverProduced) {
  ChecksumDelta delta;
  delta.replace(std::uint16_t{1}, std::uint16_t{2});
  EXPECT_EQ(udp_checksum_after(Be16{std::uint16_t{0}}, delta).raw(), 0);
  for (unsigned v = 1; v <= 0xffff; ++v) {
    ASSERT_NE(udp_checksum_after(Be16{static_cast<std::uint16_t>(v)}, delta).raw(), 0);
  }
}

}  // namespace
}  // namespace hvs
