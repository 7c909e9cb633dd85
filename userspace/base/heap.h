// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace hvs {

/// Gives the system back what the heap holds and nobody uses. glibc by itself keeps it when something small
/// was allocated behind it, gigabytes after an answer about a million dests.
inline void give_memory_back() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace hvs
