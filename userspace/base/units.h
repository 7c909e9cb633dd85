// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstdint>

namespace hvs {

// Unit literals: `64_KiB`, and std::chrono's `3s`, `20ms`.
inline namespace literals {
using namespace std::chrono_literals;
constexpr std::uint64_t operator""_KiB(unsigned long long v) { return v << 10; }
constexpr std::uint64_t operator""_MiB(unsigned long long v) { return v << 20; }
constexpr std::uint64_t operator""_GiB(unsigned long long v) { return v << 30; }
}  // namespace literals

}  // namespace hvs
