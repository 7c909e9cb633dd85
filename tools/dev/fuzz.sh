#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# fuzz.sh [SECONDS] [TARGET...]: builds preset fuzz and shares SECONDS (default 60) among the targets.
# Inputs that fail are kept in build/fuzz-findings; what was learnt is kept in build/fuzz-corpus.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
wanted=("$@")
if ((${#wanted[@]} == 0)); then
  tools/dev/build.sh fuzz build.ninja
  mapfile -t wanted < <(ninja -C build/fuzz -t targets all | sed -n 's/^\(fuzz_[a-z0-9_]*\): .*/\1/p' | sort -u)
fi
((${#wanted[@]})) || die "fuzz: preset fuzz has no target named fuzz_*"
tools/dev/build.sh fuzz "${wanted[@]}"

findings=build/fuzz-findings
mkdir -p $findings
run() { # TARGET SECONDS
  local corpus=build/fuzz-corpus/$1 seeds=tests/fuzz/corpus/${1#fuzz_}
  mkdir -p "$corpus"
  local log=build/fuzz-corpus/$1.log status=0
  [[ -d $seeds ]] || seeds=
  # shellcheck disable=SC2086
  "build/fuzz/bin/$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$findings/$1-" "$corpus" $seeds >"$log" 2>&1 || status=$?
  if ((status)); then
    tail -n 40 "$log"
    say "FAILED $1 (exit status $status); the input is in $findings"
    return 1
  fi
  say "passed $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $2 s"
}

# As many side by side as there are cores, each for an equal share of the time.
share=$((seconds * (HVS_JOBS < ${#wanted[@]} ? HVS_JOBS : ${#wanted[@]}) / ${#wanted[@]}))
((share > 0)) || share=1
export -f run say
export findings
printf '%s\n' "${wanted[@]}" | xargs -P "$HVS_JOBS" -I{} bash -c "run {} $share"
