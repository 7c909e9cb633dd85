#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# build.sh [PRESET] [TARGET...]: configure when needed, then build. Without the libraries of the tests, their targets
# are left out.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=${1:-dev}
shift || true
dir=$HVS_ROOT/build/$preset
command -v cmake >/dev/null || die "cmake is not installed; run: sudo tools/hvs install"

tests=ON
if [[ ! -d /usr/include/gtest || ! -d /usr/include/gmock || ! -d /usr/include/benchmark ]]; then
  tests=OFF
  say "building without tests, whose libraries are not installed (sudo tools/hvs install)"
fi
if [[ ! -f $dir/build.ninja ]] || ! grep -qx "HVS_TESTS:BOOL=$tests" "$dir/CMakeCache.txt"; then
  arguments=("-DHVS_TESTS=$tests")
  if command -v ccache >/dev/null; then
    arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake --preset "$preset" "${arguments[@]}"
fi
targets=()
for target in "$@"; do targets+=(--target "$target"); done
exec cmake --build "$dir" --parallel "$HVS_JOBS" "${targets[@]}"
