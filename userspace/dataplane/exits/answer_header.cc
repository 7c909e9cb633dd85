// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/answer_header.h"

#include <cstring>

#include "net/checksum.h"

namespace hvs {

namespace {

constexpr std::uint8_t kTtl = 64;

template <typename T>
T read_at(const std::uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

std::size_t write_answer_header(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame,
                                const Parsed& p, IpProto protocol) {
  if (p.family == Family::ipv4) {
    const auto from = read_at<Ipv4Hdr>(frame.data() + p.l3);
    Ipv4Hdr ip{};
    ip.version_ihl = 0x45;
    ip.total_length = Be16{static_cast<std::uint16_t>(out.size())};
    ip.flags_offset = Be16{Ipv4Hdr::kDontFragment};  // so that no id is needed (RFC 6864, 4.1)
    ip.ttl = kTtl;
    ip.protocol = Be{protocol};
    ip.src = from.dst;
    ip.dst = from.src;
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip);
    ip.checksum = Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum_bytes(bytes))));
    std::memcpy(out.data(), &ip, sizeof ip);
    return sizeof ip;
  }
  const auto from = read_at<Ipv6Hdr>(frame.data() + p.l3);
  Ipv6Hdr ip{};
  ip.version_class_flow = Be32{0x60000000U};
  ip.payload_length = Be16{static_cast<std::uint16_t>(out.size() - sizeof ip)};
  ip.next_header = Be{protocol};
  ip.hop_limit = kTtl;
  ip.src = from.dst;
  ip.dst = from.src;
  std::memcpy(out.data(), &ip, sizeof ip);
  return sizeof ip;
}

void shorten_packet(std::uint8_t* frame, const Parsed& p) {
  if (p.family == Family::ipv6) {
    auto& ip = *reinterpret_cast<Ipv6Hdr*>(frame + p.l3);
    ip.payload_length = Be16{static_cast<std::uint16_t>(p.end - p.l3 - sizeof ip)};
    return;
  }
  auto& ip = *reinterpret_cast<Ipv4Hdr*>(frame + p.l3);
  const Be16 length{static_cast<std::uint16_t>(p.end - p.l3)};
  ChecksumDelta delta;
  delta.replace(ip.total_length, length);
  ip.checksum = delta.applied_to(ip.checksum);
  ip.total_length = length;
}

}  // namespace hvs
