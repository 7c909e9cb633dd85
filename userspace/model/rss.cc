// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/rss.h"

#include <array>
#include <cstring>

namespace hvs {

std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, std::span<const std::uint8_t> input) {
  const auto key_byte = [&](std::size_t i) { return i < key.size() ? key[i] : std::uint8_t{0}; };
  std::uint32_t window = 0;  // the 32 key bits that stand over the current input bit
  for (std::size_t i = 0; i < 4; ++i) window = (window << 8) | key_byte(i);
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::uint8_t next = key_byte(i + 4);
    for (int bit = 7; bit >= 0; --bit) {
      if ((input[i] >> bit) & 1U) hash ^= window;
      window = (window << 1) | ((next >> bit) & 1U);
    }
  }
  return hash;
}

std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, const RssTuple& tuple) {
  std::array<std::uint8_t, 2 * 16 + 4> input;
  const std::size_t width = tuple.src.is_v4() ? 4 : 16;
  std::memcpy(input.data(), tuple.src.bytes.data(), width);
  std::memcpy(input.data() + width, tuple.dst.bytes.data(), width);
  std::uint8_t* ports = input.data() + 2 * width;
  ports[0] = static_cast<std::uint8_t>(tuple.src_port.value >> 8);
  ports[1] = static_cast<std::uint8_t>(tuple.src_port.value);
  ports[2] = static_cast<std::uint8_t>(tuple.dst_port.value >> 8);
  ports[3] = static_cast<std::uint8_t>(tuple.dst_port.value);
  return toeplitz_hash(key, std::span<const std::uint8_t>(input.data(), 2 * width + 4));
}

std::optional<QueueId> queue_of(const RssInfo& rss, const RssTuple& tuple) {
  if (!rss.known() || !rss.hashes_ports(rss_type(tuple.src.family, tuple.protocol))) return std::nullopt;
  return QueueId{rss.reta[toeplitz_hash(rss.key, tuple) % rss.reta.size()]};
}

}  // namespace hvs
