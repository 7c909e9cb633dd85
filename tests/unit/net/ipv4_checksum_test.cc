// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/ipv4_checksum.h"

#include <gtest/gtest.h>

#include "tests/support/packet.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

bool wrong(const Bytes& frame) { return wrong_ipv4_checksum({frame.data(), frame.size()}); }

Packet tagged(unsigned tags) {
  Packet packet;
  packet.eth();
  for (unsigned i = 0; i < tags; ++i) packet.vlan(5, i == 0 && tags == 2 ? EtherType::qinq : EtherType::vlan);
  return packet;
}

TEST(Ipv4Checksum, AHeaderIsRightOrWrongBehindTagsAndWithOptions) {
  for (unsigned tags = 0; tags < 3; ++tags) {
    for (const Bytes& options : {Bytes{}, Bytes{1, 1, 1, 1, 7, 3, 4, 0}}) {
      test::Ipv4Fields fields;
      fields.options = options;
      EXPECT_FALSE(wrong(tagged(tags).ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build())) << tags;
      fields.checksum = 0x1234;
      EXPECT_TRUE(wrong(tagged(tags).ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build())) << tags;
    }
  }
}

TEST(Ipv4Checksum, TheLastOptionCounts) {
  test::Ipv4Fields fields;
  fields.options = Bytes{1, 1, 1, 1, 1, 1, 1, 0};
  Bytes frame = Packet().eth().ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build();
  frame[14 + 20 + 6] = 2;
  EXPECT_TRUE(wrong(frame));
}

TEST(Ipv4Checksum, WhatHasNoWholeHeaderHasNoWrongOne) {
  test::Ipv4Fields fields;
  fields.checksum = 0x1234;
  const Bytes frame = Packet().eth().vlan(5).ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build();
  for (std::size_t size = 0; size < 14 + 4 + 20; ++size)
    EXPECT_FALSE(wrong_ipv4_checksum({frame.data(), size})) << size;
  EXPECT_TRUE(wrong_ipv4_checksum({frame.data(), 14 + 4 + 20}));
  fields.version_ihl = 0x44;
  EXPECT_FALSE(wrong(Packet().eth().ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build()));
  fields.version_ihl = 0x65;
  EXPECT_FALSE(wrong(Packet().eth().ipv4("192.0.2.1", "10.0.0.1", fields).udp(1, 2).build()));
  EXPECT_FALSE(wrong(Packet().eth().ipv6("fd10::1", "fd10::2").udp(1, 2).build()));
  Bytes arp = frame;
  arp[16] = 0x08, arp[17] = 0x06;
  EXPECT_FALSE(wrong(arp));
}

}  // namespace
}  // namespace hvs
