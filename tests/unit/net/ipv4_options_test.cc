// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/ipv4_options.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "tests/support/packet.h"

namespace hvs {
namespace {

using test::Bytes;

TEST(Ipv4Options, SourceRoutesCountUntilTheyAreUsedUp) {
  const auto left = [](std::initializer_list<std::uint8_t> options) {
    Bytes header(sizeof(Ipv4Hdr), 0);
    header.insert(header.end(), options);
    while (header.size() % 4 != 0) header.push_back(0);
    header[0] = static_cast<std::uint8_t>(0x40 | header.size() / 4);
    return source_route_left(*reinterpret_cast<const Ipv4Hdr*>(header.data()));
  };
  EXPECT_FALSE(left({}));
  EXPECT_FALSE(left({1, 1, 1, 0, 131, 7, 4, 10}));  // behind the end
  EXPECT_TRUE(left({1, 131, 7, 4, 10, 0, 0, 1}));
  EXPECT_TRUE(left({148, 4, 0, 0, 137, 7, 4, 10, 0, 0, 1}));
  EXPECT_FALSE(left({131, 7, 8, 10, 0, 0, 1}));
  EXPECT_FALSE(left({131, 40, 4, 10}));  // longer than the header
  EXPECT_FALSE(left({131}));
  EXPECT_FALSE(left({7, 0, 131, 7}));
}

}  // namespace
}  // namespace hvs
