#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# build.sh [PRESET] [TARGET...]: configure once, then build. HVS_CMAKE_ARGS goes to the first configuration.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=${1:-dev}
shift || true
dir=$HVS_ROOT/build/$preset
command -v cmake >/dev/null || die "cmake is not installed; run: sudo tools/hvs install"

if [[ ! -f $dir/build.ninja ]]; then
  arguments=()
  if command -v ccache >/dev/null; then
    arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  # shellcheck disable=SC2086
  cmake --preset "$preset" "${arguments[@]}" ${HVS_CMAKE_ARGS:-}
fi
targets=()
for target in "$@"; do targets+=(--target "$target"); done
exec cmake --build "$dir" --parallel "$HVS_JOBS" "${targets[@]}"
