#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# lint.sh [--fix] [CHECK...]: one line per check; exit status 1 when one of them fails.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

CHECKS=(format banner length includes headers tidy shell selftest)

sources() { find bpf pmd userspace tools tests -type f \( "$@" \) 2>/dev/null | sort; }
c_files() { sources -name '*.h' -o -name '*.cc' -o -name '*.c'; }

check_format() { c_files | xargs -r -P "$HVS_JOBS" -n 20 clang-format --dry-run -Werror; }

check_banner() { "$PYTHON" tools/dev/check_files.py banner; }

check_length() { "$PYTHON" tools/dev/check_files.py length; }

check_includes() { "$PYTHON" tools/dev/check_includes.py .; }

# Headers that no source file proves to be self-contained by including them first (check_includes sees to that).
lone_headers() {
  local header
  c_files | grep '\.h$' | grep -vE '^bpf/' | while read -r header; do
    [[ -f ${header%.h}.cc ]] || printf '%s\n' "$header"
  done
}

# Every header compiles alone, so that the order of includes never matters.
check_headers() {
  local flags
  flags=$(pkg-config --cflags libdpdk libbpf libxdp libnl-3.0 libnl-route-3.0 yaml-cpp spdlog)
  read -ra flags <<<"${flags//-I/-isystem }"
  lone_headers | xargs -r -P "$HVS_JOBS" -I{} \
    g++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I. -Iuserspace -march=x86-64-v2 "${flags[@]}" \
    -include {} -x c++ /dev/null
  # The contract is read by both sides; the rest of bpf/ is C for the kernel.
  g++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -include bpf/steer_abi.h -x c++ /dev/null
  sources -path 'bpf/*.h' | xargs -r -I{} clang -target bpf -std=gnu11 -fsyntax-only -Wall -Wextra -Werror \
    -I"/usr/include/$(gcc -print-multiarch)" -include {} -x c /dev/null
}

# Needs the compile commands of preset dev; configuring is enough but for generated headers.
check_tidy() {
  tools/dev/build.sh dev build.ninja >/dev/null
  "$PYTHON" tools/dev/run_tidy.py build/dev "$HVS_JOBS"
}

check_shell() { shellcheck tools/hvs tools/dev/*.sh .ci/run tests/qemu/boot/*.sh; }

# The checkers are programs too: each is shown a tree that it has to refuse.
check_selftest() { "$PYTHON" -m pytest -q -p no:cacheprovider tests/lint; }

if [[ ${1:-} == --fix ]]; then
  c_files | xargs -r clang-format -i
  shift
fi

wanted=("$@")
((${#wanted[@]})) || wanted=("${CHECKS[@]}")
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for check in "${wanted[@]}"; do
  [[ " ${CHECKS[*]} " == *" $check "* ]] || die "lint: no check '$check'; there are: ${CHECKS[*]}"
  started=$SECONDS
  set +e # inside a condition, set -e would have no effect
  (
    set -e
    "check_$check"
  ) >"$log" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    printf 'passed %-9s %4d s\n' "$check" $((SECONDS - started))
  else
    failed=1
    tail -n "${HVS_LOG_LINES:-60}" "$log"
    printf 'FAILED %-9s %4d s\n' "$check" $((SECONDS - started))
  fi
done
exit $failed
