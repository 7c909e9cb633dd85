// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/flow_list.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "net/headers.h"

namespace hvs::bench {

void FlowList::add(const IpAddr& src, L4Port src_port, const IpAddr& dst, L4Port dst_port) {
  const std::size_t address = family_ == Family::ipv4 ? 4 : 16;
  const L4Ports ports{Be16{src_port.value}, Be16{dst_port.value}};
  std::array<std::uint8_t, kBytesV6> flow;
  std::memcpy(flow.data(), src.bytes.data(), address);
  std::memcpy(flow.data() + address, dst.bytes.data(), address);
  std::memcpy(flow.data() + 2 * address, &ports, sizeof ports);
  bytes_.insert(bytes_.end(), flow.begin(), flow.begin() + static_cast<std::ptrdiff_t>(flow_bytes()));
}

void FlowList::turn_round() {
  const std::size_t address = family_ == Family::ipv4 ? 4 : 16;
  for (std::uint64_t i = 0; i < size(); ++i) {
    std::uint8_t* flow = bytes_.data() + i * flow_bytes();
    std::swap_ranges(flow, flow + address, flow + address);
    std::uint8_t* ports = flow + 2 * address;
    std::swap_ranges(ports, ports + 2, ports + 2);
  }
}

void FlowList::shuffle(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::size_t bytes = flow_bytes();
  std::array<std::uint8_t, kBytesV6> saved;
  for (std::uint64_t i = size(); i > 1; --i) {
    const std::uint64_t other = random() % i;
    std::uint8_t* a = bytes_.data() + (i - 1) * bytes;
    std::uint8_t* b = bytes_.data() + other * bytes;
    std::memcpy(saved.data(), a, bytes);
    std::memmove(a, b, bytes);
    std::memcpy(b, saved.data(), bytes);
  }
}

}  // namespace hvs::bench
