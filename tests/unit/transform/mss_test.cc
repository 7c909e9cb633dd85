// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/mss.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

Bytes syn(const Bytes& options, std::optional<std::uint16_t> checksum = {}) {
  return Packet()
      .eth()
      .ip("192.0.2.1", "10.10.0.100")
      .tcp(4000, 80, {.flags = TcpHdr::kSyn, .options = options, .checksum = checksum})
      .build();
}
Parsed parsed(const Bytes& frame) { return parse_frame(Reader(frame.data(), frame.size())); }
MssOption found_in(const Bytes& options) {
  const Bytes frame = syn(options);
  return find_mss(frame.data(), parsed(frame));
}

TEST(Mss, IsFoundWhereverItStands) {
  EXPECT_EQ(found_in({2, 4, 5, 0xb4}).value, 1460);
  EXPECT_EQ(found_in({1, 2, 4, 5, 0xb4}).value, 1460);
  EXPECT_EQ(found_in({3, 3, 7, 4, 2, 2, 4, 2, 0x18, 0, 0, 0}).value, 536);
  EXPECT_EQ(found_in({8, 10, 1, 1, 1, 1, 2, 2, 2, 2, 2, 4, 1, 0}).value, 256);
  Bytes last(36, 1);
  last.insert(last.end(), {2, 4, 5, 0xb4});
  EXPECT_EQ(found_in(last).value, 1460);
}

TEST(Mss, IsNotThere) {
  for (const Bytes& options : {Bytes{}, Bytes{1, 1, 1, 1}, Bytes{4, 2, 0, 0}, Bytes{0, 2, 4, 5, 0xb4}})
    EXPECT_EQ(found_in(options).at, 0);
}

TEST(Mss, OfMalformedOptionsIsNoBusinessOfOurs) {
  const Bytes wrong[] = {
      {2, 3, 5, 0xb4},                 // too short
      {2, 6, 5, 0xb4, 0, 0},           // too long
      {2, 0, 5, 0xb4},                 // would never end
      {3, 1, 2, 4},                    // a length that does not hold itself
      {1, 1, 1, 2},                    // the length is cut off
      {1, 1, 2, 4},                    // the value is
      {2, 4, 5, 0xb4, 3, 9, 7, 0},     // what follows reaches beyond the header
      {2, 4, 5, 0xb4, 2, 4, 5, 0xb4},  // which of them?
  };
  for (const Bytes& options : wrong) EXPECT_EQ(found_in(options).at, 0) << test::hex_dump(options);
}

TEST(Mss, ThatTheFirstLookFindsWithinIsNotToBeLowered) {
  const auto within = [](const Bytes& options, unsigned most) {
    const Bytes frame = syn(options);
    return mss_is_within(frame.data(), parsed(frame), most);
  };
  EXPECT_TRUE(within({}, 0));
  EXPECT_TRUE(within({2, 4, 5, 0xb4, 1, 1, 1, 0}, 1460));
  EXPECT_FALSE(within({2, 4, 5, 0xb4, 1, 1, 1, 0}, 1459));
  EXPECT_FALSE(within({1, 1, 1, 1, 2, 4, 0, 1}, 1460));  // says nothing
  std::minstd_rand random(7);
  unsigned agreed = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    Bytes options(4 * (random() % 4));
    for (auto& byte : options) byte = static_cast<std::uint8_t>(random() % 6);
    const unsigned most = random() % 2048;
    if (!within(options, most)) continue;
    ++agreed;
    EXPECT_LE(found_in(options).value, most) << test::hex_dump(options);
  }
  EXPECT_GT(agreed, 100U);
}

TEST(Mss, IsSetWithItsChecksum) {
  for (const std::size_t in_front : {0U, 1U, 2U, 3U}) {
    for (const std::uint16_t value : {std::uint16_t{0}, std::uint16_t{1400}, std::uint16_t{0xffff}}) {
      Bytes before(in_front, 1);
      Bytes after = before;
      before.insert(before.end(), {2, 4, 5, 0xb4, 0, 0});
      after.insert(after.end(),
                   {2, 4, static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value), 0, 0});
      Bytes frame = syn(before);
      const Parsed p = parsed(frame);
      set_mss(frame.data(), p, find_mss(frame.data(), p), value);
      EXPECT_EQ(test::wrong_checksum(frame), "") << in_front << " " << value;
      EXPECT_EQ(frame.size(), syn(after).size());
      EXPECT_EQ(found_in(after).value, value);
      frame = syn(before, 0x1234);
      set_mss(frame.data(), p, find_mss(frame.data(), p), value);
      EXPECT_NE(test::wrong_checksum(frame), "") << "it was wrong before";
    }
  }
}

}  // namespace
}  // namespace hvs
