// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// hvsctl without a terminal: the library beneath it, and the binary against a server in this process.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "control/api/socket_file.h"
#include "hvsctl_fixture.h"

namespace hvs::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

using Words = std::vector<std::string>;

TEST_F(HvsctlTest, Status) {
  serve();
  EXPECT_EQ(ok("status"),
            "instance     demo (running)\n"
            "version      0.1.0\n"
            "process      4242, up 1d02h\n"
            "config       /etc/hvs/demo.yaml, generation 3\n"
            "workers      2\n"
            "ports        1\n"
            "services     2\n"
            "connections  12 of 262144\n"
            "unowned      70 steered, 8 passed, 9 held\n"
            "local ports  to one worker\n"
            "bpf maps     /sys/fs/bpf/hvs/demo\n");
  EXPECT_NE(ok("status --human").find("12 of 262k\n"), std::string::npos);
}

TEST_F(HvsctlTest, TablesAreAligned) {
  serve();
  EXPECT_EQ(
      ok("dests web"),
      "SERVICE  DEST           MODE     WEIGHT  MAX  FULL  ACTIVE  INACTIVE  CLIENTS  CONNS  PKTS-TO-DEST  "
      "BYTES-TO-DEST  "
      "PKTS-TO-CLIENT  BYTES-TO-CLIENT\n"
      "web      10.20.0.21:80  fullnat       1    -  -          2         1        0    400             4    "
      "   "
      "     600  "
      "             8             9000\n"
      "web      10.20.0.22:80  nat           3   10  yes        3         7        5    600             6    "
      "   "
      "     900  "
      "            12            21000\n");
  const auto services = lines_of(ok("--human services"));
  ASSERT_EQ(services.size(), 3U);
  EXPECT_EQ(words_of(services[1]),
            (Words{"web", "tcp", "10.10.0.100:80", "fullnat", "wrr", "inside", "2", "5", "9", "1.00k", "10",
                   "1.46KiB", "20", "29.3KiB", "4", "33", "1", "6"}));
  EXPECT_NE(services[2].find("[fd00::100]:53"), std::string::npos);
  EXPECT_NE(services[2].find("12.3M"), std::string::npos);
  EXPECT_EQ(services[0].size(), services[1].size());  // the last column is right-aligned
  EXPECT_EQ(services[0].size(), services[2].size());
  EXPECT_EQ(words_of(lines_of(ok("ports")).at(1)),
            (Words{"outside", "hvs-out", "af_xdp", "native", "up", "1", "1500", "02:00:00:00:00:01", "100",
                   "6400", "90", "5400", "1", "2", "3", "0", "-"}));
  EXPECT_EQ(words_of(lines_of(ok("workers")).at(2)),
            (Words{"1", "2", "6", "131072", "1001", "0", "0", "0", "0", "5", "0", "0", "0"}));
}

TEST_F(HvsctlTest, DropsShowWhatHappened) {
  serve();
  EXPECT_EQ(ok("drops"),
            "REASON    PACKETS  DESCRIPTION\n"
            "no_route       17  kernel has no route to the next hop\n");
  EXPECT_EQ(lines_of(ok("drops --all")).size(), kDropCount + 1);
  on_reactor([&] {
    for (auto& drop : backend_.drop_views) drop.packets = 0;
  });
  EXPECT_EQ(ok("drops"), "no drops\n");
}

TEST_F(HvsctlTest, EmptyTablesSaySo) {
  backend_.service_views.clear();
  backend_.dest_views.clear();
  backend_.port_views.clear();
  backend_.worker_views.clear();
  serve();
  EXPECT_EQ(ok("services"), "no services\n");
  EXPECT_EQ(ok("dests"), "no dests\n");
  EXPECT_EQ(ok("ports"), "no ports\n");
  EXPECT_EQ(ok("workers"), "no workers\n");
  EXPECT_EQ(ok("conns"), "no connections\n");
  EXPECT_EQ(ok("conns --json"), "");
}

