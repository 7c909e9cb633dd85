// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/rewrite.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/packet_check.h"
#include "tests/unit/transform/random_packet.h"

// The oracle is the packet builder, which computes every checksum from nothing: a frame that was translated
// must equal the frame that is built for the other side.
namespace hvs {
namespace {

using test::Bytes;
using test::Ends;
using test::full_checksum;
using test::hex_dump;
using test::PacketShape;

constexpr unsigned kRounds = 20'000;

template <typename F>
class Fullnat : public testing::Test {
 protected:
  std::mt19937 rng{F::family == Family::ipv4 ? 1U : 2U};
  [[nodiscard]] Direction direction() { return rng() % 2 == 0 ? Direction::to_dest : Direction::to_client; }
  [[nodiscard]] std::uint8_t ttl() { return static_cast<std::uint8_t>(2 + rng() % 254); }
};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(Fullnat, Families);

Parsed parse(const Bytes& frame) { return parse_frame(Reader{frame.data(), frame.size()}); }

template <typename F>
Bytes translated(Bytes frame, const Connection<F>& conn, Direction d) {
  rewrite_flow<F>(frame.data(), parse(frame), Rewrite<F>::of(conn, d));
  return frame;
}

/// Says where they differ; dumps only then, because dumps take longer than the transforms.
testing::AssertionResult same_bytes(const Bytes& got, const Bytes& wanted) {
  if (got == wanted) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "got\n" << hex_dump(got) << "\nwanted\n" << hex_dump(wanted);
}

std::uint16_t word(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
/// a - b in one's complement, where 0 and 0xffff are the same number.
unsigned minus(unsigned a, unsigned b) { return (a % 0xffff + 0xffff - b % 0xffff) % 0xffff; }
std::size_t l4_checksum_at(const Parsed& p) { return p.l4 + (p.protocol == 6 ? 16U : 6U); }

TYPED_TEST(Fullnat, GivesTheFrameThatTheOtherSideExpects) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const PacketShape shape = PacketShape::random(this->rng, TypeParam::family);
    const Direction d = this->direction();
    const std::uint8_t ttl = this->ttl();
    const Bytes before = shape.build(ends.before(d, ttl));
    ASSERT_EQ(test::wrong_checksum(before), "");
    const Bytes after = translated(before, ends.connection<TypeParam>(), d);
    ASSERT_TRUE(same_bytes(after, shape.build(ends.after(d, static_cast<std::uint8_t>(ttl - 1)))))
        << "round " << round;
  }
}

/// Mode nat: the client stands in the LIP's place, and its end need not be touched.
TYPED_TEST(Fullnat, OneEndAloneIsRewrittenAsBothWouldBe) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const PacketShape shape = PacketShape::random(this->rng, TypeParam::family);
    const Direction d = this->direction();
    LooseConnection<TypeParam> conn = ends.connection<TypeParam>();
    conn.mode = ForwardingMode::nat;
    conn.side().lip = conn.client;
    conn.lip_port = conn.client_port;
    Bytes before = shape.build(ends.before(d, this->ttl()));
    if (d == Direction::to_client) {  // dest -> client
      const LooseConnection<TypeParam> back = ends.connection<TypeParam>();
      const Parsed p = parse(before);
      rewrite_flow<TypeParam>(before.data(), p, {back.dest(), back.client, back.dest_port, back.client_port});
    }
    Bytes one = before;
    const Parsed p = parse(one);
    rewrite_end<TypeParam>(one.data(), p.l3, p.l4, p.end, p.protocol, d, conn.other_end(d));
    ASSERT_TRUE(same_bytes(one, translated(before, conn, d))) << "round " << round;
  }
}

TYPED_TEST(Fullnat, ThereAndBackIsTheSameFrameButForTheTtl) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const PacketShape shape = PacketShape::random(this->rng, TypeParam::family);
    const std::uint8_t ttl = static_cast<std::uint8_t>(3 + this->rng() % 250);
    const auto conn = ends.connection<TypeParam>();
    Bytes frame = translated(shape.build(ends.before(Direction::to_dest, ttl)), conn, Direction::to_dest);
    rewrite_flow<TypeParam>(frame.data(), parse(frame),
                            {conn.client, conn.vip, conn.client_port, conn.vip_port});
    ASSERT_TRUE(
        same_bytes(frame, shape.build(ends.before(Direction::to_dest, static_cast<std::uint8_t>(ttl - 2)))));
  }
}

TYPED_TEST(Fullnat, AWrongChecksumStaysWrongByTheSame) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    PacketShape shape = PacketShape::random(this->rng, TypeParam::family);
    const Direction d = this->direction();
    const std::uint8_t ttl = this->ttl();
    const Bytes right = shape.build(ends.before(d, ttl));
    const Bytes expected = shape.build(ends.after(d, static_cast<std::uint8_t>(ttl - 1)));
    const Parsed p = parse(right);
    shape.l4_checksum = static_cast<std::uint16_t>(1 + this->rng() % 0xffff);
    shape.ip_checksum = static_cast<std::uint16_t>(this->rng());
    const Bytes wrong = shape.build(ends.before(d, ttl));
    const Bytes after = translated(wrong, ends.connection<TypeParam>(), d);
    const std::size_t at = l4_checksum_at(p);
    ASSERT_EQ(minus(word(after, at), word(expected, at)), minus(word(wrong, at), word(right, at)));
    if (!shape.tcp) {
      ASSERT_NE(word(after, at), 0);
    }
    if (TypeParam::family == Family::ipv4) {
      const std::size_t ip = p.l3 + 10U;
      ASSERT_EQ(minus(word(after, ip), word(expected, ip)), minus(word(wrong, ip), word(right, ip)));
    }
  }
}

