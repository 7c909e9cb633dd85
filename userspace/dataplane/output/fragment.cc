// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/output/fragment.h"

#include <rte_ip_frag.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "net/checksum.h"

namespace hvs {

unsigned fragment_ipv4(const Frame& frame, std::uint16_t l3, std::uint16_t end, std::uint16_t mtu,
                       Pieces& pieces) {
  rte_mbuf* whole = frame.mbuf;
  whole->data_off = static_cast<std::uint16_t>(whole->data_off + l3);
  whole->data_len = static_cast<std::uint16_t>(end - l3);
  whole->pkt_len = whole->data_len;
  // The library takes buffers to be large enough.
  const auto room =
      static_cast<std::uint16_t>(rte_pktmbuf_data_room_size(whole->pool) - RTE_PKTMBUF_HEADROOM);
  rte_mbuf* cut[kMaxPieces];
  const std::int32_t count =
      rte_ipv4_fragment_copy_nonseg_packet(whole, cut, kMaxPieces, std::min(mtu, room), whole->pool);
  rte_pktmbuf_free(whole);
  if (count <= 0) return 0;
  for (std::int32_t i = 0; i < count; ++i) {
    rte_mbuf* mbuf = cut[i];
    auto* ip = rte_pktmbuf_mtod(mbuf, Ipv4Hdr*);
    ip->checksum = Be16{};
    const std::uint64_t sum = sum_bytes({reinterpret_cast<const std::uint8_t*>(ip), ip->header_bytes()});
    ip->checksum = Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum)));
    Frame& piece = pieces[static_cast<std::size_t>(i)];
    piece.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    piece.length = rte_pktmbuf_data_len(mbuf);
    piece.port = frame.port;
    piece.mbuf = mbuf;
  }
  return static_cast<unsigned>(count);
}

}  // namespace hvs
