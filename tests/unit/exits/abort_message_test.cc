// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/abort_message.h"

#include <gtest/gtest.h>

#include <cstring>

#include "net/crc32c.h"
#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::hex_dump;
using test::Packet;

struct Ends {
  const char* client;
  const char* vip;
};
constexpr Ends kV4 = {"192.0.2.1", "10.10.0.100"};
constexpr Ends kV6 = {"2001:db8::1", "fd10::100"};
constexpr std::uint16_t kClientPort = 4000, kVipPort = 80;

void put16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put32(Bytes& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value >> 16));
  put16(out, static_cast<std::uint16_t>(value));
}

/// An SCTP packet of one chunk, byte by byte.
Bytes sctp(std::uint16_t from, std::uint16_t to, std::uint32_t tag, SctpChunk type, std::uint8_t flags,
           const Bytes& value) {
  Bytes out;
  put16(out, from);
  put16(out, to);
  put32(out, tag);
  put32(out, 0);
  out.push_back(static_cast<std::uint8_t>(type));
  out.push_back(flags);
  put16(out, static_cast<std::uint16_t>(4 + value.size()));
  out.insert(out.end(), value.begin(), value.end());
  const std::uint32_t crc = crc32c(out);
  for (unsigned i = 0; i < 4; ++i) out[8 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  return out;
}

Bytes ip_packet(const char* from, const char* to, std::uint16_t id, const Bytes& l4, bool ethernet) {
  const auto protocol = static_cast<std::uint8_t>(IpProto::sctp);
  Packet packet;
  if (ethernet) packet.eth();
  if (*IpAddr::parse(from) == *IpAddr::parse(kV4.client) || *IpAddr::parse(from) == *IpAddr::parse(kV4.vip)) {
    packet.ipv4(from, to, {.id = id, .protocol = protocol});
  } else {
    packet.ipv6(from, to, {.next_header = protocol});
  }
  return packet.payload(l4).build();
}

Bytes from_client(const Ends& ends, const Bytes& l4) {
  return ip_packet(ends.client, ends.vip, 0x1234, l4, true);
}

Bytes answer_to(const Bytes& frame) {
  const Parsed p = parse_frame(Reader(frame.data(), frame.size()));
  Bytes out(abort_message_bytes(p.family), 0xee);
  return abort_message(out, frame, p) ? out : Bytes{};
}

// RFC 9260, 8.4.
TEST(AbortMessage, AnInitGetsTheTagThatItAsksFor) {
  Bytes init;
  put32(init, 0xcafe1234);
  init.resize(16);
  for (const Ends& ends : {kV4, kV6}) {
    const Bytes expected = sctp(kVipPort, kClientPort, 0xcafe1234, SctpChunk::abort, 0, {});
    EXPECT_EQ(
        hex_dump(answer_to(from_client(ends, sctp(kClientPort, kVipPort, 0, SctpChunk::init, 0, init)))),
        hex_dump(ip_packet(ends.vip, ends.client, 0, expected, false)));
  }
}

TEST(AbortMessage, AnyOtherGetsItsOwnTagBack) {
  for (const Ends& ends : {kV4, kV6}) {
    const Bytes expected = sctp(kVipPort, kClientPort, 77, SctpChunk::abort, 1, {});
    EXPECT_EQ(hex_dump(answer_to(from_client(
                  ends, sctp(kClientPort, kVipPort, 77, SctpChunk::cookie_echo, 0, Bytes(100, 1))))),
              hex_dump(ip_packet(ends.vip, ends.client, 0, expected, false)));
  }
}

TEST(AbortMessage, WhatEndsAnAssociationIsNotAnswered) {
  for (const SctpChunk type : {SctpChunk::abort, SctpChunk::shutdown_complete})
    EXPECT_TRUE(answer_to(from_client(kV4, sctp(kClientPort, kVipPort, 77, type, 0, {}))).empty());
  EXPECT_TRUE(answer_to(from_client(kV4, sctp(kClientPort, kVipPort, 0, SctpChunk::init, 0, {1, 2}))).empty())
      << "an INIT that is cut off has no tag";
}

TEST(AbortMessage, APacketBecomesOneThatItsReceiverAccepts) {
  for (const Ends& ends : {kV4, kV6}) {
    Bytes frame =
        from_client(ends, sctp(kClientPort, kVipPort, 77, SctpChunk::cookie_echo, 0, Bytes(101, 1)));
    Parsed p = parse_frame(Reader(frame.data(), frame.size()));
    become_abort(frame.data(), p);
    frame.resize(p.end);
    EXPECT_EQ(hex_dump(frame),
              hex_dump(from_client(ends, sctp(kClientPort, kVipPort, 77, SctpChunk::abort, 0, {}))));
  }
}

}  // namespace
}  // namespace hvs
