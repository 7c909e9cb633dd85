// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// The whole front against a server in this process whose edits are the daemon's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <random>
#include <sstream>
#include <tuple>

#include "control/config/config_file.h"
#include "tests/unit/ipvsadm/app_fixture.h"
#include "tools/ipvsadm/listing.h"

namespace hvs::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(IpvsadmTest, AServiceIsBuiltAndTakenDown) {
  EXPECT_EQ(ok("-A -t 192.0.2.10:80 -s wrr"), "");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -b -w 2");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.22:8080 -b");
  ok("-e -t 192.0.2.10:80 -r 10.0.0.22:8080 -b -w 0");
  ok("-E -t 192.0.2.10:80 -s rr");
  ok("-d -t 192.0.2.10:80 -r 10.0.0.21");
  EXPECT_THAT(ok("-Ln"),
              HasSubstr("TCP  192.0.2.10:80 rr\n"
                        "  -> 10.0.0.22:8080               FullNat 0      0          0         \n"));
  const std::string table = ok("-L -n");
  EXPECT_EQ(table.substr(table.find('\n') + 1), ok("-l -n -t 192.0.2.10:80"));  // without the line about all
  ok("-Z -t 192.0.2.10:80");
  on_reactor([&] { EXPECT_EQ(backend_.zeroed, std::vector<std::string>{"tcp:192.0.2.10:80"}); });
  ok("-D -t 192.0.2.10:80");
  EXPECT_TRUE(config().services.empty());
}

TEST_F(IpvsadmTest, ServersThatAreRoutedOrTunnelledToHaveTheServicesPort) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21:8080 -g");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.22:8080");  // -g is what is taken when nothing is said
  ok("-a -t 192.0.2.10:80 -r 10.0.0.23:8080 -i");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.24:8080 -m");
  ok("-e -t 192.0.2.10:80 -r 10.0.0.23:8081 -i -w 5");
  EXPECT_EQ(ok("-S -n"),
            "-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.0.0.21:80 -g -w 1\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.22:80 -g -w 1\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.23:80 -i -w 5 --tun-type ipip\n"
            "-a -t 192.0.2.10:80 -r 10.0.0.24:8080 -m -w 1\n");
  EXPECT_EQ(say("-d -t 192.0.2.10:80 -r 10.0.0.21:8080").status, 255) << "as the kernel: no such destination";
  ok("-d -t 192.0.2.10:80 -r 10.0.0.24:8080");
}

TEST_F(IpvsadmTest, ServersOfAServiceOnSeveralPorts) {
  on_reactor([&] {
    backend_.config = *parse_config(
        "ports: [{device: eth0}]\nservices: [{name: web, vip: 192.0.2.10, port: [80, 443], mode: nat,\n"
        "dests: [{address: 10.0.0.21}, {address: 10.0.0.22, port: 80}]}]\n",
        "start");
    backend_.yaml = config_to_yaml(backend_.config);
  });
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -m -w 0");
  ok("-e -t 192.0.2.10:80 -r 10.0.0.22:80 -m -w 2");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.23:0 -m");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.24");
  EXPECT_THAT(ok("-Ln"),
              HasSubstr("TCP  192.0.2.10:80 rr\n"
                        "  -> 10.0.0.21:0                  Masq    0      0          0         \n"
                        "  -> 10.0.0.22:80                 Masq    2      0          0         \n"
                        "  -> 10.0.0.23:0                  Masq    1      0          0         \n"
                        "  -> 10.0.0.24:0                  Route   1      0          0         \n"));
  ok("-d -t 192.0.2.10:80 -r 10.0.0.21");
  ok("-d -t 192.0.2.10:80 -r 10.0.0.24:0");
  EXPECT_EQ(say("-d -t 192.0.2.10:80 -r 10.0.0.23:80").status, 255);
  EXPECT_EQ(config().services.front().dests.size(), 2U);
}

