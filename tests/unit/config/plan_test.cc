// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/memory_need.h"
#include "control/config/plan_addresses.h"
#include "tests/unit/config/plan_fixture.h"

namespace hvs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PlanTest, SaysWhatWouldBe) {
  EXPECT_TRUE(make().ok());
  EXPECT_EQ(make().text(),
            "instance demo: 1 worker, poll adaptive, CPU 2\n"
            "port outside: hvs-out, af_xdp (the kernel's driver has the device), xdp auto, 1 queue, MTU "
            "1500, driver veth\n"
            "packet buffers: 7168, 20 MiB of memory.limit 256 MiB, in 4 KiB pages\n"
            "connections: 262144 x 128 bytes = 32 MiB\n"
            "local ports: 4 pairs of LIP and dest x 8 KiB = up to 1 MiB, counters 1 MiB\n"
            "ordinary memory: 53 MiB needed, 8192 MiB available\n"
            "file descriptors: about 144 needed, 1024 allowed\n"
            "service web: tcp 10.10.0.100:80, fullnat, wrr, 2 dests, up to 110592 connections to each "
            "(inside: 2 LIPs x "
            "55296 ports)\n");
}

/// A pool that no dest is reached from bounds nothing.
TEST_F(PlanTest, OnlyFullNatHasLocalAddressesToCount) {
  const auto is_counted = [&] {
    return make().lines.back().find("connections to each") != std::string::npos;
  };
  ServiceConfig& web = config.services.front();
  for (DestConfig& dest : web.dests) dest.mode = ForwardingMode::dr;
  EXPECT_FALSE(is_counted());
  web.dests.back().mode = ForwardingMode::fullnat;
  EXPECT_TRUE(is_counted());
  web.dests.clear();
  EXPECT_TRUE(is_counted());
  web.mode = ForwardingMode::nat;
  EXPECT_FALSE(is_counted());
}

TEST_F(PlanTest, Hugepages) {
  config.memory.hugepages = Hugepages::required;
  machine.hugepages = {{0, 2_MiB, 4, 3}};
  EXPECT_THAT(problems(),
              ElementsAre("memory.hugepages: hugepages: 128 of 2 MiB needed, free: 3 of 2 MiB on node 0 "
                          "[hugepages_few]. Run `sysctl -w "
                          "vm.nr_hugepages=128`, or set memory.hugepages: off"));
  config.memory.hugepages = Hugepages::automatic;
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("runs on 4 KiB pages, which is slower")));
  machine.hugepages = {{0, 2_MiB, 64, 64}, {1, 2_MiB, 64, 64}};
  EXPECT_THAT(warnings(), IsEmpty());
  EXPECT_THAT(make().lines, Contains(HasSubstr("in hugepages")));
  EXPECT_THAT(make().lines, Contains("ordinary memory: 33 MiB needed, 8192 MiB available"));
  config.memory.hugepages = Hugepages::required;
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, TooLittleMemory) {
  buffers.bytes = 300_MiB + 1;
  machine.memory_available = 100_MiB;
  EXPECT_THAT(problems(), ElementsAre("memory.limit: packet buffers need 301 MiB, the limit is 256 MiB "
                                      "[memory_limit]. Set memory.limit: 301MiB, or use "
                                      "fewer queues",
                                      "memory: 333 MiB of memory needed, 100 MiB available [memory_short]. "
                                      "Lower connections.max, or free memory"));
}

TEST_F(PlanTest, Cpus) {
  config.workers.count = 4;
  EXPECT_THAT(problems(), ElementsAre("workers.count: 4 workers on 3 CPUs [cpu_too_few]. A worker needs a "
                                      "CPU of its own: set workers.count: 3"));
  config.workers.cpus = {1, 7};
  EXPECT_THAT(problems(),
              ElementsAre("workers.cpus: CPU 7 is not online [cpu_too_few]. Name CPUs that are online"));
  machine.cpus_online.push_back(7);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("CPU 7 is not allowed to this process")));
}

