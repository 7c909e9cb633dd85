// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/reset_message.h"

#include <cstring>

#include "base/check.h"
#include "dataplane/exits/answer_header.h"
#include "net/checksum.h"

namespace hvs {

namespace {

template <typename T>
T read_at(const std::uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <typename T>
std::span<const std::uint8_t> bytes_of(const T& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof header};
}

Be16 checksum_of(std::uint64_t sum) {
  return Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum)));
}

/// Over the addresses, which lie behind one another in either family's header, and the bare TCP header.
Be16 tcp_checksum(std::span<const std::uint8_t> addresses, const TcpHdr& tcp) {
  std::uint64_t sum = sum_bytes(addresses);
  sum += Be16{static_cast<std::uint16_t>(IpProto::tcp)}.raw();
  sum += Be16{std::uint16_t{sizeof tcp}}.raw();
  return checksum_of(sum_bytes(bytes_of(tcp), sum));
}

TcpHdr answer_to(const TcpHdr& tcp, const Parsed& p) {
  TcpHdr reset{};
  reset.ports = {tcp.ports.dst, tcp.ports.src};
  reset.offset_reserved = (sizeof reset / 4) << 4;
  if ((tcp.flags & TcpHdr::kAck) != 0) {
    reset.seq = tcp.ack;
    reset.flags = TcpHdr::kRst;
  } else {
    reset.ack = Be32{tcp.seq.host() + segment_length(tcp, p)};
    reset.flags = TcpHdr::kRst | TcpHdr::kAck;
  }
  return reset;
}

}  // namespace

std::uint32_t segment_length(const TcpHdr& tcp, const Parsed& p) {
  std::uint32_t length = p.end - p.l4 - tcp.header_bytes();
  if ((tcp.flags & TcpHdr::kSyn) != 0) ++length;
  if ((tcp.flags & TcpHdr::kFin) != 0) ++length;
  return length;
}

std::uint16_t reset_message_bytes(Family family) {
  return sizeof(TcpHdr) + (family == Family::ipv4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr));
}

void reset_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame, const Parsed& p) {
  HVS_DCHECK(out.size() == reset_message_bytes(p.family));
  TcpHdr tcp = answer_to(read_at<TcpHdr>(frame.data() + p.l4), p);
  const std::size_t header = write_answer_header(out, frame, p, IpProto::tcp);
  const std::size_t addresses = p.family == Family::ipv4 ? 2 * sizeof(Be32) : 2 * sizeof(Ipv6Bytes);
  tcp.checksum = tcp_checksum(out.subspan(header - addresses, addresses), tcp);
  std::memcpy(out.data() + header, &tcp, sizeof tcp);
}

void become_reset(std::uint8_t* frame, Parsed& p) {
  HVS_DCHECK(!p.first_fragment);
  auto tcp = read_at<TcpHdr>(frame + p.l4);
  // A SYN has used up a number that the receiver does not expect again; one with ACK answers a SYN, and its
  // receiver goes by that number alone.
  if ((tcp.flags & (TcpHdr::kSyn | TcpHdr::kAck)) == TcpHdr::kSyn) tcp.seq = Be32{tcp.seq.host() + 1};
  tcp.flags = static_cast<std::uint8_t>(TcpHdr::kRst | (tcp.flags & TcpHdr::kAck));
  tcp.offset_reserved = (sizeof tcp / 4) << 4;
  tcp.window = tcp.checksum = tcp.urgent = Be16{};
  p.end = static_cast<std::uint16_t>(p.l4 + sizeof tcp);
  shorten_packet(frame, p);
  const bool v4 = p.family == Family::ipv4;
  const std::size_t from = p.l3 + (v4 ? offsetof(Ipv4Hdr, src) : offsetof(Ipv6Hdr, src));
  tcp.checksum = tcp_checksum({frame + from, v4 ? 2 * sizeof(Be32) : 2 * sizeof(Ipv6Bytes)}, tcp);
  std::memcpy(frame + p.l4, &tcp, sizeof tcp);
}

}  // namespace hvs
