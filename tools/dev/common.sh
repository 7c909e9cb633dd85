# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the scripts that source it
# Sourced by every tools/dev/*.sh: where things are and how we speak.
set -euo pipefail

HVS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HVS_JOBS=${HVS_JOBS:-$(nproc)}
PYTHON=/usr/bin/python3 # Debian's own, which sees Debian's modules; a plain python3 may be another one
export PYTHONDONTWRITEBYTECODE=1
cd "$HVS_ROOT"

say() { printf '%s\n' "$*"; }
die() {
  printf 'tools/hvs: %s\n' "$*" >&2
  exit 1
}
is_root() { [[ $(id -u) -eq 0 ]]; }
in_ci() { [[ ${CI:-} == true ]]; }

# Maps are pinned in the BPF file system. Systemd mounts it; a bare container or VM may not have it.
mount_bpffs() {
  [[ $(stat -f -c %T /sys/fs/bpf 2>/dev/null) == bpf_fs ]] && return
  mount -t bpf bpf /sys/fs/bpf || die "cannot mount the BPF file system on /sys/fs/bpf (needed to pin steering maps)"
  say "mounted the BPF file system on /sys/fs/bpf"
}