TEST_F(PlanTest, BusyWorkersOnEveryCpu) {
  config.workers = {{}, 3, PollMode::busy};
  ports[0].device.channels.combined = 3;
  config.ports[0].queues = 3;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("busy workers take every CPU")));
}

TEST_F(PlanTest, WorkersWithoutQueues) {
  config.workers.count = 2;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("fewer receive queues"), HasSubstr("(outside)")));
}

/// A client's connections are its port's workers', who have their own local ports alone.
TEST_F(PlanTest, CountsLocalPortsOfWorkersThatAPortReaches) {
  const auto line = [&] { return make().lines.back(); };
  config.workers.count = 2;
  config.ports.push_back(config.ports.front());
  config.ports[1].name = "second";
  config.lip_pools[0].port_low = L4Port{10240};
  config.lip_pools[0].port_high = L4Port{10367};
  EXPECT_THAT(line(), HasSubstr("up to 128 connections to each (inside: 2 LIPs x 64 of 128 ports)"));
  EXPECT_THAT(warnings(),
              ElementsAre(HasSubstr("2 workers, but fewer queues of a port (outside, second): connections")));
  config.lip_pools[0].port_high = L4Port{10303};
  EXPECT_THAT(line(), HasSubstr("up to 0 to 128 connections to each (inside: 2 LIPs x 0 to 64 of 64 ports)"));
  config.ports[1].queues = 2;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("a port (outside): connections")));
  config.ports[0].queues = 2;
  EXPECT_THAT(line(), HasSubstr("(inside: 2 LIPs x 64 ports)"));
  EXPECT_THAT(warnings(), IsEmpty());
  // By the client, whatever brings the frame.
  config.ports[0].queues = config.ports[1].queues = 1;
  config.services[0].dests[0].mode = ForwardingMode::nat;
  EXPECT_THAT(line(), HasSubstr("(inside: 2 LIPs x 64 ports)"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(PlanTest, WorkerCpusLeaveTheFirstOnesFree) {
  EXPECT_THAT(*worker_cpus({{}, 2, PollMode::busy}, machine), ElementsAre(1U, 2U));
  EXPECT_THAT(*worker_cpus({{}, 3, PollMode::busy}, machine), ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(*worker_cpus({{2, 0}, 2, PollMode::busy}, machine), ElementsAre(2U, 0U));
  EXPECT_FALSE(worker_cpus({{}, 1, PollMode::busy}, MachineFacts{}).ok());
}

TEST_F(PlanTest, LimitsOfTheProcess) {
  machine.capabilities &= ~(std::uint64_t{1} << 14);  // CAP_IPC_LOCK
  machine.nofile_limit = 100;
  EXPECT_THAT(problems(),
              ElementsAre("RLIMIT_MEMLOCK: AF_XDP sockets lock 18 MiB of memory, the limit is 1 "
                          "MiB [memlock]. Set LimitMEMLOCK=infinity in the "
                          "service, run `ulimit -l unlimited`, or grant CAP_IPC_LOCK",
                          "RLIMIT_NOFILE: about 144 file descriptors needed, 100 allowed [open_files]. Set "
                          "LimitNOFILE=288 in the service, or run "
                          "`ulimit -n 288`"));
}

TEST_F(PlanTest, PrivilegesAndKernel) {
  machine.capabilities = 0;
  machine.memlock_limit = kUnlimited;
  machine.bpffs_mounted = false;
  machine.kernel_major = 5;
  machine.kernel = "5.1.0";
  EXPECT_THAT(
      problems(),
      ElementsAre("/sys/fs/bpf: no BPF file system is mounted there [bpffs_missing]. Run `mount -t bpf bpf "
                  "/sys/fs/bpf`; "
                  "inside `ip netns "
                  "exec` it is only hidden, enter with `nsenter --net=/run/netns/NAME` instead",
                  "privileges: this process lacks CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN [capabilities]. "
                  "Run it as root, "
                  "or grant "
                  "these capabilities",
                  "kernel: Linux 5.1.0 is too old for af_xdp ports [kernel_old]. Use Linux 5.7 or newer"));
  machine.kernel_minor = 10;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("cannot busy-poll")));
}

TEST_F(PlanTest, PortsThatCannotBeOpened) {
  ports[0].problems = {
      {"no netdev hvs-out in this network namespace", "ports.outside.device", "List them with: ip link"}};
  EXPECT_THAT(
      problems(),
      ElementsAre(
          "ports.outside.device: no netdev hvs-out in this network namespace. List them with: ip link"));
  EXPECT_THAT(make().lines, Contains("port outside: hvs-out, cannot be opened"));
}

TEST_F(PlanTest, PortsThatAreDownOrTaken) {
  ports[0].device.up = false;
  EXPECT_THAT(warnings(), ElementsAre("ports.outside.device: hvs-out is down. Run `ip link set hvs-out up`"));
  ports[0].device.up = true;
  ports[0].device.xdp_program_id = 7;
  ports[0].device.xdp_program = "xdp_filter";
  ports[0].device.xdp_mode = XdpMode::generic;
  EXPECT_THAT(
      problems(),
      ElementsAre("ports.outside.device: hvs-out has XDP program \"xdp_filter\" (id 7), which is not ours "
                  "[xdp_foreign]. Detach it "
                  "with `ip link set hvs-out xdpgeneric off`, or use another device (outside)"));
  ports[0].device.xdp_program = "hvs_steer";
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("left by one that died")));
}

