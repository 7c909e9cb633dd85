#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# clean.sh [PRESET...]: remove build directories (all of them without a name).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if (($# == 0)); then
  rm -rf build
else
  for preset in "$@"; do
    [[ $preset =~ ^[a-z-]+$ ]] || die "clean: '$preset' is not the name of a preset"
    rm -rf "build/$preset"
  done
fi