TEST_F(HvsctlTest, Conns) {
  backend_.conns = 1000;
  serve();
  const auto lines = lines_of(ok("conns"));
  ASSERT_EQ(lines.size(), 1001U);
  EXPECT_EQ(words_of(lines[0]), (Words{"PROTO", "MODE", "CLIENT", "VIP", "LIP", "DEST", "STATE", "IDLE",
                                       "EXPIRES", "SERVICE", "WORKER"}));
  EXPECT_EQ(words_of(lines[3]),
            (Words{"tcp", "fullnat", "10.0.0.2:1026", "10.10.0.100:80", "10.20.0.10:10242", "10.20.0.22:8080",
                   "established", "0.0s", "900.0s", "web", "0"}));
  EXPECT_EQ(words_of(lines[2])[1], "nat");
  EXPECT_EQ(words_of(lines[2])[4], "-") << "mode nat has no local address";
  EXPECT_EQ(lines_of(ok("conns --service web --dest 10.20.0.21")).size(), 168U);
  EXPECT_EQ(lines_of(ok("conns --service 'dns \"x\"' --limit 3")).size(), 4U);
  EXPECT_EQ(lines_of(ok("conns --client 10.0.0.5 --proto udp")).size(), 2U);
  EXPECT_EQ(ok("conns --count"), "1000\n");
  EXPECT_EQ(ok("conns --count --proto tcp --json"), "{\"connections\":500}\n");
}

TEST_F(HvsctlTest, JsonIsTheApisOwn) {
  backend_.conns = 700;
  serve();
  for (const char* name : {"status", "services", "dests", "drops", "ports", "workers", "conns"}) {
    EXPECT_EQ(ok(std::string("--json ") + name), get(std::string("/v1/") + name).body) << name;
    EXPECT_EQ(ok(std::string(name) + " --json"), get(std::string("/v1/") + name).body) << name;
  }
  EXPECT_EQ(ok("config show"), "instance: demo\n");
  EXPECT_EQ(ok("reload --json"), ask("POST", "/v1/reload").body);
}

TEST_F(HvsctlTest, Reload) {
  serve();
  EXPECT_EQ(ok("reload"),
            "reloaded, generation 4\n  service web: dest 10.20.0.23:80 added\n"
            "  edit undone, which was not saved to the file: service ftp added\n"
            "  warning: no such address\n");
  on_reactor([&] { backend_.reload_failure = Error{"no such scheduler", "demo.yaml:7:5", "use rr"}; });
  const Ran ran = shell("reload");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "hvsctl: demo.yaml:7:5: no such scheduler. use rr\n");
}

TEST_F(HvsctlTest, RefusalsExitWith1) {
  serve();
  Ran ran = shell("dests nope");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "hvsctl: SERVICE: there is no service 'nope'. `hvsctl services` lists them\n");
  ran = shell("conns --client 1.2.3");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err.find("hvsctl: --client: '1.2.3' is no valid value"), 0U) << ran.err;
  EXPECT_EQ(shell("status 2>/dev/null >/dev/full; exit $?; :").status, 1);
}

TEST_F(HvsctlTest, WithoutADaemonExitsWith3) {
  const auto refused = [&](const std::string& arguments, const std::string& text) {
    const Ran ran = shell(arguments);
    EXPECT_EQ(ran.status, 3) << arguments;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find(text), std::string::npos) << arguments << ": " << ran.err;
  };
  refused("status", "no instance is running");
  refused("--instance demo status", "systemctl status hvsd@demo");
  refused("--socket /nonexistent/x.sock status", "there is no such socket");
  refused("--socket " + std::string(200, 'x') + " status", "");
  // A socket on which nobody listens.
  const auto stale = dir_.path() / "stale" / "api.sock";
  std::filesystem::create_directory(stale.parent_path());
  {
    auto file = SocketFile::listen(stale);
    ASSERT_TRUE(file.ok());
    std::filesystem::create_hard_link(stale, stale.string() + ".kept");
  }
  std::filesystem::rename(stale.string() + ".kept", stale);
  refused("status", "stale left a socket behind");
  refused("--instance stale status", "no daemon listens on the socket");
  refused("--instance stale status", "systemctl status hvsd@stale");
}

