// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/abort_message.h"

#include <cstring>

#include "base/check.h"
#include "dataplane/exits/answer_header.h"
#include "net/crc32c.h"

namespace hvs {

namespace {

constexpr std::uint8_t kTagReflected = 1;  // flag T of ABORT

struct AbortPacket {
  SctpHdr sctp;
  SctpChunkHdr chunk;
};
static_assert(sizeof(AbortPacket) == 16 && alignof(AbortPacket) == 1);

void write_abort(std::uint8_t* to, const L4Ports& ports, Be32 tag, std::uint8_t flags) {
  AbortPacket packet{};
  packet.sctp.ports = ports;
  packet.sctp.verification_tag = tag;
  packet.chunk = {Be{SctpChunk::abort}, flags, Be16{std::uint16_t{sizeof(SctpChunkHdr)}}};
  const std::uint32_t crc = crc32c({reinterpret_cast<const std::uint8_t*>(&packet), sizeof packet});
  for (unsigned i = 0; i < sizeof packet.sctp.checksum; ++i)
    packet.sctp.checksum[i] = static_cast<std::uint8_t>(crc >> (8 * i));
  std::memcpy(to, &packet, sizeof packet);
}

}  // namespace

std::uint16_t abort_message_bytes(Family family) {
  return sizeof(AbortPacket) + (family == Family::ipv4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr));
}

bool abort_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame, const Parsed& p) {
  HVS_DCHECK(out.size() == abort_message_bytes(p.family));
  const Reader packet = Reader(frame).first(p.end);
  const auto* sctp = packet.at<SctpHdr>(p.l4);
  const auto* chunk = packet.at<SctpChunkHdr>(p.l4 + sizeof(SctpHdr));
  if (sctp == nullptr || chunk == nullptr) return false;
  const SctpChunk type = chunk->type.host();
  if (type == SctpChunk::abort || type == SctpChunk::shutdown_complete) return false;
  Be32 tag = sctp->verification_tag;
  std::uint8_t flags = kTagReflected;
  if (type == SctpChunk::init) {
    const auto* initiate_tag = packet.at<Be32>(p.l4 + sizeof(SctpHdr) + sizeof(SctpChunkHdr));
    if (initiate_tag == nullptr) return false;
    tag = *initiate_tag;
    flags = 0;
  }
  const std::size_t header = write_answer_header(out, frame, p, IpProto::sctp);
  write_abort(out.data() + header, {sctp->ports.dst, sctp->ports.src}, tag, flags);
  return true;
}

void become_abort(std::uint8_t* frame, Parsed& p) {
  HVS_DCHECK(!p.first_fragment);
  SctpHdr sctp;
  std::memcpy(&sctp, frame + p.l4, sizeof sctp);
  write_abort(frame + p.l4, sctp.ports, sctp.verification_tag, 0);
  p.end = static_cast<std::uint16_t>(p.l4 + sizeof(AbortPacket));
  shorten_packet(frame, p);
}

}  // namespace hvs
