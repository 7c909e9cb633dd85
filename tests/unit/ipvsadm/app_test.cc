// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// The whole front against a server in this process whose edits are the daemon's.
#include "tools/ipvsadm/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>

#include "control/config/config_file.h"
#include "tests/unit/api/api_fixture.h"

namespace hvs::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Said {
  int status = -1;
  std::string out;
  std::string err;
};

class IpvsadmTest : public ApiTest {
 protected:
  IpvsadmTest() {
    setenv("HVS_RUN_DIR", dir_.path().c_str(), 1);
    unsetenv("HVS_INSTANCE");
    backend_.config = *parse_config(
        "ports: [{device: eth0}]\nlip_pools: [{name: inside, addresses: [10.0.0.10, 'fd20::10']}]\n",
        "start");
    backend_.yaml = config_to_yaml(backend_.config);
    backend_.service_views.clear();
    backend_.dest_views.clear();
    serve();
  }
  ~IpvsadmTest() override { unsetenv("HVS_RUN_DIR"); }

  Said say(const std::string& line, const std::string& input = {}) {
    std::istringstream split(line);
    std::istringstream in(input);
    char* out_text = nullptr;
    char* err_text = nullptr;
    std::size_t out_size = 0;
    std::size_t err_size = 0;
    std::FILE* out = open_memstream(&out_text, &out_size);
    std::FILE* err = open_memstream(&err_text, &err_size);
    Said said;
    said.status = ipvs::run({std::istream_iterator<std::string>(split), {}}, in, out, err);
    std::fclose(out);
    std::fclose(err);
    said.out.assign(out_text, out_size);
    said.err.assign(err_text, err_size);
    std::free(out_text);
    std::free(err_text);
    return said;
  }
  std::string ok(const std::string& line, const std::string& input = {}) {
    const Said said = say(line, input);
    EXPECT_EQ(said.status, 0) << line << "\n" << said.err;
    EXPECT_EQ(said.err, "") << line;
    return said.out;
  }
  Config config() {
    Config now;
    on_reactor([&] { now = backend_.config; });
    return now;
  }
};

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
  EXPECT_EQ(ok("-L -n"), ok("-l -n -t 192.0.2.10:80"));
  ok("-Z -t 192.0.2.10:80");
  on_reactor([&] { EXPECT_EQ(backend_.zeroed, std::vector<std::string>{"tcp:192.0.2.10:80"}); });
  ok("-D -t 192.0.2.10:80");
  EXPECT_TRUE(config().services.empty());
}

TEST_F(IpvsadmTest, LocalAddressesAsInDpvs) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-A -t 192.0.2.11:80 -s rr");
  ok("-P -t 192.0.2.10:80 -z 10.0.0.30");
  ok("-P -t 192.0.2.11:80 -z 10.0.0.30");
  EXPECT_THAT(ok("-G -n -t 192.0.2.10:80"), HasSubstr("192.0.2.10:80        1        \n"
                                                      "                              10.0.0.30 "));
  EXPECT_EQ(config().lip_pools.size(), 3U);
  ok("-Q -t 192.0.2.10:80 -z 10.0.0.30");
  EXPECT_EQ(config().services[0].lip_pool, "inside");
  const Said twice = say("-P -t 192.0.2.11:80 -z 10.0.0.30");
  EXPECT_EQ(twice.status, 255);
  EXPECT_THAT(twice.err, HasSubstr("10.0.0.30 is in pool \"tcp:192.0.2.11:80\" already"));
}

TEST_F(IpvsadmTest, TimeoutsAreSetAndShown) {
  EXPECT_EQ(ok("-L --timeout"), "Timeout (tcp tcpfin udp): 900 7 300\n");
  ok("--set 1200 0 60");
  EXPECT_EQ(ok("-L --timeout"), "Timeout (tcp tcpfin udp): 1200 7 60\n");
}

TEST_F(IpvsadmTest, ConnectionsAreListed) {
  on_reactor([&] { backend_.conns = 2; });
  EXPECT_EQ(ok("-Lcn"),
            "IPVS connection entries\n"
            "pro expire state       source             virtual            destination\n"
            "TCP 15:00  ESTABLISHED 10.0.0.0:1024      10.10.0.100:80     10.20.0.21:8080\n"
            "UDP 15:00  UDP         10.0.0.1:1025      [fd00::100]:80     10.20.0.22:8080\n");
}

TEST_F(IpvsadmTest, RefusalsHaveTheStatusOfIpvsadm) {
  ok("-A -t 192.0.2.10:80 -s rr");
  const Said again = say("-A -t 192.0.2.10:80 -s rr");
  EXPECT_EQ(again.status, 255);
  EXPECT_EQ(again.err,
            "hvs-ipvsadm: there is a service tcp 192.0.2.10:80 already: tcp:192.0.2.10:80. Edit it "
            "(edit_service), or delete it first\n");
  EXPECT_EQ(say("-D -t 192.0.2.11:80").status, 255);
  EXPECT_EQ(say("-d -t 192.0.2.10:80 -r 10.0.0.21").status, 255);
  EXPECT_EQ(say("-L -n -t 192.0.2.11:80").status, 1);
  EXPECT_EQ(say("-a -t 192.0.2.10:80 -r 10.0.0.21 -i").status, 2);
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
           {"-a -t 192.0.2.20:80 -r 10.0.0.21:80 -b\n", "line 4: service tcp:192.0.2.20:80 has the dest"},
           {"\n# comment\n-A -t 192.0.2.21:80 -s rrr\n", "line 6: services[1].scheduler: \"rrr\""},
           {"-a -t 192.0.2.20:80 -r 10.0.0.22:80 -i\n", "line 4: tunnelling (-i) is not available yet"},
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

/// Whatever can be set through commands comes back out of -S as commands that set it again.
TEST_F(IpvsadmTest, WhatIsSavedRestoresTheSame) {
  std::mt19937 random(7);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int round = 0; round < 40; ++round) {
    std::string script = "-C\n";
    for (unsigned s = 0, services = below(6); s < services; ++s) {
      const bool v6 = below(3) == 0;
      const std::string host = std::to_string(s + 1);
      const std::string port = std::to_string(1 + below(9000));
      std::string service = below(2) ? "-t " : "-u ";
      service += v6 ? "[fd10::" : "192.0.2.";
      service += host;
      service += v6 ? "]:" : ":";
      service += port;
      script += "-A " + service + " -s " + (below(2) ? "rr" : "wrr") + "\n";
      for (unsigned l = 0, lips = below(3); l < lips; ++l) {
        script += "-P " + service + " -z " + (v6 ? "fd30::" : "10.0.30.") + std::to_string(1 + l) + "\n";
      }
      for (unsigned d = 0, dests = below(4); d < dests; ++d) {
        const std::string server = std::to_string(21 + d);
        const bool direct = below(3) == 0;  // and so to the service's port
        script += "-a " + service + " -r " + (v6 ? "[fd20::" + server + "]:" : "10.0.0." + server + ":") +
                  (direct ? port : std::to_string(1 + below(9000))) +
                  (direct     ? " -g"
                   : below(2) ? " -m"
                              : " -b") +
                  " -w " + std::to_string(below(65536)) + "\n";
      }
    }
    ok("-R", script);
    const std::string saved = ok("-S -n");
    ok("-C");
    ok("-R", saved);
    ASSERT_EQ(ok("-S -n"), saved) << script;
    const Config direct = config();
    ok("-C");
    ok("-R", saved);
    ASSERT_EQ(config(), direct) << script;
  }
}

}  // namespace
}  // namespace hvs::test
