# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# shellcheck shell=bash
# The tiers of test.sh. Each runs in a shell of its own with set -e, writes lines "passed failed skipped" to $COUNTS
# and, when it skips, the reason to $REASON. What everybody should see of a run, though it passed, goes to $SHOWN.

# Name, function, and what it is. A new tier is a function below and a line here.
# shellcheck disable=SC2034  # read by test.sh
TIERS=(
  "lint        tier_lint        format, tidy, self-contained headers, include direction"
  "unit        tier_unit        no DPDK, no root, milliseconds"
  "golden      tier_golden      frames in, frames and counters out, over DPDK without hugepages"
  "bpf         tier_bpf         the steering program under BPF_PROG_TEST_RUN (root)"
  "netlink     tier_netlink     the mirror of the kernel's tables, and companions, against the kernel (root)"
  "ports       tier_ports       DPDK ports over veth pairs and in memory (root)"
  "e2e         tier_e2e         hvsd between namespaces, real clients and servers (root)"
  "kinds       tier_kinds       the golden cases through hvsd, over af_xdp, af_packet and pcap ports (root)"
  "qemu        tier_qemu        a guest with PCI NICs and a kernel with ip_vs, under software emulation (root)"
  "asan-ubsan  tier_sanitizers  unit, golden and some of e2e again under AddressSanitizer and UBSan"
  "fuzz        tier_fuzz        every fuzzer for a while: 60 s in all"
  "bench       tier_bench       hvs-bench --quick runs; instructions per packet stay within their bound"
)

skip_tier() { # REASON
  echo "0 0 1" >>"$COUNTS"
  echo "$1" >>"$REASON"
}

# A GoogleTest binary of a preset. A test named DISABLED_ is no test but a part of one, run by it in a process of its own.
run_gtest() { # PRESET BINARY [PATTERN of tests to leave out...]
  local results=build/$1/$2${HVS_TEST_SIMD:+-simd-$HVS_TEST_SIMD}.json status=0
  rm -f "$results"
  local without="*DISABLED_*" pattern
  for pattern in "${@:3}"; do without+=":$pattern"; done
  "build/$1/bin/$2" --gtest_brief=1 --gtest_filter="-$without" --gtest_output="json:$results" || status=$?
  "$PYTHON" tools/dev/count_results.py gtest "$results" "$REASON" >>"$COUNTS"
  return $status
}

# Tests between namespaces wait most of the time, so files are played two at a time; those of one stay in order.
readonly TWO_FILES_AT_A_TIME=(-n 2 --dist loadfile)

run_pytest() { # NAME DIRECTORY-OR-OPTION...
  local results=build/$1-results.xml status=0
  rm -f "$results"
  "$PYTHON" -m pytest -p no:cacheprovider -ra --tb=short --junitxml="$results" "${@:2}" || status=$?
  "$PYTHON" tools/dev/count_results.py junit "$results" "$REASON" >>"$COUNTS"
  return $status
}

# docs/tested-on.md has tables of what a tier showed: one more check of it, that this run showed the same.
check_page() { # TIER SECOND in which the tier's tests were begun
  local message
  if message=$("$PYTHON" tests/kinds/matrix.py --ran "$1" --since "$2" 2>&1); then
    echo "1 0 0" >>"$COUNTS"
  else
    say "$message"
    echo "0 1 0" >>"$COUNTS"
    echo "${message%%$'\n'*}" >>"$REASON"
    return 1
  fi
}

# While tests wait for clocks and sockets, what later tiers are going to compile is compiled, at idle priority: whatever
# runs comes first. What is left at the tier's end is for the next that waits, or for the tier that needs it. A build that
# fails here is built again, and told, by its tier.
start_building_ahead() {
  local targets=()
  ! wanted e2e || targets+=("dev")
  ! wanted asan-ubsan || targets+=("asan-ubsan unit_tests golden_tests hvsd hvsctl hvs_bpf")
  ! wanted fuzz || targets+=("fuzz fuzzers")
  ! wanted bench || targets+=("release hvs-bench")
  trap stop_building_ahead EXIT
  # A session of its own, so that the build ends with all of its compilers.
  # shellcheck disable=SC2016
  setsid chrt --idle 0 bash -c 'for preset in "$@"; do tools/dev/build.sh $preset; done' ahead "${targets[@]}" \
    >build/test-logs/ahead.log 2>&1 &
  ahead=$!
}

