// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/packet_check.h"

#include <cstdio>

#include "net/parse.h"

namespace hvs::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t to) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to)};
}

/// The one's complement sum over data that holds its own checksum is all ones, so its complement is zero.
std::string wrong_l4(const Bytes& frame, Family family, std::uint8_t protocol, std::size_t l3, std::size_t l4,
                     std::size_t end) {
  if (protocol == 132) return "";  // a CRC, which golden cases check
  const Bytes covered = slice(frame, l4, end);
  if (protocol == 1) return full_checksum(covered) == 0 ? "" : "ICMP";
  if (protocol == 17 && family == Family::ipv4 && frame[l4 + 6] == 0 && frame[l4 + 7] == 0) return "";
  const Bytes addresses =
      family == Family::ipv4 ? slice(frame, l3 + 12, l3 + 20) : slice(frame, l3 + 8, l3 + 40);
  if (full_l4_checksum(addresses, protocol, covered) == 0) return "";
  return protocol == 6 ? "TCP" : protocol == 17 ? "UDP" : "ICMPv6";
}

}  // namespace

std::uint16_t full_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i] << 8) : bytes[i];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<std::uint16_t>(~sum);
}

std::uint16_t full_l4_checksum(const Bytes& addresses, std::uint8_t protocol, const Bytes& l4) {
  Bytes all = addresses;
  const auto size = static_cast<std::uint32_t>(l4.size());
  for (const int shift : {24, 16, 8, 0}) all.push_back(static_cast<std::uint8_t>(size >> shift));
  all.insert(all.end(), {0, 0, 0, protocol});
  all.insert(all.end(), l4.begin(), l4.end());
  return full_checksum(all);
}

std::string wrong_checksum(const Bytes& frame) {
  const Parsed parsed = parse_frame(Reader{frame.data(), frame.size()});
  if (parsed.l3 == 0) return "";
  if (parsed.family == Family::ipv4) {
    const std::size_t header = (frame[parsed.l3] & 0xfU) * 4UL;
    if (full_checksum(slice(frame, parsed.l3, parsed.l3 + header)) != 0) return "IPv4 header";
  }
  const bool whole = parsed.kind == Parsed::Kind::icmp_error ||
                     (parsed.kind == Parsed::Kind::flow && !parsed.first_fragment);
  if (!whole || parsed.defect == Parsed::Defect::l4) return "";
  return wrong_l4(frame, parsed.family, parsed.protocol, parsed.l3, parsed.l4, parsed.end);
}

std::string hex_dump(const Bytes& bytes) {
  std::string out;
  char text[24];
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0) {
      std::snprintf(text, sizeof text, "%s%04zx ", i == 0 ? "" : "\n", i);
      out += text;
    }
    std::snprintf(text, sizeof text, " %02x", bytes[i]);
    out += text;
  }
  return out;
}

}  // namespace hvs::test
