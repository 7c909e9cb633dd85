#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# install.sh [demo|all]: Debian packages that are missing, and with all the kernel that the guests of tests/qemu boot.
# Says nothing and does nothing when all are there.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What building hvsd and hvsctl takes.
build=(g++ cmake ninja-build ccache pkg-config clang llvm libc6-dev linux-libc-dev
  libdpdk-dev libbpf-dev libxdp-dev libspdlog-dev libfmt-dev libboost-dev libboost-system-dev
  nlohmann-json3-dev libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libnl-3-dev libnl-route-3-dev libssl-dev zlib1g-dev)
# What the lab and its traffic take.
lab=(python3 iproute2 iputils-ping ethtool bpftool nginx-light curl wrk util-linux procps)
# What the tests and lint take on top.
tests=(libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy libclang-rt-14-dev shellcheck valgrind
  python3-pytest python3-pytest-xdist python3-scapy python3-hypothesis python3-yaml dpdk-dev # dpdk-dev: testpmd
  libusrsctp-dev qemu-system-x86 busybox-static cpio kmod pciutils ipvsadm bird2)

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
guest_kernel=${HVS_GUEST_KERNEL:-/var/cache/hvs/guest-kernel}
need_kernel=
[[ ${1:-all} == demo || -d $guest_kernel/boot ]] || need_kernel=yes
((${#missing[@]})) || [[ $need_kernel ]] || exit 0

is_root || die "missing are: ${missing[*]} ${need_kernel:+and the kernel of test guests}
Install them with: sudo tools/hvs install ${1:-all}"

log=$(mktemp /tmp/hvs-install.XXXXXX)
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" >>"$log" 2>&1; }
failed() {
  tail -n 25 "$log" >&2
  die "apt-get failed (whole log: $log); HVS is built and tested on Debian 12"
}
apt update || failed

# Unpacked, never installed: this machine keeps the kernel that it has.
fetch_guest_kernel() {
  local package new=$guest_kernel.$$
  package=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
  say "unpacking $package for the guests of tests/qemu into $guest_kernel"
  mkdir -p "$new"
  # As root: apt's own user may not write here.
  (cd "$new" && apt -o APT::Sandbox::User=root download "$package" && dpkg -x "$package"_*.deb .) || failed
  depmod -b "$new" "${package#linux-image-}"
  rm -rf "${new:?}"/*.deb "${new:?}/usr"
  mv -T "$new" "$guest_kernel" 2>/dev/null || rm -rf "$new" # another one was quicker
}

# A freshly installed nginx would start on the host's port 80, now and at every boot, and BIRD would speak for the
# host. The tests run their own, inside namespaces and guests, so: no service is started by this installation, and
# neither is enabled.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  # shellcheck disable=SC2064
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi

if ((${#missing[@]})); then
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  apt install -y --no-install-recommends "${missing[@]}" || failed
fi
[[ ! $need_kernel ]] || fetch_guest_kernel
rm -f "$log"
for service in nginx-light:nginx bird2:bird; do
  if [[ " ${missing[*]} " == *" ${service%:*} "* ]] && command -v systemctl >/dev/null; then
    systemctl -q disable "${service#*:}.service" 2>/dev/null || true
  fi
done
