// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <random>

#include "tests/support/packet.h"

namespace hvs::test {

/// Endless frames around the rows of steer_cases.h: well-formed ones of every shape that the steering rule
/// knows, the same with broken fields, cut or lengthened, and plain noise. The same seed gives the same
/// frames everywhere.
class FrameGen {
 public:
  explicit FrameGen(std::uint64_t seed) : rng_(seed) {}
  Bytes next();

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(rng_() % bound); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  Bytes shape();
  Bytes inside_shape();
  void add_ip(Packet& packet, bool v6, const char* src, const char* dst);
  void add_l4(Packet& packet, bool reversed);
  void add_error(Packet& packet, bool v6, const char* dst);
  const char* ours(bool v6);
  const char* others(bool v6);
  std::uint16_t port();
  void mutate(Bytes& frame);

  std::mt19937_64 rng_;  // not std::uniform_int_distribution: its numbers differ between libraries
};

}  // namespace hvs::test