stop_building_ahead() {
  [[ -n ${ahead:-} ]] || return 0
  kill -- "-$ahead" 2>/dev/null || true
  wait "$ahead" 2>/dev/null || true
  ahead=
}

# Two functions side by side, each with a log of its own, which is shown when both have ended.
side_by_side() { # FUNCTION FUNCTION
  local logs=build/test-logs status=0 first
  "$1" >"$logs/side-1.log" 2>&1 &
  first=$!
  "$2" >"$logs/side-2.log" 2>&1 || status=$?
  wait "$first" || status=$?
  cat "$logs"/side-[12].log
  return $status
}

tier_lint() {
  local status=0
  HVS_LOG_LINES=1000 tools/dev/lint.sh | tee build/test-logs/lint-checks.log || status=$?
  echo "$(grep -c '^passed ' build/test-logs/lint-checks.log) $(grep -c '^FAILED ' build/test-logs/lint-checks.log) 0" >>"$COUNTS"
  return $status
}

tier_unit() {
  tools/dev/build.sh dev unit_tests
  run_gtest dev unit_tests
}

tier_golden() {
  tools/dev/build.sh dev golden_tests
  golden_vector() { run_gtest dev golden_tests; }
  golden_scalar() { HVS_TEST_SIMD=off run_gtest dev golden_tests; }
  side_by_side golden_vector golden_scalar
}

tier_bpf() {
  is_root || {
    skip_tier "loading BPF programs needs root"
    return
  }
  tools/dev/build.sh dev bpf_tests
  mount_bpffs
  run_gtest dev bpf_tests
}

kernel_has_vlans() {
  unshare --net sh -c 'ip link add v0 type veth peer name v1 && ip link add link v0 name v0.7 type vlan id 7' 2>/dev/null
}

tier_netlink() {
  is_root || {
    skip_tier "network namespaces need root"
    return
  }
  tools/dev/build.sh dev netlink_tests
  start_building_ahead
  if kernel_has_vlans; then
    run_gtest dev netlink_tests
  else # what the mirror makes of VLANs is then tested by unit tests alone (docs/tested-on.md)
    echo "this kernel has no vlan devices: MirrorTest.Vlans* is left out"
    run_gtest dev netlink_tests 'MirrorTest.Vlans*'
  fi
}

tier_ports() {
  is_root || {
    skip_tier "network namespaces and XDP need root"
    return
  }
  tools/dev/build.sh dev pmd_tests
  run_gtest dev pmd_tests
}

tier_e2e() {
  is_root || {
    skip_tier "network namespaces need root"
    return
  }
  tools/dev/build.sh dev
  mount_bpffs
  start_building_ahead
  local status=0 began=$EPOCHSECONDS
  HVS_BUILD_DIR=$HVS_ROOT/build/dev run_pytest e2e tests/e2e "${TWO_FILES_AT_A_TIME[@]}" || status=$?
  check_page e2e "$began" || status=$?
  return "$status"
}

tier_kinds() {
  is_root || {
    skip_tier "network namespaces and XDP need root"
    return
  }
  tools/dev/build.sh dev hvsd hvsctl hvs_bpf
  mount_bpffs
  export HVS_BUILD_DIR=$HVS_ROOT/build/dev
  local kind status=0 pids=() logs=build/test-logs began=$EPOCHSECONDS
  for kind in af_xdp af_packet pcap; do # each is a daemon and a player in turn: side by side they fill two CPUs
    HVS_KIND=$kind run_pytest "kinds-$kind" tests/kinds >"$logs/kinds-$kind.log" 2>&1 &
    pids+=($!)
  done
  for kind in "${pids[@]}"; do wait "$kind" || status=$?; done
  cat "$logs"/kinds-*.log
  check_page kinds "$began" || status=$?
  return $status
}

