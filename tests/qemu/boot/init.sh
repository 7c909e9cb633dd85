#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# shellcheck shell=dash
# First process of a guest, from the initial RAM disk: the host's root file system, read-only over 9p, becomes the
# guest's under a layer in memory. What is installed or built on the host therefore runs in the guest.
/bin/busybox --install -s /bin
export PATH=/bin
fail() {
  echo "guest: $*"
  poweroff -f
}
mkdir -p /proc /sys /dev /host /layer /root.new
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
while read -r module; do
  insmod "/modules/$module" || fail "cannot load $module"
done </modules/order

# The host's files do not change in ways that matter while a guest runs: cached loosely they are read once.
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose host /host || fail "no root file system over 9p"
mount -t tmpfs -o size=75% layer /layer
mkdir -p /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /root.new || fail "no overlay"
mkdir -p /root.new/proc /root.new/sys /root.new/dev /root.new/run
mount -t tmpfs run /root.new/run
mkdir -p /root.new/run/rig
mount -t 9p -o trans=virtio,version=9p2000.L,rw,msize=524288,cache=none rig /root.new/run/rig || fail "no rig directory"
mount --move /proc /root.new/proc
mount --move /sys /root.new/sys
mount --move /dev /root.new/dev
exec switch_root /root.new /bin/bash /run/rig/agent.sh
