#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# demo.sh [--one-arm]: from a bare Debian 12 to real traffic through the balancer.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for option in "$@"; do # before minutes of building
  case $option in
    --one-arm) ;;
    -h | --help)
      echo "usage: tools/hvs demo [--one-arm]"
      exit 0
      ;;
    *) die "demo: no option '$option'; there is: --one-arm" ;;
  esac
done
is_root || die "the demo makes network namespaces and loads XDP programs; run: sudo tools/hvs demo"
tools/dev/install.sh demo

log=build/demo-build.log
mkdir -p build
say "building (preset release); log: $log"
[[ -x build/release/bin/hvsd ]] || say "the first build compiles everything: 2 to 5 minutes on two cores"
if ! tools/dev/build.sh release hvsd hvsctl hvs_bpf >$log 2>&1; then
  tail -n 40 $log >&2
  die "the build failed; whole log: $log"
fi
mount_bpffs
export PYTHONPATH=$HVS_ROOT/tools
exec "$PYTHON" -m lab.demo "$@"
