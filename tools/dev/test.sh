#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# test.sh [--list | TIER...]: runs the tiers one after the other, one line each, whatever the one before did.
#
# Ends with a line "N passed, N failed[, N skipped]": tests where a tier has tests (GoogleTest, pytest), checks of
# lint, fuzzers of the fuzz smoke. A tier that cannot even build counts as one failure. What cannot run here is
# skipped and says why; with CI=true a skip is a failure, because CI has everything. Logs: build/test-logs/.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=test_tiers.sh
source "${HVS_TIERS:-tools/dev/test_tiers.sh}"

if [[ ${1:-} == --list ]]; then
  for line in "${TIERS[@]}"; do
    read -r name _ what <<<"$line"
    printf '%-11s %s\n' "$name" "$what"
  done
  exit 0
fi
for name in "$@"; do
  [[ " $(printf '%s\n' "${TIERS[@]}" | awk '{print $1}' | tr '\n' ' ')" == *" $name "* ]] ||
    die "test: no tier '$name'; see: tools/hvs test --list"
done

WANTED=("$@")
# Whether a tier is run: all are when none is named.
wanted() { ((${#WANTED[@]} == 0)) || [[ " ${WANTED[*]} " == *" $1 "* ]]; }

LOGS=${HVS_LOGS:-build/test-logs}
mkdir -p "$LOGS"
if is_root && [[ -r /etc/debian_version ]]; then tools/dev/install.sh all; fi

total_passed=0 total_failed=0 total_skipped=0
for line in "${TIERS[@]}"; do
  read -r name function _ <<<"$line"
  wanted "$name" || continue
  log=$LOGS/$name.log
  # A tier tells its counts, its reason for a skip, and what is to stand above its line, through these files.
  COUNTS=$(mktemp) REASON=$(mktemp) SHOWN=$(mktemp)
  started=$SECONDS
  # Not "(...) || status=$?": that would switch set -e off inside.
  set +e
  (
    set -e
    $function
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  read -r passed failed skipped < <(awk '{p += $1; f += $2; s += $3} END {print p + 0, f + 0, s + 0}' "$COUNTS")
  reason=$(paste -sd ';' "$REASON")
  sed 's/^/    /' "$SHOWN"
  rm -f "$COUNTS" "$REASON" "$SHOWN"
  # A tier that ended badly without a failed test did not get as far as the tests, or died in one.
  if ((status != 0 && failed == 0)); then failed=1 reason=${reason:-did not end as it should (status $status)}; fi
  if ((status == 0 && passed + failed + skipped == 0)); then failed=1 reason='ran no test'; fi
  if in_ci && ((skipped)); then failed=$((failed + skipped)) skipped=0 reason="skipped in CI: $reason"; fi
  verdict=passed
  if ((failed)); then
    verdict=FAILED
  elif ((passed == 0)); then
    verdict=skipped
  fi
  if [[ $verdict == FAILED ]]; then
    sed 's/^/    /' <(tail -n "${HVS_LOG_LINES:-60}" "$log")
    reason="${reason:+$reason; }whole log: $log"
  fi
  printf '%-8s %-11s %4d passed %3d failed %3d skipped %5d s%s\n' \
    "$verdict" "$name" "$passed" "$failed" "$skipped" $((SECONDS - started)) "${reason:+   ($reason)}"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
done

closing="$total_passed passed, $total_failed failed"
((total_skipped == 0)) || closing+=", $total_skipped skipped"
say "$closing"
((total_failed == 0))
