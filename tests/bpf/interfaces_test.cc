// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "pmd/steering/xdp_link.h"
#include "tests/bpf/environment.h"
#include "tests/support/removes_directory.h"
#include "tests/support/steer_cases.h"

// Who gets an interface: what is there already, dead and live instances, other people's programs.
namespace hvs::test {
namespace {

namespace fs = std::filesystem;
using testing::AssertionFailure;
using testing::AssertionSuccess;

PortConfig outside(XdpMode xdp = XdpMode::automatic) {
  PortConfig port;
  port.name = "outside";
  port.xdp = xdp;
  return port;
}

testing::AssertionResult says(const Error& error, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) {
    if (error.message().find(part) == std::string::npos)
      return AssertionFailure() << "no '" << part << "' in: " << error.message();
  }
  return AssertionSuccess();
}

/// Somebody else's XDP program, which passes everything.
Fd foreign_program() {
  const bpf_insn passes[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS},
                             {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  return Fd(bpf_prog_load(BPF_PROG_TYPE_XDP, "somebodys", "GPL", passes, 2, nullptr));
}

std::uint32_t attached_id(std::uint32_t ifindex) {
  const auto found = query_xdp(ifindex);
  return found && found->has_value() ? (*found)->id : 0;
}

std::uint32_t map_id(int fd) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

class Interfaces : public testing::Test {
 protected:
  std::unique_ptr<Steering> open(const SteeringPaths& paths) {
    auto steering = Steering::open(paths);
    EXPECT_TRUE(steering.ok()) << steering.error().message();
    return steering.ok() ? std::move(steering).value() : nullptr;
  }
  /// An instance in a process of its own that attaches to the interface and is then killed.
  void leave_behind(const SteeringPaths& paths, std::uint32_t mode_flags = 0) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto steering = Steering::open(paths);
      const bool ok = steering && (*steering)->prepare(veth_.ifindex()) &&
                      attach_bootstrap(veth_.ifindex(), mode_flags) &&
                      (*steering)->attach(outside(), veth_.ifindex(), kPortMac);
      if (write(ready[1], ok ? "1" : "0", 1) == 1) pause();
      _exit(1);
    }
    char ok = '0';
    ASSERT_EQ(read(ready[0], &ok, 1), 1);
    ASSERT_EQ(ok, '1');
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ASSERT_EQ(attached_name(veth_.ifindex()), "hvs_steer");
    ASSERT_TRUE(fs::exists(paths.pin_root / paths.instance / "ports/outside/xsks_map"));
  }
  /// The start as far as the PMD has come then, whose XSKMAP it returns.
  Fd begin(Steering& steering) {
    EXPECT_TRUE(steering.prepare(veth_.ifindex()).ok());
    EXPECT_TRUE(steering.make_room(veth_.ifindex()).ok());
    Fd sockets = attach_bootstrap(veth_.ifindex());
    EXPECT_TRUE(sockets);
    return sockets;
  }
  TestPaths paths_{"one"};
  VethPair veth_{"hvst-a", "hvst-b"};
};

TEST_F(Interfaces, FreeOneIsGiven) {
  auto steering = open(paths_.get());
  EXPECT_TRUE(steering->prepare(veth_.ifindex()).ok());
  EXPECT_TRUE(steering->prepare(veth_.ifindex()).ok()) << "asking twice is no error";
}

TEST_F(Interfaces, ForeignProgramIsNamedAndLeftAlone) {
  const Fd foreign = foreign_program();
  ASSERT_TRUE(attach_xdp(veth_.ifindex(), foreign.get(), 0).ok());
  auto steering = open(paths_.get());
  const auto status = steering->prepare(veth_.ifindex());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(
      says(status.error(), {"hvst-a", "'somebodys'", "id ", "native", "ip link set dev hvst-a xdpdrv off"}));
  steering->detach_all();
  EXPECT_EQ(attached_name(veth_.ifindex()), "somebodys");
}

TEST_F(Interfaces, AdviceAgainstForeignProgramWorks) {
  const Fd foreign = foreign_program();
  ASSERT_TRUE(attach_xdp(veth_.ifindex(), foreign.get(), XDP_FLAGS_SKB_MODE).ok());
  auto steering = open(paths_.get());
  const auto status = steering->prepare(veth_.ifindex());
  ASSERT_FALSE(status.ok());
  const std::string& fix = status.error().fix;
  const auto from = fix.find('`') + 1;
  ASSERT_TRUE(run(fix.substr(from, fix.find('`', from) - from))) << fix;
  EXPECT_TRUE(steering->prepare(veth_.ifindex()).ok());
}

