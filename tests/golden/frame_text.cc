// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/frame_text.h"

#include <cstdio>
#include <iterator>

#include "net/parse.h"
#include "tests/support/packet_check.h"

namespace hvs::golden {

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Field {
  unsigned end;  // offset after its last byte
  const char* name;
};
constexpr Field kEth[] = {{6, "destination MAC"}, {12, "source MAC"}, {14, "type"}};
constexpr Field kIpv4[] = {{1, "version and IHL"},  {2, "TOS"},         {4, "total length"}, {6, "id"},
                           {8, "flags and offset"}, {9, "TTL"},         {10, "protocol"},    {12, "checksum"},
                           {16, "source"},          {20, "destination"}};
constexpr Field kIpv6[] = {
    {4, "version, class, flow"}, {6, "payload length"}, {7, "next header"}, {8, "hop limit"}, {24, "source"},
    {40, "destination"}};
constexpr Field kTcp[] = {{2, "source port"},     {4, "destination port"}, {8, "sequence"},
                          {12, "acknowledgment"}, {13, "data offset"},     {14, "flags"},
                          {16, "window"},         {18, "checksum"},        {20, "urgent"}};
constexpr Field kUdp[] = {{2, "source port"}, {4, "destination port"}, {6, "length"}, {8, "checksum"}};
constexpr Field kIcmp[] = {{1, "type"}, {2, "code"}, {4, "checksum"}, {8, "rest of header"}};

template <std::size_t N>
std::string within(const char* layer, const Field (&fields)[N], std::size_t offset) {
  for (const Field& field : fields) {
    if (offset < field.end) return std::string(layer) + " " + field.name;
  }
  return std::string(layer) + " options or payload";
}

std::string l3_field(Family family, const char* v4, const char* v6, std::size_t offset) {
  return family == Family::ipv4 ? within(v4, kIpv4, offset) : within(v6, kIpv6, offset);
}
std::string l4_field(std::uint8_t protocol, const char* tcp, const char* udp, std::size_t offset) {
  return protocol == 6 ? within(tcp, kTcp, offset) : within(udp, kUdp, offset);
}

Parsed parse(const Bytes& frame) { return parse_frame(Reader{frame.data(), frame.size()}); }

std::string ends(const Bytes& frame, const Parsed& p) {
  IpAddr src;
  IpAddr dst;
  const Reader bytes{frame.data(), frame.size()};
  unsigned ttl = 0;
  if (p.family == Family::ipv4) {
    const auto* ip = bytes.at<Ipv4Hdr>(p.l3);
    src = IpAddr::v4(ip->src);
    dst = IpAddr::v4(ip->dst);
    ttl = ip->ttl;
  } else {
    const auto* ip = bytes.at<Ipv6Hdr>(p.l3);
    src = IpAddr::v6(ip->src);
    dst = IpAddr::v6(ip->dst);
    ttl = ip->hop_limit;
  }
  return (p.family == Family::ipv4 ? "IPv4 " : "IPv6 ") + src.text() + " > " + dst.text() + " ttl " +
         std::to_string(ttl);
}

}  // namespace

std::string describe(const Bytes& frame) {
  const Parsed p = parse(frame);
  std::string out;
  if (p.l3 == 0) {
    out = "no IP";
  } else {
    out = ends(frame, p);
    const Reader bytes{frame.data(), frame.size()};
    if (p.kind == Parsed::Kind::flow) {
      const auto* ports = bytes.at<L4Ports>(p.l4);
      out += (p.protocol == 6 ? " TCP " : " UDP ") + std::to_string(ports->src.host()) + " > " +
             std::to_string(ports->dst.host());
      if (const auto* tcp = p.protocol == 6 ? bytes.at<TcpHdr>(p.l4) : nullptr; tcp != nullptr) {
        constexpr char kLetters[] = "FSRPAU";
        out += " ";
        for (unsigned bit = 0; bit < 6; ++bit) {
          if ((tcp->flags >> bit & 1) != 0) out += kLetters[bit];
        }
      }
    } else {
      out += p.kind == Parsed::Kind::icmp_error       ? " ICMP error"
             : p.kind == Parsed::Kind::later_fragment ? " later fragment"
                                                      : " protocol " + std::to_string(p.protocol);
    }
  }
  return out + ", " + std::to_string(frame.size()) + " bytes";
}

std::string field_at(const Bytes& frame, std::size_t offset) {
  const Parsed p = parse(frame);
  if (p.l3 == 0 || offset < sizeof(EthHdr)) return within("Ethernet", kEth, offset);
  if (offset < p.l3) return "VLAN tag";
  if (offset >= p.end) return "padding";
  if (p.kind == Parsed::Kind::icmp_error) {
    if (offset >= p.quote_l4)
      return l4_field(p.quote_protocol, "quoted TCP", "quoted UDP", offset - p.quote_l4);
    if (offset >= p.quote_l3) return l3_field(p.family, "quoted IPv4", "quoted IPv6", offset - p.quote_l3);
    if (offset >= p.l4) return within("ICMP", kIcmp, offset - p.l4);
  }
  if (p.kind == Parsed::Kind::flow && offset >= p.l4)
    return l4_field(p.protocol, "TCP", "UDP", offset - p.l4);
  return l3_field(p.family, "IPv4", "IPv6", offset - p.l3);
}

std::string difference(const Bytes& got, const Bytes& wanted) {
  if (got == wanted) return {};
  std::string out;
  if (got.size() != wanted.size()) {
    out += "  length: got " + std::to_string(got.size()) + ", wanted " + std::to_string(wanted.size()) + "\n";
  }
  std::string last;
  for (std::size_t i = 0; i < got.size() && i < wanted.size(); ++i) {
    if (got[i] == wanted[i]) continue;
    const std::string field = field_at(wanted, i);
    char text[64];
    if (field != last) {
      std::snprintf(text, sizeof text, "  byte %zu: got %02x, wanted %02x: ", i, got[i], wanted[i]);
      out += text + field + "\n";
    }
    last = field;
  }
  return out + "  got    " + describe(got) + "\n" + test::hex_dump(got) + "\n  wanted " + describe(wanted) +
         "\n" + test::hex_dump(wanted) + "\n";
}

}  // namespace hvs::golden
