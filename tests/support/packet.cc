// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/packet.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "tests/support/packet_check.h"

namespace hvs::test {

namespace {

constexpr std::size_t kEthType = 12;

template <typename T>
Bytes bytes_of(const T& value) {
  Bytes out(sizeof value);
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}
void put16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  HVS_CHECK(at + 2 <= bytes.size());
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}
void append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }
Bytes padded(Bytes bytes, std::size_t multiple) {
  bytes.resize((bytes.size() + multiple - 1) / multiple * multiple);
  return bytes;
}
IpAddr address(std::string_view text, Family family) {
  const auto addr = IpAddr::parse(text);
  HVS_CHECK(addr && addr->family == family);
  return *addr;
}

}  // namespace

Packet& Packet::add(Layer layer) {
  layers_.push_back(std::move(layer));
  return *this;
}

Packet& Packet::eth(const MacAddr& dst, const MacAddr& src, std::optional<EtherType> type) {
  const EthHdr header{dst, src, Be{type.value_or(EtherType{})}};
  return add({Kind::eth, bytes_of(header), {}, {}, type.has_value(), false, false});
}

Packet& Packet::vlan(std::uint16_t tci, EtherType announced_by, std::optional<EtherType> type) {
  const VlanTag tag{Be16{tci}, Be{type.value_or(EtherType{})}};
  return add({Kind::vlan, bytes_of(tag), announced_by, {}, type.has_value(), false, false});
}

Packet& Packet::ipv4(std::string_view src, std::string_view dst, const Ipv4Fields& f) {
  const Bytes options = padded(f.options, 4);
  HVS_CHECK(options.size() <= 40 && f.offset_bytes % 8 == 0);
  Ipv4Hdr ip{};
  ip.version_ihl = f.version_ihl.value_or(static_cast<std::uint8_t>(0x45 + options.size() / 4));
  ip.tos = f.tos;
  ip.total_length = Be16{f.total_length.value_or(0)};
  ip.id = Be16{f.id};
  ip.flags_offset = Be16{static_cast<std::uint16_t>((f.dont_fragment ? Ipv4Hdr::kDontFragment : 0) |
                                                    (f.more_fragments ? Ipv4Hdr::kMoreFragments : 0) |
                                                    (f.offset_bytes / 8))};
  ip.ttl = f.ttl;
  ip.protocol = Be{static_cast<IpProto>(f.protocol.value_or(0))};
  ip.checksum = Be16{f.checksum.value_or(0)};
  ip.src = address(src, Family::ipv4).as_v4();
  ip.dst = address(dst, Family::ipv4).as_v4();
  Bytes header = bytes_of(ip);
  append(header, options);
  return add({Kind::ipv4,
              std::move(header),
              EtherType::ipv4,
              {},
              f.protocol.has_value(),
              f.total_length.has_value(),
              f.checksum.has_value()});
}

Packet& Packet::ipv6(std::string_view src, std::string_view dst, const Ipv6Fields& f) {
  Ipv6Hdr ip{};
  ip.version_class_flow = Be32{(static_cast<std::uint32_t>(f.version.value_or(6)) << 28) |
                               (static_cast<std::uint32_t>(f.traffic_class) << 20) | f.flow_label};
  ip.payload_length = Be16{f.payload_length.value_or(0)};
  ip.next_header = Be{static_cast<IpProto>(f.next_header.value_or(0))};
  ip.hop_limit = f.hop_limit;
  ip.src = address(src, Family::ipv6).bytes;
  ip.dst = address(dst, Family::ipv6).bytes;
  return add({Kind::ipv6, bytes_of(ip), EtherType::ipv6, IpProto::ipv6, f.next_header.has_value(),
              f.payload_length.has_value(), false});
}

Packet& Packet::ip(std::string_view src, std::string_view dst, std::uint8_t ttl) {
  if (src.find(':') == std::string_view::npos) {
    Ipv4Fields fields;
    fields.ttl = ttl;
    return ipv4(src, dst, fields);
  }
  Ipv6Fields fields;
  fields.hop_limit = ttl;
  return ipv6(src, dst, fields);
}