tier_qemu() {
  is_root || {
    skip_tier "taps and network namespaces need root"
    return
  }
  tools/dev/build.sh dev
  start_building_ahead
  local status=0 began=$EPOCHSECONDS
  HVS_BUILD_DIR=$HVS_ROOT/build/dev run_pytest qemu tests/qemu || status=$?
  check_page qemu "$began" || status=$?
  return "$status"
}

tier_sanitizers() {
  tools/dev/build.sh asan-ubsan unit_tests golden_tests
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
  sanitized_vector() { run_gtest asan-ubsan golden_tests; }
  sanitized_rest() {
    local status=0
    run_gtest asan-ubsan unit_tests || status=$?
    # Without SIMD, each kind of traffic and size of tables once: the other seeds, and what no tag decides, run everywhere
    # else.
    HVS_TEST_SIMD=off run_gtest asan-ubsan golden_tests 'Few*/BurstTest.*/1' 'Few*/BurstTest.*/2' \
      'BothFamilies/BurstTest.*/1' 'EveryMode/BurstTest.*/0' 'EveryMode/PartingTest.*' 'Room/SharedAnswers.*' || status=$?
    return "$status"
  }
  local status=0
  side_by_side sanitized_vector sanitized_rest || status=$?
  sanitized_daemon || status=$?
  return "$status"
}

# Every mode, reloads, the API, starts and ends of the daemon. What a sanitizer finds ends it or, when it is a leak, is
# told at its end: the reports are counted, because few tests ask how the daemon ended. Whole stacks, slower to take, tell
# which leaks are DPDK's.
sanitized_daemon() {
  is_root || {
    skip_tier "the daemon's part: network namespaces need root"
    return
  }
  tools/dev/build.sh asan-ubsan hvsd hvsctl hvs_bpf
  mount_bpffs
  local reports=$HVS_ROOT/build/asan-ubsan/reports status=0 files
  rm -rf "$reports"
  mkdir "$reports"
  files=$(printf 'tests/e2e/test_%s.py ' core reload nat64 snat two_workers hvsctl lifecycle crash log)
  # shellcheck disable=SC2086  # several files
  HVS_BUILD_DIR=$HVS_ROOT/build/asan-ubsan ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0:log_path=$reports/report \
    UBSAN_OPTIONS=$UBSAN_OPTIONS:log_path=$reports/report \
    LSAN_OPTIONS=suppressions=$HVS_ROOT/tests/e2e/lsan.supp:print_suppressions=0 \
    run_pytest sanitized $files -k 'not native and not mixed and not long_reload' "${TWO_FILES_AT_A_TIME[@]}" || status=$?
  if compgen -G "$reports/*" >/dev/null; then
    head -n 30 "$reports"/*
    echo "0 1 0" >>"$COUNTS"
    echo "reports of sanitizers in $reports" >>"$REASON"
    return 1
  fi
  echo "1 0 0" >>"$COUNTS"
  return "$status"
}

tier_fuzz() {
  local status=0
  tools/dev/fuzz.sh 60 | tee build/test-logs/fuzz-targets.log || status=$?
  echo "$(grep -c '^passed fuzz_' build/test-logs/fuzz-targets.log) $(grep -c '^FAILED fuzz_' build/test-logs/fuzz-targets.log) 0" >>"$COUNTS"
  return $status
}

# Times are printed, never judged, so one short round will do; what is judged are instructions, which no other load changes.
tier_bench() {
  tools/dev/bench.sh --quick --rounds 1 --packets 250000 | tee build/test-logs/bench-quick.log
  sed -n '/^targets /,$p' build/test-logs/bench-quick.log >>"$SHOWN"
  echo "1 0 0" >>"$COUNTS"
  local status=0
  tools/dev/bench.sh --instructions | tee build/test-logs/instructions.log || status=$?
  sed -n 's/^\([0-9]*\) within the bound, \([0-9]*\) not$/\1 \2 0/p' build/test-logs/instructions.log >>"$COUNTS"
  return $status
}
