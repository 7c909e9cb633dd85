#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# bench.sh [ARGUMENTS]: builds preset release and runs hvs-bench with the arguments given.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
tools/dev/build.sh release hvs-bench >&2
exec build/release/bin/hvs-bench "$@"