Packet& Packet::extension(IpProto kind, unsigned units, const Bytes& body) {
  HVS_CHECK(units >= 1 && units <= 256 && body.size() + 2 <= units * 8);
  Bytes header(units * 8UL);
  header[1] = static_cast<std::uint8_t>(units - 1);
  if (body.empty() && kind != IpProto::routing) {  // PadN over the whole body (RFC 8200, 4.2)
    header[2] = 1;
    header[3] = static_cast<std::uint8_t>(std::min<std::size_t>(header.size() - 4, 255));
  }
  std::copy(body.begin(), body.end(), header.begin() + 2);
  return add({Kind::extension, std::move(header), {}, kind, false, true, true});
}

Packet& Packet::fragment(const FragmentFields& f) {
  HVS_CHECK(f.offset_bytes % 8 == 0);
  Ipv6FragHdr header{};
  header.next_header = Be{static_cast<IpProto>(f.next_header.value_or(0))};
  header.offset_flags = Be16{static_cast<std::uint16_t>(f.offset_bytes | (f.more_fragments ? 1 : 0))};
  header.id = Be32{f.id};
  return add(
      {Kind::fragment, bytes_of(header), {}, IpProto::fragment, f.next_header.has_value(), true, true});
}

Packet& Packet::tcp(std::uint16_t src, std::uint16_t dst, const TcpFields& f) {
  const Bytes options = padded(f.options, 4);
  HVS_CHECK(options.size() <= 40);
  TcpHdr tcp{};
  tcp.ports = {Be16{src}, Be16{dst}};
  tcp.seq = Be32{f.seq};
  tcp.ack = Be32{f.ack};
  const auto words = static_cast<std::uint8_t>(5 + options.size() / 4);
  tcp.offset_reserved = static_cast<std::uint8_t>(f.data_offset.value_or(words) << 4);
  tcp.flags = f.flags;
  tcp.window = Be16{f.window};
  tcp.checksum = Be16{f.checksum.value_or(0)};
  Bytes header = bytes_of(tcp);
  append(header, options);
  return add({Kind::tcp, std::move(header), {}, IpProto::tcp, true, true, f.checksum.has_value()});
}

Packet& Packet::udp(std::uint16_t src, std::uint16_t dst, const UdpFields& f) {
  const UdpHdr udp{{Be16{src}, Be16{dst}}, Be16{f.length.value_or(0)}, Be16{f.checksum.value_or(0)}};
  return add(
      {Kind::udp, bytes_of(udp), {}, IpProto::udp, true, f.length.has_value(), f.checksum.has_value()});
}

Packet& Packet::sctp(std::uint16_t src, std::uint16_t dst, const SctpFields& f) {
  const SctpHdr sctp{{Be16{src}, Be16{dst}}, Be32{1}, {}};
  Bytes header = bytes_of(sctp);
  append(header, bytes_of(SctpChunkHdr{Be{f.chunk}, 0, Be16{f.chunk_length}}));
  return add({Kind::sctp, std::move(header), {}, IpProto::sctp, true, true, true});
}

Packet& Packet::icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest) {
  const IcmpHdr icmp{type, code, Be16{}, Be32{rest}};
  const Layer* network = network_before(layers_.size());
  HVS_CHECK(network != nullptr);
  const IpProto protocol = network->kind == Kind::ipv4 ? IpProto::icmp : IpProto::icmpv6;
  return add({Kind::icmp, bytes_of(icmp), {}, protocol, true, true, false});
}

Packet& Packet::icmp_error(std::uint8_t type, std::uint8_t code, const Bytes& quoted, std::uint32_t rest) {
  return icmp(type, code, rest).payload(quoted);
}

Packet& Packet::payload(std::string_view text) { return payload(Bytes(text.begin(), text.end())); }
Packet& Packet::payload(const Bytes& bytes) { return add({Kind::payload, bytes, {}, {}, true, true, true}); }
Packet& Packet::payload_bytes(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return payload(bytes);
}
Packet& Packet::padding(std::size_t count) {
  return add({Kind::padding, Bytes(count), {}, {}, true, true, true});
}

