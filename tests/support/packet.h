// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/headers.h"
#include "net/ip_addr.h"

// Frames for tests, built layer by layer. Lengths, types, next headers and checksums are filled in by
// build(), by full computation, unless a field is given on purpose. Errors of the test's author abort.
namespace hvs::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr MacAddr kPortMac = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
inline constexpr MacAddr kPeerMac = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02};

struct Ipv4Fields {
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 0x1234;
  bool dont_fragment = true;
  bool more_fragments = false;
  std::uint16_t offset_bytes = 0;  // multiple of 8
  Bytes options = {};              // padded with zeros to a multiple of 4
  std::optional<std::uint8_t> protocol = std::nullopt;
  std::optional<std::uint16_t> total_length = std::nullopt;
  std::optional<std::uint16_t> checksum = std::nullopt;
  std::optional<std::uint8_t> version_ihl = std::nullopt;
};
struct Ipv6Fields {
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;
  std::optional<std::uint8_t> next_header = std::nullopt;
  std::optional<std::uint16_t> payload_length = std::nullopt;
  std::optional<std::uint8_t> version = std::nullopt;
};
struct FragmentFields {
  std::uint16_t offset_bytes = 0;  // multiple of 8
  bool more_fragments = false;
  std::uint32_t id = 0x01020304;
  std::optional<std::uint8_t> next_header = std::nullopt;
};
struct TcpFields {
  std::uint8_t flags = TcpHdr::kAck;
  std::uint32_t seq = 1000;
  std::uint32_t ack = 2000;
  std::uint16_t window = 0xfaf0;
  Bytes options = {};  // padded with zeros to a multiple of 4
  std::optional<std::uint8_t> data_offset = std::nullopt;
  std::optional<std::uint16_t> checksum = std::nullopt;
};
struct UdpFields {
  std::optional<std::uint16_t> length = std::nullopt;
  std::optional<std::uint16_t> checksum = std::nullopt;  // 0: none
};

struct SctpFields {
  SctpChunk chunk = SctpChunk::init;
  std::uint16_t chunk_length = 4;
};

class Packet {
 public:
  /// Without eth() the result starts at the IP header, as the packet quoted by an ICMP error does.
  Packet& eth(const MacAddr& dst = kPortMac, const MacAddr& src = kPeerMac,
              std::optional<EtherType> type = std::nullopt);
  Packet& vlan(std::uint16_t tci, EtherType announced_by = EtherType::vlan,
               std::optional<EtherType> type = std::nullopt);
  Packet& ipv4(std::string_view src, std::string_view dst, const Ipv4Fields& fields = {});
  Packet& ipv6(std::string_view src, std::string_view dst, const Ipv6Fields& fields = {});
  /// Either family, by the addresses, with the defaults of ipv4() or ipv6().
  Packet& ip(std::string_view src, std::string_view dst, std::uint8_t ttl = 64);
  /// An IPv6 extension header of kind 0, 43 or 60 over `units` * 8 bytes; `body` follows its first two bytes.
  Packet& extension(IpProto kind, unsigned units = 1, const Bytes& body = {});
  Packet& fragment(const FragmentFields& fields = {});
  Packet& tcp(std::uint16_t src, std::uint16_t dst, const TcpFields& fields = {});
  Packet& udp(std::uint16_t src, std::uint16_t dst, const UdpFields& fields = {});
  /// With the header of one chunk, which the payload belongs to. The CRC is left zero.
  Packet& sctp(std::uint16_t src, std::uint16_t dst, const SctpFields& fields = {});
  /// ICMP or ICMPv6, by the IP header before it; `rest` is the second word of the header (unused, MTU, id).
  Packet& icmp(std::uint8_t type, std::uint8_t code = 0, std::uint32_t rest = 0);
  /// An ICMP error: icmp() and a quoted packet (built by another Packet, cut with truncated()).
  Packet& icmp_error(std::uint8_t type, std::uint8_t code, const Bytes& quoted, std::uint32_t rest = 0);
  Packet& payload(std::string_view text);
  Packet& payload(const Bytes& bytes);
  /// `count` bytes 0, 1, 2 ...
  Packet& payload_bytes(std::size_t count);
  /// Bytes behind the IP packet, as Ethernet pads short frames; in no length.
  Packet& padding(std::size_t count);
  [[nodiscard]] Bytes build() const;

 private:
  enum class Kind { eth, vlan, ipv4, ipv6, extension, fragment, tcp, udp, sctp, icmp, payload, padding };
  struct Layer {
    Kind kind;
    Bytes header;
    EtherType ether_type{};  // how the layer before announces this one
    IpProto protocol{};      // the same within IP
    bool fixed_next = false;
    bool fixed_length = false;
    bool fixed_checksum = false;
  };
  Packet& add(Layer layer);
  void finish(std::size_t index, Bytes& header, const Bytes& inner) const;
  [[nodiscard]] std::uint8_t next_protocol(std::size_t index) const;
  [[nodiscard]] EtherType next_type(std::size_t index) const;
  [[nodiscard]] const Layer* network_before(std::size_t index) const;
  [[nodiscard]] std::uint16_t transport_checksum(std::size_t index, std::uint8_t protocol,
                                                 const Bytes& header, const Bytes& inner) const;

  std::vector<Layer> layers_;
};

/// The first `size` bytes.
[[nodiscard]] Bytes truncated(const Bytes& bytes, std::size_t size);

/// The same IP packet in fragments, each with at most `piece` (a multiple of 8) bytes of payload. `frame` is
/// untagged Ethernet and IPv4 without options, or IPv6 without extension headers.
[[nodiscard]] std::vector<Bytes> fragments_of(const Bytes& frame, std::size_t piece, std::uint32_t id = 0x77);

}  // namespace hvs::test
