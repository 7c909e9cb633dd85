// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace hvs::detail {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  // A pipe that nobody reads must not hold up the end.
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (poll(&room, 1, 1000) == 1) std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}
}  // namespace hvs::detail

/// A broken invariant aborts, in every build: forwarding on a corrupt state is worse than a restart.
#define HVS_CHECK(condition) \
  ((condition) ? void() : ::hvs::detail::check_failed(#condition, __FILE__, __LINE__))

/// For hot code: as HVS_CHECK, but only in builds without NDEBUG.
#ifdef NDEBUG
#define HVS_DCHECK(condition) void()
#else
#define HVS_DCHECK(condition) HVS_CHECK(condition)
#endif

#define HVS_LIKELY(x) __builtin_expect(!!(x), 1)
#define HVS_UNLIKELY(x) __builtin_expect(!!(x), 0)
