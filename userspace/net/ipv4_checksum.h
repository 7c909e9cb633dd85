// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/reader.h"
#include "net/checksum.h"
#include "net/headers.h"

namespace hvs {

/// Whether the frame holds an IPv4 packet, behind up to two VLAN tags, with a whole header whose checksum is
/// wrong. What is no such packet has nothing that could be.
inline bool wrong_ipv4_checksum(Reader frame) {
  const auto* eth = frame.at<EthHdr>(0);
  if (eth == nullptr) return false;
  EtherType type = eth->type.host();
  std::size_t at = sizeof(EthHdr);
  for (unsigned tags = 0; tags < 2 && (type == EtherType::vlan || type == EtherType::qinq); ++tags) {
    const auto* tag = frame.at<VlanTag>(at);
    if (tag == nullptr) return false;
    type = tag->type.host();
    at += sizeof(VlanTag);
  }
  const auto* ip = frame.at<Ipv4Hdr>(at);
  if (type != EtherType::ipv4 || ip == nullptr || ip->version() != 4) return false;
  const unsigned size = ip->header_bytes();
  if (size < sizeof(Ipv4Hdr) || size > frame.size() - at) return false;
  return fold_checksum(sum_bytes({frame.data() + at, size})) != 0xffff;
}

}  // namespace hvs