TEST_F(PlanTest, KeysOfNativePortsOnOneThatIsShared) {
  config.ports[0].mtu = 9000;
  config.ports[0].restore_driver = true;
  EXPECT_THAT(warnings(),
              ElementsAre("ports.outside: `restore_driver`, `mtu`: of no effect, because the port "
                          "is af_xdp, not native. Leave out, or write mode: native"));
  EXPECT_THAT(problems(), IsEmpty());
  ports[0].kind = PortKind::native;
  ports[0].companion = "outside";
  for (const std::string& said : warnings()) EXPECT_THAT(said, Not(HasSubstr("of no effect")));
}

TEST_F(PlanTest, KeysOfSharedPortsOnOneThatIsNative) {
  ports[0].kind = PortKind::native;
  ports[0].companion = "outside";
  const auto no_effect = [&] {
    std::vector<std::string> out = warnings();
    std::erase_if(out,
                  [](const std::string& said) { return said.find("of no effect") == std::string::npos; });
    return out;
  };
  config.ports[0].xdp = XdpMode::native;
  EXPECT_THAT(no_effect(), ElementsAre("ports.outside: `xdp`: of no effect, because the port is native, not "
                                       "af_xdp. Leave out, or write mode: af_xdp"));
  config.ports[0].on_down = OnDown::pass;
  config.ports[0].hold = 5s;
  EXPECT_THAT(no_effect(), ElementsAre(HasSubstr("`xdp`, `on_down`, `hold`: of no effect")));
  ports[0].kind = PortKind::af_xdp;
  EXPECT_THAT(no_effect(), IsEmpty());
}

TEST_F(PlanTest, AddressesThatNobodyAnswersFor) {
  machine.addresses = {held("10.20.0.1", "10.20.0.0", 24, "hvs-in", true)};
  config.lip_pools[0].addresses.push_back(ip("fd20::10"));
  const std::string none =
      "no interface of this host has it, so nobody answers for it unless it is routed here. ";
  EXPECT_THAT(
      warnings(),
      ElementsAre("VIP 10.10.0.100: " + none + "Run `ip addr add 10.10.0.100/32 dev hvs-out`",
                  "LIP 10.20.0.10: " + none + "Run `ip addr add 10.20.0.10/32 dev hvs-in`",
                  "LIP 10.20.0.11: " + none + "Run `ip addr add 10.20.0.11/32 dev hvs-in`",
                  "LIP fd20::10: " + none + "Run `ip addr add fd20::10/128 dev hvs-out preferred_lft 0`"));
}

