#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# bench.sh [ARGUMENTS]: builds preset release and runs hvs-bench with the arguments given. With --instructions
# [--update]: instructions per packet under callgrind instead, beside the stored figures.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
tools/dev/build.sh release hvs-bench >&2
if [[ ${1:-} == --instructions ]]; then
  command -v valgrind >/dev/null || die "valgrind is not installed; run: sudo tools/hvs install"
  exec "$PYTHON" tools/dev/bench_instructions.py build/release/bin/hvs-bench tests/bench/instructions.json "${@:2}"
fi
exec build/release/bin/hvs-bench "$@"
