// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/netlink/netns.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "base/check.h"

namespace hvs::test {

namespace {

/// A process in a namespace of its own that waits to be killed.
pid_t hold_namespace() {
  std::array<int, 2> ready{};
  HVS_CHECK(pipe(ready.data()) == 0);
  const pid_t child = fork();
  HVS_CHECK(child >= 0);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(CLONE_NEWNET) != 0) _exit(1);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  HVS_CHECK(read(ready[0], &byte, 1) == 1);
  close(ready[0]);
  return child;
}

std::string namespace_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/ns/net"; }

void enter(int fd) { HVS_CHECK(setns(fd, CLONE_NEWNET) == 0); }

}  // namespace

std::string why_not_here() { return geteuid() == 0 ? "" : "network namespaces need root"; }

Namespaces::Namespaces() : home_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  HVS_CHECK(home_ >= 0 && unshare(CLONE_NEWNET) == 0);
  peer_ = hold_namespace();
  run("ip link set lo up");
  peer("ip link set lo up");
}

Namespaces::~Namespaces() {
  kill(peer_, SIGKILL);
  waitpid(peer_, nullptr, 0);
  enter(home_);
  close(home_);
}

bool Namespaces::try_run(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c): a test drives real tools
}

void Namespaces::run(const std::string& command) const { EXPECT_TRUE(try_run(command)) << command; }

void Namespaces::peer(const std::string& command) const {
  in_peer([&] { run(command); });
}

void Namespaces::in_peer(const std::function<void()>& work) const {
  const int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = open(namespace_of(peer_).c_str(), O_RDONLY | O_CLOEXEC);
  enter(there);
  work();
  enter(here);
  close(there);
  close(here);
}

}  // namespace hvs::test
