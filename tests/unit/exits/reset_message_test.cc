// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/reset_message.h"

#include <gtest/gtest.h>

#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::hex_dump;
using test::Packet;
using test::TcpFields;

struct Ends {
  const char* client;
  const char* vip;
};
constexpr Ends kV4 = {"192.0.2.1", "10.10.0.100"};
constexpr Ends kV6 = {"2001:db8::1", "fd10::100"};

Bytes segment(const Ends& ends, const TcpFields& fields, std::size_t payload) {
  return Packet().eth().ip(ends.client, ends.vip).tcp(4000, 80, fields).payload_bytes(payload).build();
}

Bytes answer_to(const Bytes& frame) {
  const Parsed p = parse_frame(Reader(frame.data(), frame.size()));
  Bytes out(reset_message_bytes(p.family), 0xee);
  reset_message(out, frame, p);
  return out;
}

Bytes expected_answer(const Ends& ends, const TcpFields& fields) {
  Packet packet;
  if (ends.vip == kV4.vip) {
    packet.ipv4(ends.vip, ends.client, {.id = 0});
  } else {
    packet.ipv6(ends.vip, ends.client);
  }
  TcpFields reset = fields;
  reset.window = 0;
  return packet.tcp(80, 4000, reset).build();
}

// RFC 9293, 3.10.7.1.
TEST(ResetMessage, AnAckSaysTheSequenceNumber) {
  for (const Ends& ends : {kV4, kV6}) {
    EXPECT_EQ(hex_dump(answer_to(segment(ends, {.flags = TcpHdr::kAck, .seq = 7, .ack = 0xfffffff0}, 33))),
              hex_dump(expected_answer(ends, {.flags = TcpHdr::kRst, .seq = 0xfffffff0, .ack = 0})));
  }
}

TEST(ResetMessage, WithoutAckTheSegmentIsAcknowledged) {
  for (const Ends& ends : {kV4, kV6}) {
    const auto reset = [&](std::uint32_t ack) {
      return hex_dump(expected_answer(ends, {.flags = TcpHdr::kRst | TcpHdr::kAck, .seq = 0, .ack = ack}));
    };
    const Bytes options = {2, 4, 5, 0xb4};
    EXPECT_EQ(hex_dump(answer_to(
                  segment(ends, {.flags = TcpHdr::kSyn, .seq = 7, .ack = 0, .options = options}, 0))),
              reset(8));
    EXPECT_EQ(hex_dump(answer_to(segment(ends, {.flags = TcpHdr::kSyn, .seq = 0xffffffff, .ack = 9}, 5))),
              reset(5));
    EXPECT_EQ(hex_dump(answer_to(segment(ends, {.flags = TcpHdr::kFin, .seq = 7, .ack = 0}, 2))), reset(10));
    EXPECT_EQ(hex_dump(answer_to(segment(ends, {.flags = 0, .seq = 7, .ack = 0}, 2))), reset(9));
  }
}

TEST(ResetMessage, ASegmentBecomesOneThatItsReceiverAccepts) {
  struct Change {
    TcpFields before;
    std::uint32_t seq;
    std::uint8_t flags;
  };
  const Bytes options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  const std::uint8_t reset_ack = TcpHdr::kRst | TcpHdr::kAck;
  const Change changes[] = {
      {{.flags = TcpHdr::kAck | TcpHdr::kPsh, .seq = 7, .ack = 9, .options = options}, 7, reset_ack},
      {{.flags = TcpHdr::kAck | TcpHdr::kFin, .seq = 7, .ack = 9}, 7, reset_ack},
      {{.flags = TcpHdr::kAck | TcpHdr::kSyn, .seq = 7, .ack = 9}, 7, reset_ack},
      {{.flags = TcpHdr::kSyn, .seq = 0xffffffff, .ack = 0}, 0, TcpHdr::kRst},
  };
  for (const Ends& ends : {kV4, kV6}) {
    for (const Change& change : changes) {
      Bytes frame = segment(ends, change.before, 101);
      Parsed p = parse_frame(Reader(frame.data(), frame.size()));
      become_reset(frame.data(), p);
      frame.resize(p.end);
      TcpFields fields = {.flags = change.flags, .seq = change.seq, .ack = change.before.ack, .window = 0};
      EXPECT_EQ(hex_dump(frame),
                hex_dump(Packet().eth().ip(ends.client, ends.vip).tcp(4000, 80, fields).build()));
    }
  }
}

}  // namespace
}  // namespace hvs