TEST_F(Interfaces, LiveInstanceIsNamed) {
  auto one = open(paths_.get());
  ASSERT_TRUE(one->prepare(veth_.ifindex()).ok());
  auto two = open(paths_.other("two"));
  const auto status = two->prepare(veth_.ifindex());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(says(status.error(), {"hvst-a", "instance 'one'", std::to_string(getpid())}));
  one->detach_all();
  EXPECT_TRUE(two->prepare(veth_.ifindex()).ok());
}

TEST_F(Interfaces, SecondInstanceOfTheSameNameIsRefused) {
  auto one = open(paths_.get());
  const auto two = Steering::open(paths_.get());
  ASSERT_FALSE(two.ok());
  EXPECT_TRUE(says(two.error(), {"instance 'one'", "is running"}));
  EXPECT_TRUE(fs::exists(one->pin_dir() / "steer_services")) << "the refused one took the pins away";
}

TEST_F(Interfaces, DeadInstanceIsReplaced) {
  leave_behind(paths_.get());
  auto steering = open(paths_.get());
  EXPECT_FALSE(fs::exists(steering->pin_dir() / "ports/outside"));
  ASSERT_TRUE(steering->prepare(veth_.ifindex()).ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_steer");
  ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "");
  ASSERT_TRUE(attach_bootstrap(veth_.ifindex()));
  EXPECT_TRUE(steering->attach(outside(), veth_.ifindex(), kPortMac).ok());
}

TEST_F(Interfaces, DeadProgramHoldsTrafficUntilTheNewOneIsThere) {
  leave_behind(paths_.get());
  const std::uint32_t dead = attached_id(veth_.ifindex());
  auto steering = open(paths_.get());
  const Fd sockets = begin(*steering);
  ASSERT_TRUE(steering->put_back(veth_.ifindex()).ok());
  EXPECT_EQ(attached_id(veth_.ifindex()), dead);
  EXPECT_TRUE(steering->put_back(veth_.ifindex()).ok()) << "asking twice is no error";
  ASSERT_TRUE(steering->attach(outside(), veth_.ifindex(), kPortMac).ok());
  EXPECT_NE(attached_id(veth_.ifindex()), dead);
  auto program = open_program(attached_id(veth_.ifindex()));
  ASSERT_TRUE(program.ok());
  auto map = open_map_of_program(program->get(), "xsks_map");
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map_id(map->get()), map_id(sockets.get())) << "not the sockets of the PMD";
  steering->forget_dead();
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_steer");
  steering.reset();
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
}

TEST_F(Interfaces, DeadProgramIsBackAfterAStartThatFails) {
  leave_behind(paths_.get(), XDP_FLAGS_SKB_MODE);
  const std::uint32_t dead = attached_id(veth_.ifindex());
  // However far it comes.
  for (const int steps : {0, 1, 2, 3, 4}) {
    auto steering = open(paths_.get());
    ASSERT_TRUE(steering->prepare(veth_.ifindex()).ok());
    if (steps > 0) ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
    if (steps > 1) ASSERT_TRUE(attach_bootstrap(veth_.ifindex()));
    if (steps > 2) ASSERT_TRUE(steering->put_back(veth_.ifindex()).ok());
    if (steps > 3) ASSERT_TRUE(steering->attach(outside(), veth_.ifindex(), kPortMac).ok());
    // As the port's end has it, once when it was opened.
    if (steps == 2 || steps == 3) ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
    steering->detach_all();
    EXPECT_EQ(attached_id(veth_.ifindex()), steps == 0 ? dead : 0U)
        << steps << ": in the way of the port's end";
    steering.reset();
    const auto now = query_xdp(veth_.ifindex());
    ASSERT_TRUE(now.ok() && now->has_value()) << steps;
    EXPECT_EQ((*now)->id, dead) << steps;
    EXPECT_TRUE((*now)->generic()) << steps;
  }
  // It is found, by its lock file, when the interface is no port any more.
  auto steering = open(paths_.get());
  ASSERT_TRUE(steering->heartbeat().ok());
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
}

TEST_F(Interfaces, DeadProgramGoesWithAStopDuringTheStart) {
  leave_behind(paths_.get());
  auto steering = open(paths_.get());
  const Fd sockets = begin(*steering);
  ASSERT_TRUE(steering->put_back(veth_.ifindex()).ok());
  steering->forget_dead();
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
  steering.reset();
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
}