TYPED_TEST(Fullnat, UdpWithoutChecksumStaysWithout) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    PacketShape shape = PacketShape::random(this->rng, TypeParam::family);
    shape.tcp = false;
    shape.l4_checksum = 0;
    const Direction d = this->direction();
    const Bytes after = translated(shape.build(ends.before(d, 9)), ends.connection<TypeParam>(), d);
    ASSERT_TRUE(same_bytes(after, shape.build(ends.after(d, 8))));
  }
}

TYPED_TEST(Fullnat, LaterFragmentsGetAddressesAndNothingElse) {
  for (unsigned round = 0; round < 2000; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const Direction d = this->direction();
    const Bytes payload = PacketShape::random_bytes(this->rng, 64 + this->rng() % 100);
    const auto build = [&](const test::Path& path) {
      test::Packet packet;
      packet.eth();
      if (TypeParam::family == Family::ipv4) {
        packet.ipv4(path.src, path.dst, {.ttl = path.ttl, .offset_bytes = 64, .protocol = 17});
      } else {
        packet.ipv6(path.src, path.dst, {.hop_limit = path.ttl})
            .fragment({.offset_bytes = 64, .next_header = 17});
      }
      return packet.payload(payload).build();
    };
    Bytes frame = build(ends.before(d, 64));
    ASSERT_EQ(parse(frame).kind, Parsed::Kind::later_fragment);
    rewrite_fragment<TypeParam>(frame.data(), parse(frame),
                                Rewrite<TypeParam>::of(ends.connection<TypeParam>(), d));
    ASSERT_TRUE(same_bytes(frame, build(ends.after(d, 63))));
  }
}

/// An ICMP error from a router or host on the side that direction `d` leads to, as HVS gets it, about the
/// packet `quoted`, and the one that the other side must get.
template <typename F>
struct ErrorCase {
  Bytes before;
  Bytes after;
};

template <typename F>
ErrorCase<F> error_case(std::mt19937& rng, const Ends& ends, Direction quoted, std::size_t quoted_l4_bytes) {
  PacketShape shape = PacketShape::random(rng, F::family);
  shape.extensions = std::min(shape.extensions, 1U);
  if (shape.tcp && quoted_l4_bytes == 17) ++quoted_l4_bytes;  // half a checksum cannot be translated
  const std::uint8_t quoted_ttl = static_cast<std::uint8_t>(rng() % 60);
  const auto quote = [&](const test::Path& path) {
    const Bytes packet = shape.build(path, false);
    Bytes with_eth(14);
    with_eth[12] = F::family == Family::ipv4 ? 0x08 : 0x86;
    with_eth[13] = F::family == Family::ipv4 ? 0x00 : 0xdd;
    with_eth.insert(with_eth.end(), packet.begin(), packet.end());
    return test::truncated(packet, parse(with_eth).l4 - 14U + quoted_l4_bytes);
  };
  const auto build = [&](const std::string& from, const std::string& to, std::uint8_t ttl,
                         const Bytes& inner) {
    const bool v4 = F::family == Family::ipv4;
    return test::Packet().eth().ip(from, to, ttl).icmp_error(v4 ? 3 : 1, 1, inner, 0).build();
  };
  // HVS sent `quoted` from our address on that side; its sender knows it as it had sent it.
  const bool to_dest = quoted == Direction::to_dest;
  const std::string router = test::random_address(rng, F::family);
  ErrorCase<F> c;
  c.before = build(router, to_dest ? ends.lip : ends.vip, 33, quote(ends.after(quoted, quoted_ttl)));
  c.after = build(to_dest ? ends.vip : ends.lip, to_dest ? ends.client : ends.dest, 32,
                  quote(ends.before(quoted, quoted_ttl)));
  return c;
}

TYPED_TEST(Fullnat, IcmpErrorsAreTranslatedInsideAndOut) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const Direction quoted = this->direction();
    const std::size_t l4_bytes = round % 2 == 0 ? 8 : 8 + this->rng() % 300;
    const auto c = error_case<TypeParam>(this->rng, ends, quoted, l4_bytes);
    Bytes frame = c.before;
    const Parsed p = parse(frame);
    ASSERT_EQ(p.kind, Parsed::Kind::icmp_error);
    rewrite_icmp_error<TypeParam>(frame.data(), p, ends.connection<TypeParam>(), quoted);
    ASSERT_TRUE(same_bytes(frame, c.after)) << "round " << round << ", " << l4_bytes << " bytes of L4";
  }
}

TYPED_TEST(Fullnat, AWrongIcmpChecksumStaysWrong) {
  for (unsigned round = 0; round < 2000; ++round) {
    const Ends ends = test::random_ends(this->rng, TypeParam::family);
    const Direction quoted = this->direction();
    auto c = error_case<TypeParam>(this->rng, ends, quoted, 8);
    const Parsed p = parse(c.before);
    c.before[p.l4 + 3U] ^= 1;
    Bytes frame = c.before;
    rewrite_icmp_error<TypeParam>(frame.data(), p, ends.connection<TypeParam>(), quoted);
    ASSERT_NE(test::wrong_checksum(frame), "");
  }
}

}  // namespace
}  // namespace hvs
