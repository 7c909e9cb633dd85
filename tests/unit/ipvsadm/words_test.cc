// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// What the daemon refuses, as those read it who typed a command.
#include "tools/ipvsadm/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "control/config/config_file.h"
#include "control/config/edit.h"

namespace hvs::ipvs {
namespace {

class IpvsWords : public testing::Test {
 protected:
  IpvsWords()
      : config_(*parse_config(R"(
ports: [{device: eth0}]
lip_pools: [{name: inside, addresses: [10.0.0.10, 'fd20::10']}]
services:
  - {name: "tcp:192.0.2.10:80", vip: 192.0.2.10, port: 80, lip_pool: inside, dests: [{address: 10.0.0.21}]}
  - {name: "udp:[fd10::1]:53", vip: "fd10::1", protocol: udp, port: 53, one_packet: true, mode: nat, lip_pool: inside}
)",
                              "test")) {}

  /// What the command's operation is refused with.
  std::string refusal(const std::string& line) {
    std::istringstream in(line);
    const auto command = parse_command({std::istream_iterator<std::string>(in), {}});
    if (!command) return "parse: " + command.error().text;
    const auto edits = edits_of(*command);
    if (!edits) return "no edits";
    const auto edited = edit_config(config_, nlohmann::ordered_json(*edits).dump());
    if (edited) return "done";
    Error error = in_words_of(*command, edited.error());
    EXPECT_EQ(error.where, "operation 1") << line;
    error.where.clear();
    return error.message();
  }

 private:
  Config config_;
};

TEST_F(IpvsWords, RefusalsSpeakOfOptions) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"-A -t 192.0.2.10:80",
       "there is a service -t 192.0.2.10:80 already. Edit it (-E), or delete it first"},
      {"-E -u [fd10::2]:53", "there is no service -u [fd10::2]:53. Add it first, or see `hvs-ipvsadm -Ln`"},
      {"-A -t 192.0.2.11:80 --lip-pool none", "--lip-pool: no pool is called \"none\". Known are: inside"},
      {"-d -t 192.0.2.10:80 -r 10.0.0.22",
       "service -t 192.0.2.10:80 has no real server 10.0.0.22:80. Add it first, or see `hvs-ipvsadm -Ln`"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -m",
       "service -t 192.0.2.10:80 has the real server 10.0.0.21:80 already. Edit it (-e), or delete it first"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.22 -w 70000",
       "-w (--weight): \"70000\" is out of range. Allowed: 0 to 65535"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.22 -x 4 -y 5",
       "-y (--l-threshold): 5 is more than -x, 4. Use at most -x"},
      {"-a -t 192.0.2.10:80 -r 192.0.2.10:90 -m",
       "-r: 192.0.2.10 is the VIP of service -t 192.0.2.10:80 of this instance. Name the address of a real "
       "server, which is another host"},
      {"-a -u [fd10::1]:53 -r fd20::5 -b",
       "-r fd20::5: mode fullnat does not go with -o: each datagram would take a local port. Use mode nat, "
       "dr "
       "or tunnel, or leave -o out"},
      {"-P -t 192.0.2.10:80 -z 224.0.0.1",
       "-z: 224.0.0.1 is a multicast address. Use unicast addresses of this host"},
      {"-A -t 10.0.0.10:20000",
       "-t: 10.0.0.10:20000 is a local port of pool \"inside\". Choose a port outside of 10240-65535, or "
       "another address"},
  };
  for (const auto& [line, said] : cases) EXPECT_EQ(refusal(line), said) << line;
}

TEST(IpvsWordsOfScripts, AreThoseOfTheLinesCommand) {
  const auto read = read_script("-A -t 192.0.2.10:80\n\n-a -t 192.0.2.10:80 -r 10.0.0.21 -w 70000\n");
  ASSERT_FALSE(read.error);
  const Error error = in_terms_of_lines(
      read.script, {"services[0].dests[3].weight: \"70000\" is out of range", "operation 2", ""});
  EXPECT_EQ(error.message(), "line 3: -w (--weight): \"70000\" is out of range");
}

}  // namespace
}  // namespace hvs::ipvs
