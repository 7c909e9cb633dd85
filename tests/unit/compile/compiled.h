// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "control/compile/compiler.h"

// What tests of the compiler share.
namespace hvs::test {

inline IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

/// Compiles and commits, as a daemon that publishes would.
inline Compiled compiled(SnapshotCompiler& compiler, const Config& c, const SlotProbe& probe = {}) {
  auto out = compiler.compile(c, probe);
  EXPECT_TRUE(out.ok()) << out.error().message();
  compiler.commit(*out);
  return std::move(*out);
}

inline std::shared_ptr<const Snapshot> apply(SnapshotCompiler& compiler, const Config& c,
                                             const SlotProbe& probe = {}) {
  return compiled(compiler, c, probe).snapshot;
}

}  // namespace hvs::test
