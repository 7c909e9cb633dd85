// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <random>

#include "dataplane/transform/rewrite.h"
#include "tests/support/packet_check.h"
#include "tests/unit/transform/random_packet.h"

// ICMP queries of mode snat, whole and quoted. The oracle is the packet builder, which computes every
// checksum from nothing.
namespace hvs {
namespace {

using test::Bytes;
using test::Ends;
using test::hex_dump;
using test::Path;

constexpr unsigned kRounds = 5'000;

template <typename F>
class Query : public testing::Test {
 protected:
  static constexpr bool kV4 = F::family == Family::ipv4;
  std::mt19937 rng{kV4 ? 3U : 4U};

  /// The ends of a ping; the id is the asking end's port.
  Ends ends() {
    Ends e = test::random_ends(rng, F::family);
    e.dest = e.vip;
    e.vip_port = e.dest_port = 0;
    return e;
  }
  /// A request, or the answer to one.
  Bytes build(const Path& path, bool request, const Bytes& payload, bool eth = true) {
    test::Packet packet;
    if (eth) packet.eth();
    const std::uint32_t id = request ? path.src_port : path.dst_port;
    const unsigned type = kV4 ? (request ? 8 : 0) : (request ? 128 : 129);
    packet.ip(path.src, path.dst, path.ttl).icmp(static_cast<std::uint8_t>(type), 0, id << 16 | 7U);
    return packet.payload(payload).build();
  }
};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(Query, Families);

Parsed parse(const Bytes& frame) { return parse_frame(Reader{frame.data(), frame.size()}); }

TYPED_TEST(Query, GivesTheFrameThatTheOtherSideExpects) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = this->ends();
    const bool request = round % 2 == 0;
    const Direction d = request ? Direction::to_dest : Direction::to_client;
    const Bytes payload = test::PacketShape::random_bytes(this->rng, this->rng() % 90);
    Bytes frame = this->build(ends.before(d, 9), request, payload);
    const Parsed p = parse(frame);
    ASSERT_EQ(p.kind, Parsed::Kind::icmp_query);
    rewrite_query<TypeParam>(frame.data(), p,
                             Rewrite<TypeParam>::of(ends.template connection<TypeParam>(), d));
    const Bytes wanted = this->build(ends.after(d, 8), request, payload);
    ASSERT_EQ(frame, wanted) << "got\n" << hex_dump(frame) << "\nwanted\n" << hex_dump(wanted);
  }
}

TYPED_TEST(Query, IsTranslatedInsideOfAnError) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const Ends ends = this->ends();
    const bool request = round % 2 == 0;  // the quoted packet is one that we sent: a request to the dest, or
    const Direction quoted = request ? Direction::to_dest : Direction::to_client;  // an answer to the client
    auto conn = ends.template connection<TypeParam>();
    conn.mode = ForwardingMode::snat;
    const Bytes payload = test::PacketShape::random_bytes(this->rng, this->rng() % 30);
    const std::string router = TestFixture::kV4 ? "198.51.100.9" : "2001:db8:9::9";
    const auto error = [&](const std::string& src, const std::string& dst, std::uint8_t ttl,
                           const Path& about) {
      const Bytes quote = this->build(about, request, payload, false);
      return test::Packet().eth().ip(src, dst, ttl).icmp_error(TestFixture::kV4 ? 11 : 3, 0, quote).build();
    };
    const Path sent = ends.after(quoted, 1);
    Bytes frame = error(router, sent.src, 64, sent);
    const Parsed p = parse(frame);
    ASSERT_EQ(p.kind, Parsed::Kind::icmp_error);
    rewrite_icmp_error<TypeParam>(frame.data(), p, conn, quoted);
    // Who is outside may be seen; who is inside may not.
    const Path original = ends.before(quoted, 1);
    const Bytes wanted = error(request ? router : ends.lip, original.src, 63, original);
    ASSERT_EQ(frame, wanted) << "got\n" << hex_dump(frame) << "\nwanted\n" << hex_dump(wanted);
  }
}

}  // namespace
}  // namespace hvs