/// The kernel answers ARP for any address that it has, neighbour discovery for those of the link.
TEST_F(PlanTest, AnIpv6AddressThatIsOnNoLink) {
  HostAddress on_lo = held("fd20::10", "fd20::10", 128, "lo", false);
  on_lo.on_link = false;
  machine.addresses.push_back(on_lo);
  for (HostAddress& host : machine.addresses) {
    if (host.addr == ip("10.10.0.100")) host.on_link = false;
  }
  config.lip_pools[0].addresses.push_back(ip("fd20::10"));
  const std::string said =
      "LIP fd20::10: only lo has it, and neighbour discovery, unlike ARP, answers for addresses of the "
      "interface that is asked: nobody on a link finds it. Leave it so where routers have a route to it by "
      "this host; else run `ip addr add fd20::10/128 dev hvs-out preferred_lft 0`";
  EXPECT_THAT(warnings(), ElementsAre(said));
  Config before = config;
  before.lip_pools[0].addresses.pop_back();
  EXPECT_THAT(newly_unanswered(before, config, machine), ElementsAre(Field(&Error::where, "LIP fd20::10")));
  EXPECT_THAT(newly_unanswered(config, config, machine), IsEmpty());
  // A link has it, too.
  machine.addresses.push_back(held("fd20::10", "fd20::10", 128, "hvs-in", false));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(PlanTest, ManyIpv6AddressesOnNoLinkAreCounted) {
  for (std::uint8_t i = 1; i <= 12; ++i) {
    HostAddress on_lo = held("fd20::", "fd20::", 128, "lo", false);
    on_lo.addr.bytes[15] = on_lo.prefix.addr.bytes[15] = i;
    on_lo.on_link = false;
    machine.addresses.push_back(on_lo);
    config.lip_pools[0].addresses.push_back(on_lo.addr);
  }
  EXPECT_EQ(warnings().size(), 11U);
  EXPECT_THAT(warnings().back(), HasSubstr("2 more are where neighbour discovery does not find them"));
}

TEST_F(PlanTest, OfAnEditTheNewAddressesAreLookedAt) {
  const Config before = config;
  machine.addresses = {held("10.20.0.1", "10.20.0.0", 24, "hvs-in", true),
                       held("10.20.0.12", "10.20.0.12", 32, "hvs-in", false)};
  EXPECT_THAT(newly_unanswered(before, config, machine), IsEmpty()) << "what was there was said before";
  config.services.push_back(config.services[0]);
  config.services.back().vip = ip("10.10.0.101");
  config.lip_pools.push_back(
      {"web", {ip("10.20.0.10"), ip("10.20.0.12"), ip("10.20.0.13")}, L4Port{10240}, L4Port{65535}});
  std::vector<std::string> said;
  for (const Error& warning : newly_unanswered(before, config, machine)) said.push_back(warning.message());
  const std::string none =
      "no interface of this host has it, so nobody answers for it unless it is routed here. ";
  EXPECT_THAT(said, ElementsAre("VIP 10.10.0.101: " + none + "Run `ip addr add 10.10.0.101/32 dev hvs-out`",
                                "LIP 10.20.0.13: " + none + "Run `ip addr add 10.20.0.13/32 dev hvs-in`"));
}

TEST_F(PlanTest, AServiceThatWaitsForItsLocalAddressesIsToldOfOnce) {
  Config waiting = config;
  waiting.lip_pools.push_back({waiting.services[0].name, {}, L4Port{10240}, L4Port{65535}});
  waiting.services[0].lip_pool = waiting.services[0].name;
  const auto said = newly_unanswered(config, waiting, machine);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back().message(),
            "service " + waiting.services[0].name +
                ": it has no local address yet, so connections to its dests in mode "
                "fullnat are dropped. Run `hvs-ipvsadm -P SERVICE -z ADDRESS`, or name one in "
                "`addresses` of lip_pools[" +
                waiting.services[0].name + "]");
  EXPECT_THAT(newly_unanswered(waiting, waiting, machine), IsEmpty());

  Config both = waiting;
  DestConfig six = both.services[0].dests[0];
  six.address = ip("fd20::21");
  both.services[0].dests.push_back(six);
  EXPECT_THAT(newly_unanswered(waiting, both, machine), IsEmpty()) << "it has none of either family";
  Config half = both;
  half.lip_pools.back().addresses = {ip("fd20::10")};
  const auto more = newly_unanswered(both, half, machine);
  ASSERT_FALSE(more.empty());
  EXPECT_THAT(more.back().message(),
              HasSubstr("it has no IPv4 local address yet, so connections to its IPv4 dests"));
  half.lip_pools.back().addresses.push_back(ip("10.20.0.10"));
  for (const Error& warning : newly_unanswered(both, half, machine))
    EXPECT_THAT(warning.message(), Not(HasSubstr("yet")));
}

