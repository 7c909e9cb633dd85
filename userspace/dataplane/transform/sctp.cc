// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/sctp.h"

#include "net/crc32c.h"

namespace hvs {

namespace {

/// Four bytes, the first one lowest.
std::uint32_t word_of(const std::uint8_t* bytes) {
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i) word |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return word;
}

}  // namespace

void mend_sctp_checksum(SctpHdr& sctp, const L4Ports& before, std::size_t bytes) {
  const auto* now = reinterpret_cast<const std::uint8_t*>(&sctp.ports);
  const auto* then = reinterpret_cast<const std::uint8_t*>(&before);
  const std::uint32_t change = word_of(now) ^ word_of(then);
  const std::uint32_t was = word_of(sctp.checksum);
  if (change == 0 || was == 0) return;
  const std::uint32_t checksum = was ^ crc32c_change(change, bytes);
  for (unsigned i = 0; i < 4; ++i) sctp.checksum[i] = static_cast<std::uint8_t>(checksum >> (8 * i));
}

}  // namespace hvs
