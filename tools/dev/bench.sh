#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# bench.sh: builds preset release and runs hvs-bench; keeps and compares this machine's figures; plots; profiles; counts.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: tools/hvs bench [OPTIONS]           build and run (--quick: under 3 minutes; --help: all options)
       tools/hvs bench save [OPTIONS]      run, and keep the figures as this machine's baseline
       tools/hvs bench compare [OPTIONS]   run, and print each figure's change from this machine's baseline
       tools/hvs bench plot [JSON [SVG]]   cost over flows beside the floors (default: baseline, docs/performance.svg)
       tools/hvs bench tables [JSON]       write the tables of docs/performance.md and README.md (default: baseline)
       tools/hvs bench --perf [OPTIONS]    run under perf and print where the time went
       tools/hvs bench veth [OPTIONS]      over AF_XDP ports in namespaces, beside testpmd: throughput, start, idle,
                                           wake-up (root; --quick: under a minute; docs/performance-veth.md)
       tools/hvs bench --instructions [--update]   instructions per packet under callgrind, beside the stored figures

Baselines are tests/bench/baselines/MACHINE.json; MACHINE comes from the CPU's name and the number of CPUs, or from
HVS_BENCH_MACHINE. What the figures mean: docs/performance.md.
END
}

binary=build/release/bin/hvs-bench

machine() {
  local model
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  printf '%s %s cpus' "${model:-cpu}" "$(nproc)" | tr -cs '[:alnum:]' - | tr '[:upper:]' '[:lower:]'
}
baseline=tests/bench/baselines/${HVS_BENCH_MACHINE:-$(machine)}.json

build() {
  tools/dev/build.sh release "${@:-hvs-bench}" >&2
  HVS_COMMIT=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
  export HVS_COMMIT
}

# By the clock: guests seldom have hardware counters.
profile() {
  command -v perf >/dev/null || die "perf is not installed; on Debian: apt-get install linux-perf"
  local data
  data=$(mktemp --tmpdir hvs-bench-perf.XXXXXX)
  # shellcheck disable=SC2064
  trap "rm -f '$data'" EXIT
  perf record --quiet -e cpu-clock:u -F 4999 -o "$data" -- "$binary" "$@"
  say ''
  say 'where the time went, making the connections and the floors included'
  perf report --stdio --no-children --percent-limit 0.5 --sort dso,symbol -i "$data" 2>/dev/null |
    sed '/^#/d; /^$/d; s/ *-  *- *$//' | cut -c 1-110 | sed 30q
}

case ${1:-} in
  help) usage ;;
  save)
    shift
    build
    mkdir -p "$(dirname "$baseline")"
    "$binary" --json "$baseline.new" "$@"
    mv "$baseline.new" "$baseline"
    say "kept in $baseline"
    ;;
  compare)
    shift
    [[ -r $baseline ]] || die "no $baseline yet: tools/hvs bench save"
    build
    exec "$binary" --baseline "$baseline" "$@"
    ;;
  plot)
    json=${2:-$baseline}
    [[ -r $json ]] || die "no $json: tools/hvs bench --json FILE, or tools/hvs bench save"
    exec "$PYTHON" tools/dev/plot_bench.py "$json" -o "${3:-docs/performance.svg}"
    ;;
  tables)
    json=${2:-$baseline}
    [[ -r $json ]] || die "no $json: tools/hvs bench --json FILE, or tools/hvs bench save"
    exec "$PYTHON" tools/dev/bench_tables.py "$json"
    ;;
  veth)
    shift
    is_root || die "bench veth makes network namespaces; run: sudo tools/hvs bench veth"
    command -v dpdk-testpmd >/dev/null || tools/dev/install.sh all
    build hvsd hvsctl hvs_bpf hvs-veth-load
    mount_bpffs
    export PYTHONPATH=$HVS_ROOT/tools
    exec "$PYTHON" -m veth "$@"
    ;;
  --perf)
    shift
    build
    profile "$@"
    ;;
  --instructions)
    shift
    command -v valgrind >/dev/null || die "valgrind is not installed; run: sudo tools/hvs install"
    build
    exec "$PYTHON" tools/dev/bench_instructions.py "$binary" tests/bench/instructions.json "$@"
    ;;
  -h | --help)
    usage
    build
    exec "$binary" --help
    ;;
  *)
    build
    exec "$binary" "$@"
    ;;
esac