TEST_F(HvsctlTest, FindsTheOneInstanceOrListsThem) {
  serve();
  EXPECT_NE(ok("status").find("demo"), std::string::npos);
  std::filesystem::create_directory(dir_.path() / "other");
  auto other = SocketFile::listen(dir_.path() / "other" / "api.sock");
  ASSERT_TRUE(other.ok());
  const Ran ran = shell("status");
  EXPECT_EQ(ran.status, 3);
  EXPECT_NE(ran.err.find("several instances are running: demo, other. choose one with --instance NAME"),
            std::string::npos)
      << ran.err;
  EXPECT_NE(ok("--instance demo status").find("demo"), std::string::npos);
  EXPECT_NE(ok("status --socket " + path_).find("demo"), std::string::npos);
  setenv("HVS_INSTANCE", "demo", 1);
  EXPECT_NE(ok("status").find("demo"), std::string::npos);
  setenv("HVS_INSTANCE", "nobody", 1);
  EXPECT_EQ(shell("status").status, 3);
  EXPECT_NE(ok("--instance demo status").find("demo"), std::string::npos) << "the option goes first";
  unsetenv("HVS_INSTANCE");
}

TEST_F(HvsctlTest, AReaderThatLeavesIsNoError) {
  backend_.conns = 200000;
  serve();
  const auto out = scratch_.path() / "head";
  const auto err = scratch_.path() / "head.err";
  for (const char* prefix : {"", "trap '' PIPE; "}) {  // killed by SIGPIPE, and writing into a closed pipe
    const std::string line = std::string(prefix) + "{ " + HVSCTL_PATH + " conns 2>" + err.string() +
                             "; } | head -n 3 >" + out.string();
    ASSERT_EQ(std::system(("bash -c \"" + line + "\"").c_str()), 0);
    EXPECT_EQ(lines_of(slurp(out)).size(), 3U);
    EXPECT_EQ(slurp(err), "");
    EXPECT_TRUE(eventually([&] { return backend_.scans_open == 0; }));
  }
  EXPECT_LT(backend_.drawn, 200000U);
}

TEST_F(HvsctlTest, FailureInMidStreamIsToldAfterTheRows) {
  backend_.conns = 1000;
  backend_.scan_fails_at = 600;
  serve();
  for (const char* arguments : {"conns", "conns --json"}) {
    const Ran ran = shell(arguments);
    EXPECT_EQ(ran.status, 1);
    EXPECT_GE(lines_of(ran.out).size(), 512U);
    EXPECT_EQ(ran.out.find("error"), std::string::npos);
    EXPECT_EQ(ran.err, "hvsctl: workers: worker 1 is gone. restart\n");
  }
}

TEST_F(HvsctlTest, ServerThatStopsInMidStreamIsAnError) {
  backend_.conns = 4000000000;
  serve();
  std::thread stopper([&] {
    eventually([&] { return backend_.drawn > 1000; });
    stop();
  });
  const Ran ran = shell("conns");
  stopper.join();
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("in the middle of its answer"), std::string::npos) << ran.err;
}

TEST_F(HvsctlTest, WatchRepeatsUntilTheDaemonIsGone) {
  serve();
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    stop();
  });
  const Ran ran = shell("--watch 0.2 drops");
  stopper.join();
  EXPECT_EQ(ran.status, 3);
  EXPECT_NE(ran.out.find("\n\nREASON"), std::string::npos);
  EXPECT_EQ(ran.out.find('\033'), std::string::npos);  // not a terminal
}

}  // namespace
}  // namespace hvs::test