TEST_F(PlanTest, ManyAddressesAreCounted) {
  for (std::uint8_t i = 1; i <= 30; ++i) {
    IpAddr addr = ip("10.30.0.0");
    addr.bytes[3] = i;
    config.lip_pools[0].addresses.push_back(addr);
  }
  EXPECT_EQ(warnings().size(), 11U);
  EXPECT_THAT(warnings().back(), HasSubstr("20 more are not addresses of this host"));
}

TEST_F(PlanTest, AnyPortOfTheHostsMainAddress) {
  config.services[0].vip = ip("10.20.0.1");
  EXPECT_THAT(warnings(), IsEmpty());
  config.services[0].port = L4Port{};
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr(
                              "VIP 10.20.0.1: it is the main address of hvs-in, and service \"web\" takes "
                              "every tcp port of it")));
}

TEST_F(PlanTest, ALipThatIsTheHostsMainAddress) {
  config.lip_pools[0].addresses = {ip("10.20.0.1")};
  EXPECT_THAT(
      warnings(),
      ElementsAre(
          "LIP 10.20.0.1: it is the main address of hvs-in, and the kernel's own connections use ports "
          "32768-60999 of it, which overlap pool \"inside\": their replies would be taken. Use an address of "
          "its "
          "own as LIP, or run `sysctl -w net.ipv4.ip_local_port_range=\"1024 10239\"`"));
  machine.local_ports_low = 1024;
  machine.local_ports_high = 10239;
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(PlanTest, ServicesThatServeNobody) {
  config.services[0].dests[0].weight = 0;
  EXPECT_THAT(warnings(), IsEmpty());
  config.services[0].dests[1].weight = 0;
  EXPECT_THAT(
      warnings(),
      ElementsAre("services.web: no dest takes new connections. Add a dest, or raise a weight above 0"));
  config.services.clear();
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("there are none"),
                                      HasSubstr("no service or snat rule uses pool \"inside\"")));
}

TEST_F(PlanTest, ConnectionsOfIpv6AreLarger) {
  config.services[0].vip = ip("fd10::100");
  EXPECT_EQ(memory_need(config).connections, 262144U * 192);
}

TEST_F(PlanTest, AnythingMayBeMissing) {
  EXPECT_FALSE(make_plan(config, {}, {}, {}).text().empty());
  EXPECT_FALSE(make_plan({}, {}, {}, {}).text().empty());
  EXPECT_FALSE(make_plan({}, machine, ports, {}).text().empty());
}

TEST_F(PlanTest, TellsOfServicesByTheHundred) {
  const ServiceConfig web = config.services.front();
  config.services.clear();
  for (int i = 0; i < 101; ++i) {
    config.services.push_back(web);
    config.services.back().name = "s" + std::to_string(i);
  }
  const std::string text = make().text();
  EXPECT_THAT(text, HasSubstr("service s99"));
  EXPECT_THAT(text, testing::Not(HasSubstr("service s100")));
  EXPECT_THAT(text, HasSubstr("... and 1 more services"));
}

}  // namespace
}  // namespace hvs