TEST_F(Interfaces, DeadProgramTakesThePlaceOfABootstrapThatStays) {
  leave_behind(paths_.get());
  const std::uint32_t dead = attached_id(veth_.ifindex());
  auto steering = open(paths_.get());
  const Fd sockets = begin(*steering);
  steering.reset();
  EXPECT_EQ(attached_id(veth_.ifindex()), dead);
}

/// The port, whose bootstrap is attached, ends after detach_all(): until then its interface is nobody else's.
TEST_F(Interfaces, AnInterfaceIsKeptUntilThePortHasEnded) {
  auto steering = open(paths_.get());
  ASSERT_TRUE(steering->prepare(veth_.ifindex()).ok());
  ASSERT_TRUE(attach_bootstrap(veth_.ifindex()));
  steering->detach_all();
  auto other = open(paths_.other("two"));
  EXPECT_FALSE(other->prepare(veth_.ifindex()).ok());
  ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
  steering.reset();
  EXPECT_TRUE(other->prepare(veth_.ifindex()).ok());
  other.reset();
  EXPECT_FALSE(fs::exists(paths_.get().run_root / ".ports"));
}

TEST_F(Interfaces, DeadBootstrapSteersNothingAndIsNotKept) {
  ASSERT_TRUE(attach_bootstrap(veth_.ifindex()));
  auto steering = open(paths_.get());
  ASSERT_TRUE(steering->prepare(veth_.ifindex()).ok());
  ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
  steering.reset();
  EXPECT_EQ(attached_id(veth_.ifindex()), 0U);
}

TEST_F(Interfaces, NothingIsPutBackWhereNothingWas) {
  auto steering = open(paths_.get());
  const Fd sockets = begin(*steering);
  ASSERT_TRUE(steering->put_back(veth_.ifindex()).ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_bootstrap");
}

TEST_F(Interfaces, ProgramOfSomebodyWhoCameInBetweenIsNamedAndLeftAlone) {
  leave_behind(paths_.get());
  auto steering = open(paths_.get());
  ASSERT_TRUE(steering->prepare(veth_.ifindex()).ok());
  ASSERT_TRUE(steering->make_room(veth_.ifindex()).ok());
  const Fd foreign = foreign_program();
  ASSERT_TRUE(attach_xdp(veth_.ifindex(), foreign.get(), 0).ok());
  const auto status = steering->put_back(veth_.ifindex());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(says(status.error(), {"'somebodys'"}));
  EXPECT_EQ(attached_name(veth_.ifindex()), "somebodys");
}

TEST_F(Interfaces, DeadInstanceOfAnotherNameIsReplacedToo) {
  leave_behind(paths_.get());
  auto steering = open(paths_.other("two"));
  EXPECT_TRUE(steering->prepare(veth_.ifindex()).ok());
  EXPECT_TRUE(steering->make_room(veth_.ifindex()).ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "");
}

TEST_F(Interfaces, ProgramOnAnInterfaceThatIsNoPortAnyMoreGoes) {
  leave_behind(paths_.get());
  auto steering = open(paths_.get());
  ASSERT_TRUE(steering->heartbeat().ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "");
}

TEST_F(Interfaces, LeftoverOfAnotherInstanceIsNotOurs) {
  leave_behind(paths_.get());
  auto steering = open(paths_.other("two"));
  ASSERT_TRUE(steering->heartbeat().ok());
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_steer");
}

TEST_F(Interfaces, InstanceBeginsWhileOthersEnd) {
  const RemovesDirectory pins(paths_.get().pin_root);
  const RemovesDirectory locks(paths_.get().run_root);
  for (int i = 0; i < 100; ++i) {
    const auto steering = Steering::open(paths_.get());
    ASSERT_TRUE(steering.ok()) << i << ": " << steering.error().message();
  }
}

TEST_F(Interfaces, WithoutBpffsTheErrorSaysHowToMountIt) {
  SteeringPaths paths = paths_.get();
  paths.pin_root = paths.run_root / "hvs";
  const auto status = Steering::open(paths);
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(says(status.error(), {"mount -t bpf bpf /sys/fs/bpf"}));
}

TEST_F(Interfaces, MissingObjectLeavesNothingBehind) {
  SteeringPaths paths = paths_.get();
  paths.bpf_dir = "/nonexistent";
  const auto status = Steering::open(paths);
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(says(status.error(), {"/nonexistent/steer.bpf.o", "--bpf-dir"}));
  EXPECT_FALSE(fs::exists(paths.pin_root));
  EXPECT_FALSE(fs::exists(paths.run_root / paths.instance));
}

}  // namespace
}  // namespace hvs::test
