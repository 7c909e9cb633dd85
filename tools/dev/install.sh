#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# install.sh [demo|all]: Debian packages that are missing. Says nothing and does nothing when all are there.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What building hvsd and hvsctl takes.
build=(g++ cmake ninja-build ccache pkg-config clang llvm libc6-dev linux-libc-dev
  libdpdk-dev libbpf-dev libxdp-dev libspdlog-dev libfmt-dev libboost-dev libboost-system-dev
  nlohmann-json3-dev libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libnl-3-dev libnl-route-3-dev libssl-dev zlib1g-dev)
# What the lab and its traffic take.
lab=(python3 iproute2 iputils-ping ethtool bpftool nginx-light curl wrk util-linux procps)
# What the tests and lint take on top.
tests=(libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy libclang-rt-14-dev shellcheck valgrind
  python3-pytest python3-scapy python3-hypothesis python3-yaml dpdk-dev) # dpdk-dev: testpmd

case ${1:-all} in
  demo) wanted=("${build[@]}" "${lab[@]}") ;;
  all) wanted=("${build[@]}" "${lab[@]}" "${tests[@]}") ;;
  *) die "install: '$1' is neither demo nor all" ;;
esac

installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii *//p')
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

is_root || die "these packages are missing: ${missing[*]}
Install them with: sudo tools/hvs install ${1:-all}"

# A freshly installed nginx would start on the host's port 80, now and at every boot. The lab runs its own,
# inside namespaces, so: no service is started by this installation, and nginx is not enabled.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  # shellcheck disable=SC2064
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi

say "installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp /tmp/hvs-install.XXXXXX)
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" >>"$log" 2>&1; }
if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; }; then
  tail -n 25 "$log" >&2
  die "apt-get failed (whole log: $log); HVS is built and tested on Debian 12"
fi
rm -f "$log"
if [[ " ${missing[*]} " == *" nginx-light "* ]] && command -v systemctl >/dev/null; then
  systemctl -q disable nginx.service 2>/dev/null || true
fi
