// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/reader.h"
#include "net/headers.h"
#include "net/parse.h"

namespace hvs {

/// The client's first packet, of a protocol that has states: TCP's SYN (RFC 9293, 3.5), SCTP's INIT (RFC
/// 9260, 5.1), which is alone in its packet. `parsed` is of kind flow.
inline bool opens_connection(Reader frame, const Parsed& parsed) {
  if (parsed.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    const auto* tcp = frame.at<TcpHdr>(parsed.l4);
    return tcp != nullptr && (tcp->flags & (TcpHdr::kSyn | TcpHdr::kAck | TcpHdr::kRst)) == TcpHdr::kSyn;
  }
  const auto* chunk = frame.at<SctpChunkHdr>(parsed.l4 + sizeof(SctpHdr));
  return chunk != nullptr && chunk->type == Be{SctpChunk::init};
}

}  // namespace hvs
