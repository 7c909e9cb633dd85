#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# What a commit has to pass before it is sent. The rest (root, sanitizers, fuzzers) is CI's.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
exec bash tools/dev/test.sh lint unit golden