TEST_F(IpvsadmTest, AnEditSaysEverythingAnew) {
  ok("-A -t 192.0.2.10:80 -s mh -b mh-port --mh-table-size 251");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gue --tun-port 7000 --tun-csum -x 10 -y 5");
  EXPECT_THAT(ok("-Ln --tun-info"), HasSubstr("TCP  192.0.2.10:80 mh (mh-port)\n"
                                              "  -> 10.0.0.21:80                 Tunnel  gue:7000:+c "));
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gre -x 20");
  EXPECT_THAT(ok("-S -n"), HasSubstr(" -i -w 1 -x 20 --tun-type gre\n"));
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -m");
  EXPECT_THAT(ok("-S -n"), HasSubstr(" -m -w 1\n"));
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -i");
  EXPECT_THAT(ok("-S -n"), HasSubstr(" -i -w 1 --tun-type ipip\n"));
  ok("-E -t 192.0.2.10:80");
  EXPECT_THAT(ok("-S -n"), StartsWith("-A -t 192.0.2.10:80 -s wlc\n"));
}

TEST_F(IpvsadmTest, WarningsOfTheDaemonAreShown) {
  on_reactor([&] { backend_.edit_warnings = {"VIP 192.0.2.10: nobody has it", "and so on"}; });
  for (const auto& [line, input] : {std::pair("-A -t 192.0.2.10:80", ""), std::pair("-R", "-C\n")}) {
    const Said said = say(line, input);
    EXPECT_EQ(said.status, 0);
    EXPECT_EQ(said.err,
              "hvs-ipvsadm: warning: VIP 192.0.2.10: nobody has it\nhvs-ipvsadm: warning: and so on\n");
  }
}

TEST_F(IpvsadmTest, AServiceThatIsAddedGetsItsServersLater) {
  on_reactor([&] {
    backend_.edit_warnings = {"services.web: no dest takes new connections. Add a dest", "and so on"};
  });
  EXPECT_EQ(say("-A -t 192.0.2.10:80", "").err, "hvs-ipvsadm: warning: and so on\n");
  EXPECT_EQ(say("-R", "-C\n").err,
            "hvs-ipvsadm: warning: services.web: no dest takes new connections. Add a dest\n"
            "hvs-ipvsadm: warning: and so on\n");
}

TEST_F(IpvsadmTest, TimeoutsAreSetAndShown) {
  EXPECT_EQ(ok("-L --timeout"), "Timeout (tcp tcpfin udp): 900 60 300\n");
  ok("--set 1200 0 60");
  EXPECT_EQ(ok("-L --timeout"), "Timeout (tcp tcpfin udp): 1200 60 60\n");
}

TEST_F(IpvsadmTest, TimeoutsAreAsLongAsThoseOfIpvsadm) {
  ok("--set 2678400 2678400 2678400");
  EXPECT_EQ(ok("-L --timeout"), "Timeout (tcp tcpfin udp): 2678400 2678400 2678400\n");
  ok("-A -t 192.0.2.10:80 -p 2678400");
  EXPECT_THAT(ok("-Ln"), HasSubstr("persistent 2678400\n"));
  EXPECT_EQ(config().services.front().persistence->timeout, std::chrono::seconds(2678400));
}

TEST_F(IpvsadmTest, ConnectionsAreListed) {
  on_reactor([&] { backend_.conns = 2; });
  EXPECT_EQ(ok("-Lcn"),
            "IPVS connection entries\n"
            "pro expire state       source             virtual            destination\n"
            "TCP 15:00  ESTABLISHED 10.0.0.0:1024      10.10.0.100:80     10.20.0.21:8080\n"
            "UDP 15:00  UDP         10.0.0.1:1025      [fd00::100]:80     10.20.0.22:8080\n");
}

TEST_F(IpvsadmTest, PersistentClientsAreListedWithConnections) {
  on_reactor([&] {
    backend_.conns = 1;
    backend_.templates = 2;
  });
  const std::string rows =
      "TCP 15:00  ESTABLISHED 10.0.0.0:1024      10.10.0.100:80     10.20.0.21:8080\n"
      "TCP 05:00  NONE        198.51.0.0:0       10.10.0.100:80     10.20.0.21:8080\n"
      "TCP 05:00  NONE        198.51.0.1:0       10.10.0.100:0      10.20.0.21:0\n";
  EXPECT_EQ(ok("-Lcn"), ipvs::connections_heading() + rows);
  EXPECT_EQ(ok("-Lcn --persistent-conn"), ipvs::connections_heading(true) + rows);
}

