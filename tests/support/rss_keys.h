// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace hvs::test {

// "Verifying the RSS Hash Calculation", Microsoft's documentation of NDIS receive side scaling.
inline const std::vector<std::uint8_t> kMicrosoftKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/// As the kernel draws one at boot: 52 bytes, of which a device takes what it has room for.
inline std::vector<std::uint8_t> random_key(unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<std::uint8_t> key(52);
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(rng());
  return key;
}

}  // namespace hvs::test
