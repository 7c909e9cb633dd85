// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "control/config/machine_facts.h"

// What the compiler was allowed to use, and what the CPU has of it.
namespace hvs {

std::vector<std::string> required_cpu_flags() {
  return {
#ifdef __SSE2__
      "sse2",
#endif
#ifdef __SSSE3__
      "ssse3",
#endif
#ifdef __SSE4_1__
      "sse4_1",
#endif
#ifdef __SSE4_2__
      "sse4_2",
#endif
#ifdef __POPCNT__
      "popcnt",
#endif
#ifdef __AVX__
      "avx",
#endif
#ifdef __AVX2__
      "avx2",
#endif
#ifdef __BMI2__
      "bmi2",
#endif
#ifdef __AVX512F__
      "avx512f",
#endif
  };
}

std::vector<std::string> missing_cpu_flags(const MachineFacts& machine) {
  if (machine.cpu_flags.empty()) return {};
  std::vector<std::string> missing = required_cpu_flags();
  std::erase_if(missing, [&](const std::string& flag) {
    return std::find(machine.cpu_flags.begin(), machine.cpu_flags.end(), flag) != machine.cpu_flags.end();
  });
  return missing;
}

}  // namespace hvs
