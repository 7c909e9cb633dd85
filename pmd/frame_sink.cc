// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/frame_sink.h"

#include <rte_mbuf.h>

namespace hvs {

unsigned FrameWriter::give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) {
  for (unsigned i = 0; i < count; ++i) {
    rte_mbuf* frame = frames[i];
    if (!write(rte_pktmbuf_mtod(frame, const std::uint8_t*), rte_pktmbuf_data_len(frame))) ++refused;
    rte_pktmbuf_free(frame);
  }
  return count;
}

}  // namespace hvs
