#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# lab.sh up|down|shell|run|status: see tools/lab.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export PYTHONPATH=$HVS_ROOT/tools
if [[ " $* " == *" up "* ]]; then
  tools/dev/install.sh demo
fi
exec "$PYTHON" -m lab "$@"