TEST_F(IpvsadmTest, RefusalsHaveTheStatusOfIpvsadm) {
  ok("-A -t 192.0.2.10:80 -s rr");
  const Said again = say("-A -t 192.0.2.10:80 -s rr");
  EXPECT_EQ(again.status, 255);
  EXPECT_EQ(again.err,
            "hvs-ipvsadm: there is a service -t 192.0.2.10:80 already. Edit it (-E), or delete it first\n");
  EXPECT_EQ(say("-D -t 192.0.2.11:80").status, 255);
  EXPECT_EQ(say("-d -t 192.0.2.10:80 -r 10.0.0.21").status, 255);
  EXPECT_EQ(say("-L -n -t 192.0.2.11:80").status, 1);
  EXPECT_EQ(say("-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-remcsum").status, 2);
  EXPECT_EQ(say("-A -t 192.0.2.11:80 -s rr -b sh-port").status, 2);
  EXPECT_EQ(say("-a -t 192.0.2.10:80 -r 10.0.0.21 -m -y 5").status, 255) << "as the kernel: -y without -x";
  EXPECT_EQ(say("-L --instance nobody").status, 2);
  setenv("HVS_INSTANCE", "nobody", 1);
  EXPECT_EQ(say("-L -n").status, 2);
  EXPECT_EQ(say("-L -n --instance demo").status, 0) << "the option goes before the environment";
  unsetenv("HVS_INSTANCE");
  EXPECT_THAT(ok("-h"), StartsWith("hvs-ipvsadm: "));
  EXPECT_THAT(ok("-v"), StartsWith("hvs-ipvsadm "));
}

TEST_F(IpvsadmTest, UnknownSchedulerIsRefusedByName) {
  const Said said = say("-A -t 192.0.2.10:80 -s nonesuch");
  EXPECT_EQ(said.status, 255);
  EXPECT_THAT(said.err, HasSubstr("nonesuch"));
  EXPECT_THAT(said.err, HasSubstr("rr, wrr"));
}

TEST_F(IpvsadmTest, RestoreIsOneTransaction) {
  ok("-A -t 192.0.2.10:80 -s rr");
  const Config before = config();
  const std::string good = "-C\n-A -t 192.0.2.20:80 -s rr\n-a -t 192.0.2.20:80 -r 10.0.0.21:80 -b -w 1\n";
  for (const auto& [bad, line] : std::vector<std::pair<std::string, std::string>>{
           {"-a -t 192.0.2.20:80 -r 10.0.0.21:80 -b\n",
            "line 4: service -t 192.0.2.20:80 has the real server"},
           {"\n# comment\n-A -t 192.0.2.21:80 -s rrr\n", "line 6: -s (--scheduler): \"rrr\""},
           {"-a -t 192.0.2.20:80 -r 10.0.0.22:80 -i --tun-type gue\n",
            "line 4: --tun-type gue needs --tun-port"},
           {"-A -t 192.0.2.21:80 -s rr -b mh-port\n", "line 4: -b (--sched-flags): scheduler rr has no flag"},
           {"frob\n", "line 4: 'frob' is no command"}}) {
    const Said said = say("-R", good + bad);
    EXPECT_NE(said.status, 0) << bad;
    EXPECT_THAT(said.err, StartsWith("hvs-ipvsadm: " + line));
    EXPECT_THAT(said.err, HasSubstr("nothing was changed"));
    EXPECT_EQ(config(), before) << bad;
  }
  ok("-R", good);
  EXPECT_EQ(config().services.size(), 1U);
  EXPECT_EQ(config().services[0].vip.text(), "192.0.2.20");
}

