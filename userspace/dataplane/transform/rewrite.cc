// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/rewrite.h"

namespace hvs {

template <typename F>
void rewrite_fragment(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  ChecksumDelta header = rewrite_addresses<F>(ip, to.src, to.dst);
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
}

template void rewrite_fragment<V4>(std::uint8_t*, const Parsed&, const Rewrite<V4>&);
template void rewrite_fragment<V6>(std::uint8_t*, const Parsed&, const Rewrite<V6>&);

}  // namespace hvs
