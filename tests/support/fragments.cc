// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs::test {

namespace {

void put16(Bytes& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t to) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to)};
}

void append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

constexpr std::size_t kL3 = sizeof(EthHdr);

/// `part` is the Ethernet and IP header of the whole packet.
void make_ipv4_fragment(Bytes& part, std::size_t offset, std::size_t size, bool more, std::uint32_t id) {
  put16(part, kL3 + 2, static_cast<unsigned>(sizeof(Ipv4Hdr) + size));
  put16(part, kL3 + 4, id & 0xffff);
  put16(part, kL3 + 6, (more ? Ipv4Hdr::kMoreFragments : 0U) | static_cast<unsigned>(offset / 8));
  put16(part, kL3 + 10, 0);
  put16(part, kL3 + 10, full_checksum(slice(part, kL3, part.size())));
}

void make_ipv6_fragment(Bytes& part, std::size_t offset, std::size_t size, bool more, std::uint32_t id) {
  Ipv6FragHdr header{};
  header.next_header = Be{static_cast<IpProto>(part[kL3 + 6])};
  header.offset_flags = Be16{static_cast<std::uint16_t>(offset | (more ? 1U : 0U))};
  header.id = Be32{id};
  part[kL3 + 6] = static_cast<std::uint8_t>(IpProto::fragment);
  put16(part, kL3 + 4, static_cast<unsigned>(sizeof header + size));
  Bytes bytes(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  append(part, bytes);
}

}  // namespace

std::vector<Bytes> fragments_of(const Bytes& frame, std::size_t piece, std::uint32_t id) {
  HVS_CHECK(piece % 8 == 0 && piece > 0 && frame.size() > kL3);
  const bool v4 = frame[kL3] >> 4 == 4;
  const std::size_t l4 = kL3 + (v4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr));
  std::vector<Bytes> out;
  for (std::size_t at = l4; at < frame.size(); at += piece) {
    const std::size_t size = std::min(piece, frame.size() - at);
    const bool more = at + size < frame.size();
    Bytes part = slice(frame, 0, l4);
    if (v4) {
      make_ipv4_fragment(part, at - l4, size, more, id);
    } else {
      make_ipv6_fragment(part, at - l4, size, more, id);
    }
    append(part, slice(frame, at, at + size));
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace hvs::test