std::uint8_t Packet::next_protocol(std::size_t index) const {
  if (index + 1 >= layers_.size()) return static_cast<std::uint8_t>(IpProto::no_next);
  const Layer& next = layers_[index + 1];
  if (next.kind == Kind::ipv4) return static_cast<std::uint8_t>(IpProto::ipip);
  const bool opaque = next.kind == Kind::payload || next.kind == Kind::padding;
  return static_cast<std::uint8_t>(opaque ? IpProto::no_next : next.protocol);
}

EtherType Packet::next_type(std::size_t index) const {
  return index + 1 < layers_.size() ? layers_[index + 1].ether_type : EtherType{};
}

const Packet::Layer* Packet::network_before(std::size_t index) const {
  while (index-- > 0) {
    if (layers_[index].kind == Kind::ipv4 || layers_[index].kind == Kind::ipv6) return &layers_[index];
  }
  return nullptr;
}

std::uint16_t Packet::transport_checksum(std::size_t index, std::uint8_t protocol, const Bytes& header,
                                         const Bytes& inner) const {
  const Layer* network = network_before(index);
  HVS_CHECK(network != nullptr);
  Bytes covered = header;
  append(covered, inner);
  const std::size_t addresses = network->kind == Kind::ipv4 ? 12 : 8;
  const std::size_t size = network->kind == Kind::ipv4 ? 8 : 32;
  const auto begin = network->header.begin() + static_cast<std::ptrdiff_t>(addresses);
  return full_l4_checksum(Bytes(begin, begin + static_cast<std::ptrdiff_t>(size)), protocol, covered);
}

void Packet::finish(std::size_t index, Bytes& header, const Bytes& inner) const {
  const Layer& layer = layers_[index];
  const auto total = static_cast<std::uint16_t>(header.size() + inner.size());
  switch (layer.kind) {
    case Kind::eth:
      if (!layer.fixed_next) put16(header, kEthType, static_cast<std::uint16_t>(next_type(index)));
      break;
    case Kind::vlan:
      if (!layer.fixed_next) put16(header, 2, static_cast<std::uint16_t>(next_type(index)));
      break;
    case Kind::ipv4:
      if (!layer.fixed_next) header[9] = next_protocol(index);
      if (!layer.fixed_length) put16(header, 2, total);
      if (!layer.fixed_checksum) put16(header, 10, full_checksum(header));
      break;
    case Kind::ipv6:
      if (!layer.fixed_next) header[6] = next_protocol(index);
      if (!layer.fixed_length) put16(header, 4, static_cast<std::uint16_t>(inner.size()));
      break;
    case Kind::extension:
    case Kind::fragment:
      if (!layer.fixed_next) header[0] = next_protocol(index);
      break;
    case Kind::tcp:
      if (!layer.fixed_checksum) put16(header, 16, transport_checksum(index, 6, header, inner));
      break;
    case Kind::udp:
      if (!layer.fixed_length) put16(header, 4, total);
      if (!layer.fixed_checksum) {
        const std::uint16_t sum = transport_checksum(index, 17, header, inner);
        put16(header, 6, sum == 0 ? 0xffff : sum);
      }
      break;
    case Kind::icmp: {
      Bytes covered = header;
      append(covered, inner);
      const bool v4 = layer.protocol == IpProto::icmp;
      put16(header, 2, v4 ? full_checksum(covered) : transport_checksum(index, 58, header, inner));
      break;
    }
    case Kind::sctp:
    case Kind::payload:
    case Kind::padding: break;
  }
}

Bytes Packet::build() const {
  Bytes out;
  Bytes tail;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    Bytes header = layers_[i].header;
    if (layers_[i].kind == Kind::padding) {
      append(header, tail);
      tail = std::move(header);
      continue;
    }
    finish(i, header, out);
    append(header, out);
    out = std::move(header);
  }
  append(out, tail);
  return out;
}

Bytes truncated(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(size, bytes.size()))};
}

}  // namespace hvs::test