/// Scripts of random commands, with everything that they can set.
class Scripts {
 public:
  std::string next() {
    std::string script = "-C\n";
    for (unsigned s = 0, services = below(6); s < services; ++s) script += service(s);
    return script;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string one_of(std::initializer_list<const char*> words) {
    return words.begin()[random_() % words.size()];
  }

  std::string service(unsigned number) {
    const bool v6 = below(3) == 0;
    const std::string port = std::to_string(1 + below(9000));
    const std::string key = one_of({"-t ", "-u "}) + (v6 ? "[fd10::" : "192.0.2.") +
                            std::to_string(number + 1) + (v6 ? "]:" : ":") + port;
    std::string script = "-A " + key + " -s " + scheduler() + "\n";
    for (unsigned l = 0, lips = below(3); l < lips; ++l) {
      script += "-P " + key + " -z " + (v6 ? "fd30::" : "10.0.30.") + std::to_string(1 + l) + "\n";
    }
    for (unsigned d = 0, dests = below(4); d < dests; ++d)
      script += "-a " + key + " -r " + server(d, v6, port);
    return script;
  }
  std::string server(unsigned number, bool v6, const std::string& service_port) {
    const std::string mode = one_of({"-g", "-m", "-b", "-i"});
    if (mode == "-i" && below(2) == 0) v6 = !v6;
    const bool port_stays = mode == "-g" || mode == "-i";
    const std::string port = port_stays ? service_port : std::to_string(1 + below(9000));
    return (v6 ? "[fd20::" : "10.0.0.") + std::to_string(21 + number) + (v6 ? "]:" : ":") + port + " " +
           mode + " -w " + std::to_string(below(65536)) + bounds() + (mode == "-i" ? tunnel() : "") + "\n";
  }
  std::string scheduler() {
    const std::string name = one_of({"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo",
                                     "ovf", "mh", "conhash", "sh", "mh"});
    std::string flags;
    if (name == "sh" || name == "mh")
      flags = one_of({"", "*-port", "*-fallback", "*-port,*-fallback", "flag-1"});
    if (name == "conhash") flags = one_of({"", "*-port"});
    for (std::size_t at; (at = flags.find('*')) != std::string::npos;) flags.replace(at, 1, name);
    return name + (flags.empty() ? "" : " -b " + flags) +
           (name == "mh" ? one_of({"", " --mh-table-size 251", " --mh-table-size 65537"}) : "");
  }
  std::string bounds() {
    if (below(2) == 0) return {};
    const unsigned most = 1 + below(100000);
    return " -x " + std::to_string(most) + (below(2) == 0 ? " -y " + std::to_string(below(most + 1)) : "");
  }
  std::string tunnel() {
    const std::string checksum = one_of({"", " --tun-csum", " --tun-nocsum"});
    switch (below(4)) {
      case 0: return {};
      case 1: return " --tun-type ipip";
      case 2: return " --tun-type gre" + checksum;
      default:
        return " --tun-type gue --tun-port " + std::to_string(1 + below(65535)) + checksum +
               one_of({"", " --gue-variant 0", " --gue-variant 1"});
    }
  }

  std::mt19937 random_{7};
};

bool has_several_modes(const ServiceConfig& s) {
  return std::any_of(s.dests.begin(), s.dests.end(),
                     [&](const DestConfig& dest) { return dest.mode != s.dests.front().mode; });
}

/// Whatever can be set through commands comes back out of -S as commands that set it again.
TEST_F(IpvsadmTest, WhatIsSavedRestoresTheSame) {
  Scripts scripts;
  const auto sorted = [](Config c) {
    std::sort(c.services.begin(), c.services.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(c.lip_pools.begin(), c.lip_pools.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (ServiceConfig& s : c.services) {
      std::sort(s.dests.begin(), s.dests.end(), [](const auto& a, const auto& b) {
        return std::tie(a.address, a.port) < std::tie(b.address, b.port);
      });
      // -S sorts real servers, and so another of several modes may come first.
      if (has_several_modes(s)) s.mode = ForwardingMode::fullnat;
    }
    return c;
  };
  for (int round = 0; round < 80; ++round) {
    const std::string script = scripts.next();
    ok("-R", script);
    const Config direct = sorted(config());
    const std::string saved = ok("-S -n");
    ok("-C");
    ok("-R", saved);
    ASSERT_EQ(ok("-S -n"), saved) << script;
    ASSERT_EQ(sorted(config()), direct) << script << saved;
  }
}

}  // namespace
}  // namespace hvs::test
