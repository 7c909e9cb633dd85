#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
# First process of the guest's own root. Finishes what an init would do, and then runs what the host asks for: the
# name of a job comes in on the second serial line, its command lies in a directory of that name, its output goes
# there, and its exit status goes back. Jobs run side by side.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8
rig=/run/rig
mkdir -p /dev/pts /dev/shm /dev/hugepages /run/netns /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t hugetlbfs none /dev/hugepages
mount -t bpf bpf /sys/fs/bpf
mount -t debugfs debug /sys/kernel/debug
ln -sfn /proc/self/fd /dev/fd
mkdir -p /lib/modules
ln -sfn "$(<$rig/modules)" "/lib/modules/$(uname -r)"
echo guest >/proc/sys/kernel/hostname
ip link set lo up
cd / || exit

line=/dev/ttyS1
stty -F $line raw -echo
exec 3<>$line
echo ready >&3
while read -r -u 3 job; do
  [[ $job == poweroff ]] && break
  {
    setsid bash "$rig/$job/command" </dev/null >"$rig/$job/stdout" 2>"$rig/$job/stderr" 3>&-
    echo "$job $?" >&3
  } &
done
/bin/busybox poweroff -f
