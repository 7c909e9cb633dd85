// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/fragment_span.h"

#include <gtest/gtest.h>

#include "tests/support/packet.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

FragmentSpan span_of(const Bytes& frame) {
  const Reader bytes(frame.data(), frame.size());
  return fragment_span(bytes, parse_frame(bytes));
}

Bytes v4(std::uint16_t offset, bool more, std::size_t payload, Bytes options = {}) {
  Packet packet;
  packet.eth().ipv4("192.0.2.1", "10.10.0.100",
                    {.dont_fragment = false,
                     .more_fragments = more,
                     .offset_bytes = offset,
                     .options = std::move(options),
                     .protocol = static_cast<std::uint8_t>(IpProto::udp)});
  return packet.payload_bytes(payload).build();
}

Bytes v6(std::uint16_t offset, bool more, std::size_t payload, bool behind_options = false) {
  Packet packet;
  packet.eth().ipv6("2001:db8::1", "fd10::100");
  if (behind_options) packet.extension(IpProto::dest_options, 2);
  packet.fragment({.offset_bytes = offset,
                   .more_fragments = more,
                   .next_header = static_cast<std::uint8_t>(IpProto::udp)});
  return packet.payload_bytes(payload).build();
}

TEST(FragmentSpan, OfIpv4) {
  EXPECT_EQ(span_of(v4(0, true, 400)), (FragmentSpan{0, 400, false}));
  EXPECT_EQ(span_of(v4(400, true, 400, Bytes(8, 1))), (FragmentSpan{400, 800, false}));
  EXPECT_EQ(span_of(v4(800, false, 13)), (FragmentSpan{800, 813, true}));
}

TEST(FragmentSpan, OfIpv6IsWhatFollowsTheFragmentHeader) {
  EXPECT_EQ(span_of(v6(0, true, 400)), (FragmentSpan{0, 400, false}));
  EXPECT_EQ(span_of(v6(400, true, 400, true)), (FragmentSpan{400, 800, false}));
  EXPECT_EQ(span_of(v6(800, false, 13)), (FragmentSpan{800, 813, true}));
  Packet first;
  first.eth().ipv6("2001:db8::1", "fd10::100").fragment({.more_fragments = true});
  EXPECT_EQ(span_of(first.extension(IpProto::dest_options, 1).udp(1, 2).payload_bytes(16).build()),
            (FragmentSpan{0, 32, false}))
      << "options behind the fragment header were cut, too";
}

TEST(FragmentSpan, ALengthThatIsNoMultipleOfEightIsRoundedDown) {
  EXPECT_EQ(span_of(v4(8, true, 13)), (FragmentSpan{8, 16, false}));
  EXPECT_EQ(span_of(v6(8, true, 13)), (FragmentSpan{8, 16, false}));
}

TEST(FragmentSpan, MayReachBeyondWhatAPacketCanHave) {
  EXPECT_EQ(span_of(v4(65528, false, 100)), (FragmentSpan{65528, 65628, true}));
  EXPECT_EQ(span_of(v6(65528, false, 100)), (FragmentSpan{65528, 65628, true}));
}

}  // namespace
}  // namespace hvs
