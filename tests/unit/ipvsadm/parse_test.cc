// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Command lines as values, and those that are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/ipvsadm/edits.h"
#include "tools/ipvsadm/words.h"

namespace hvs::ipvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

/// What a command line comes to, as the API's operations.
std::string operations(const std::string& line) {
  const auto command = parse_command(words(line));
  if (!command) return "refused: " + command.error().text;
  const auto edits = edits_of(*command);
  return edits ? nlohmann::ordered_json(*edits).dump() : "refused: " + edits.error().message();
}

TEST(IpvsParse, CommandsBecomeOperations) {
  const std::string web = R"({"protocol":"tcp","vip":"192.0.2.10","port":80})";
  const std::string dns = R"({"protocol":"udp","vip":"fd10::100","port":53})";
  const std::string no_bounds = R"("max_conn":null,"min_conn":null)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"-A -t 192.0.2.10:80 -s rr",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"tcp","vip":"192.0.2.10","port":80,"scheduler":"rr"}}])"},
      {"-A -t 192.0.2.10:80",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"tcp","vip":"192.0.2.10","port":80,"scheduler":"wlc"}}])"},
      {"--add-service --tcp-service 192.0.2.10:http --scheduler=wrr --lip-pool inside",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"tcp","vip":"192.0.2.10","port":80,"scheduler":"wrr","lip_pool":"inside"}}])"},
      {"-A -t 192.0.2.10:80 -s rr -j disable",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"tcp","vip":"192.0.2.10","port":80,"scheduler":"rr"}}])"},
      {"-A -t 192.0.2.10:80 --hash-target sip -s conhash",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"tcp","vip":"192.0.2.10","port":80,"scheduler":"conhash"}}])"},
      {"-A -u 192.0.2.10:53 -s rr -o",
       R"([{"op":"add_service","lips":"later","service":{"protocol":"udp","vip":"192.0.2.10","port":53,"scheduler":"rr","one_packet":true}}])"},
      {"-E -u [fd10::100]:53 -s rr",
       R"([{"op":"edit_service","service":)" + dns +
           R"(,"set":{"scheduler":"rr","scheduler_flags":null,"one_packet":null,"mh_table_size":null,"persistence":null}}])"},
      {"-D -t 192.0.2.10:80", R"([{"op":"delete_service","service":)" + web + "}]"},
      {"-C", R"([{"op":"flush"}])"},
      {"--clear", R"([{"op":"flush"}])"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21:8080 -b -w 3",
       R"([{"op":"add_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21","port":8080,"mode":"fullnat","weight":3},"lips":"later"}])"},
      {"-a -r 10.0.0.21 -bt192.0.2.10:80",
       R"([{"op":"add_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21","mode":"fullnat","weight":1},"lips":"later"}])"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -m",
       R"([{"op":"add_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21","mode":"nat","weight":1}}])"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21",
       R"([{"op":"add_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21","mode":"dr","weight":1}}])"},
      {"-e -t 192.0.2.10:80 -r 10.0.0.21 --gatewaying",
       R"([{"op":"edit_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21"},"set":{"mode":"dr","weight":1,)" +
           no_bounds + R"(,"tunnel":null}}])"},
      {"-e -t 192.0.2.10:80 -r 10.0.0.21 --fullnat -w0",
       R"([{"op":"edit_dest","service":)" + web +
           R"(,"service_mode":"as_only_dest","dest":{"address":"10.0.0.21"},"set":{"mode":"fullnat","weight":0,)" +
           no_bounds + R"(,"tunnel":null},"lips":"later"}])"},
      {"-d -u [fd10::100]:53 -r [fd20::21]:5353",
       R"([{"op":"delete_dest","service":)" + dns + R"(,"dest":{"address":"fd20::21","port":5353}}])"},
      {"-d -u [fd10::100]:53 -r fd20::21",
       R"([{"op":"delete_dest","service":)" + dns + R"(,"dest":{"address":"fd20::21"}}])"},
      {"-D -t 192.0.2.10:0",
       R"([{"op":"delete_service","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"}}])"},
      {"-D -u [fd10::100]:8000-8099",
       R"([{"op":"delete_service","service":{"protocol":"udp","vip":"fd10::100","port":"8000-8099"}}])"},
      {"-D -t 192.0.2.10",
       R"([{"op":"delete_service","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"}}])"},
      {"-d -t 192.0.2.10 -r 10.0.0.21",
       R"([{"op":"delete_dest","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"},"dest":{"address":"10.0.0.21"}}])"},
      {"-d -t 192.0.2.10:0 -r 10.0.0.21",
       R"([{"op":"delete_dest","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"},"dest":{"address":"10.0.0.21"}}])"},
      {"-d -t 192.0.2.10:0 -r 10.0.0.21:0",
       R"([{"op":"delete_dest","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"},"dest":{"address":"10.0.0.21"}}])"},
      {"-d -t 192.0.2.10:0 -r 10.0.0.21:80",
       R"([{"op":"delete_dest","service":{"protocol":"tcp","vip":"192.0.2.10","port":"any"},"dest":{"address":"10.0.0.21","port":80}}])"},
      {"-Z", R"([{"op":"zero"}])"},
      {"-Zt 192.0.2.10:80", R"([{"op":"zero","service":)" + web + "}]"},
      {"--set 900 0 60", R"([{"op":"set_timeouts","timeouts":{"tcp_established":900,"udp":60}}])"},
      {"--set 0 0 0", R"([{"op":"set_timeouts","timeouts":{}}])"},
      {"-P -t 192.0.2.10:80 -z 10.0.0.10",
       R"([{"op":"add_lips","service":)" + web + R"(,"addresses":["10.0.0.10"]}])"},
      {"--add-laddr -z 10.0.0.10 -t 192.0.2.10:80 -F dpdk0",
       R"([{"op":"add_lips","service":)" + web + R"(,"addresses":["10.0.0.10"]}])"},
      {"--add-laddr --laddr 10.0.0.10 --tcp-service 192.0.2.10:80 --ifname=dpdk0",
       R"([{"op":"add_lips","service":)" + web + R"(,"addresses":["10.0.0.10"]}])"},
      {"--del-laddr --local-address 10.0.0.10 -t 192.0.2.10:80",
       R"([{"op":"delete_lips","service":)" + web + R"(,"addresses":["10.0.0.10"]}])"},
  };
  for (const auto& [line, expected] : cases) EXPECT_EQ(operations(line), expected) << line;
}

/// The settings that an added service or dest gets besides its key, or that an edited one is given.
std::string settings(const std::string& line) {
  std::string said = operations(line);
  for (const std::string key : {R"("scheduler":)", R"("mode":)"}) {
    if (const std::size_t at = said.find(key); at != std::string::npos) return said.substr(at);
  }
  return said;
}

TEST(IpvsParse, SchedulersAndTheirFlags) {
  const std::string add = "-A -t 192.0.2.10:80 ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"-s sh -b sh-port", R"("scheduler":"sh","scheduler_flags":["port"]}}])"},
      {"-s sh -b sh-fallback,sh-port", R"("scheduler":"sh","scheduler_flags":["port","fallback"]}}])"},
      {"-s mh --sched-flags mh-fallback", R"("scheduler":"mh","scheduler_flags":["fallback"]}}])"},
      {"-s mh -b flag-1,flag-2", R"("scheduler":"mh","scheduler_flags":["port","fallback"]}}])"},
      {"-s conhash -b conhash-port", R"("scheduler":"conhash","scheduler_flags":["port"]}}])"},
      {"-b mh-port -s mh --mh-table-size 251",
       R"("scheduler":"mh","scheduler_flags":["port"],"mh_table_size":251}}])"},
  };
  for (const auto& [line, expected] : cases) EXPECT_EQ(settings(add + line), expected) << line;
  EXPECT_EQ(
      settings("-E -t 192.0.2.10:80 -s sh -b sh-port"),
      R"("scheduler":"sh","scheduler_flags":["port"],"one_packet":null,"mh_table_size":null,"persistence":null}}])");
  const std::vector<std::vector<std::string>> refused = {
      {"-s rr -b mh-port", "scheduler rr has no flag 'mh-port'", "leave -b out"},
      {"-s sh -b mh-port", "scheduler sh has no flag 'mh-port'", "sh-fallback, sh-port"},
      {"-s conhash -b conhash-fallback", "no flag 'conhash-fallback'", "It has conhash-port"},
      {"-s conhash -b flag-1", "no flag 'flag-1'", "It has conhash-port"},
      {"-s mh -b flag-3", "no flag 'flag-3'", "mh-fallback, mh-port"},
  };
  for (const auto& c : refused) {
    const std::string said = operations(add + c[0]);
    EXPECT_THAT(said, testing::StartsWith("refused: ")) << c[0];
    EXPECT_THAT(said, HasSubstr(c[1])) << c[0];
    EXPECT_THAT(said, HasSubstr(c[2])) << c[0];
  }
}

TEST(IpvsParse, AServiceOnAnyPortNeedNotSayItsPort) {
  const auto persistent = parse_command(words("-A -t 192.0.2.10 -s rr -p"));
  ASSERT_TRUE(persistent) << persistent.error().text;
  EXPECT_EQ(persistent->service->port, kAnyPort);
}

TEST(IpvsParse, BoundsAndTunnelsOfAServer) {
  const std::string add = "-a -t 192.0.2.10:80 -r 10.0.0.21 ";
  const std::string edit = "-e -t 192.0.2.10:80 -r 10.0.0.21 ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {add + "-m -x 100", R"("mode":"nat","weight":1,"max_conn":100}}])"},
      {add + "-m -x 100 -y 80", R"("mode":"nat","weight":1,"max_conn":100,"min_conn":80}}])"},
      {add + "-m -x 0 -y 0", R"("mode":"nat","weight":1}}])"},
      {edit + "-m -x 100", R"("mode":"nat","weight":1,"max_conn":100,"min_conn":null,"tunnel":null}}])"},
      {add + "-i", R"("mode":"tunnel","weight":1,"tunnel":{"type":"ipip"}}}])"},
      {add + "-i --tun-type gre", R"("mode":"tunnel","weight":1,"tunnel":{"type":"gre"}}}])"},
      {add + "-i --tun-type=gre --tun-csum -w 3",
       R"("mode":"tunnel","weight":3,"tunnel":{"type":"gre","checksum":"on"}}}])"},
      {add + "-i --tun-type gue --tun-port 6081 --tun-nocsum",
       R"("mode":"tunnel","weight":1,"tunnel":{"type":"gue","port":6081,"checksum":"off"}}}])"},
      {add + "--gue-variant 1 --tun-type gue --tun-port 6081 -i",
       R"("mode":"tunnel","weight":1,"tunnel":{"type":"gue","port":6081,"gue_variant":1}}}])"},
      {edit + "-i", R"("mode":"tunnel","weight":1,"max_conn":null,"min_conn":null,)"
                    R"("tunnel":{"type":"ipip","port":null,"checksum":null,"gue_variant":null}}}])"},
  };
  for (const auto& [line, expected] : cases) EXPECT_EQ(settings(line), expected) << line;
}

TEST(IpvsParse, WhatDoesNotExistIsRefusedByNameWithWhatToUseInstead) {
  const std::string service = "-A -t 192.0.2.10:80 ";
  const std::string server = "-a -t 192.0.2.10:80 -r 10.0.0.21 ";
  const std::vector<std::vector<std::string>> cases = {
      {"-A -f 1", "-f (--fwmark-service)", "`vips` and `port`"},
      {"-A -f 1 -6", "-f (--fwmark-service)", "netfilter"},
      {"-A -t 192.0.2.10:80 --pe sip", "--pe", "use -p"},
      {"-A -t 192.0.2.10", "any port", "name a port"},
      {"-E -t 192.0.2.10 -s rr", "any port", "name a port"},
      {"-A -t 192.0.2.10:90-80", "90-80", "neither a port"},
      {server + "-i --tun-remcsum", "--tun-remcsum", "use --tun-csum"},
      {service + "-s conhash --hash-target qid", "--hash-target", "use sip"},
      {service + "-j enable", "-j (--synproxy)", "leave it out"},
      {"-A -s rr -H proto=tcp,src-range=10.0.0.1-10.0.0.9,oif=dpdk1", "-H (--match)", "`snat`"},
      {server + "-J", "-J (--snat)", "add_snat"},
      {"-L --daemon", "--daemon", "not synchronised"},
      {"--start-daemon master", "--start-daemon", "not synchronised"},
      {"--stop-daemon backup", "--stop-daemon", "not synchronised"},
  };
  for (const auto& c : cases) {
    const std::string said = operations(c[0]);
    EXPECT_THAT(said, testing::StartsWith("refused: ")) << c[0];
    EXPECT_THAT(said, HasSubstr(c[1])) << c[0];
    EXPECT_THAT(said, HasSubstr(c[2])) << c[0];
  }
}

TEST(IpvsParse, BrokenCommandLines) {
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {"frob", 255, "'frob' is no command"},
      {"-n -L", 255, "'-n' is no command"},
      {"--frob", 255, "'--frob' is no command"},
      {"-", 255, "'-' is no command"},
      {"-Lq", 255, "unknown option -q"},
      {"-L --frob", 255, "unknown option --frob"},
      {"-L -A", 255, "several commands: -L (--list) and -A"},
      {"-L --zero", 255, "several commands: -L (--list) and --zero"},
      {"-A -t 192.0.2.10:80 -s \xff\xfe", 2, "word 5 is no text"},
      {"-L extra", 2, "unexpected argument 'extra'"},
      {"-L -n -n", 2, "-n (--numeric) is given twice"},
      {"-L --stats=1", 2, "--stats takes no value"},
      {"-L -c --stats", 2, "-c and --timeout do not go with --stats"},
      {"-L --timeout --rate", 2, "-c and --timeout do not go with --stats"},
      {"-L --timeout --persistent-conn", 2, "--timeout does not go with --persistent-conn"},
      {"-L -c --timeout", 2, "-c and --timeout together"},
      {"-L --timeout -t 192.0.2.10:80", 2, "--timeout is for all services"},
      {"-L -w 3", 2, "-w (--weight) does not go with -L (--list)"},
      {"-C -t 192.0.2.10:80", 2, "-t (--tcp-service) does not go with -C (--clear)"},
      {"-A", 2, "-A (--add-service) needs a service"},
      {"-A -s", 2, "-s (--scheduler) needs a value"},
      {"-A -s rr", 2, "-A (--add-service) needs a service"},
      {"-A -t 192.0.2.10:80 -u 192.0.2.10:80", 2, "two services"},
      {"-A -t 192.0.2.10:65536", 2, "'65536' is neither a port nor a service"},
      {"-A -t [fd10::1:80", 2, "is no address"},
      {"-A -t 300.1.1.1:80", 2, "'300.1.1.1' is neither an address nor a host"},
      {"-A -t 192.0.2.10:80 -M 255.255.255.0", 2, "-M (--netmask) goes with -p"},
      {"-A -t 192.0.2.10:80 -p -M 255.0.255.0", 2, "'255.0.255.0' is no netmask"},
      {"-A -t 192.0.2.10:80 -p -M 0.0.0.0", 2, "'0.0.0.0' is no netmask"},
      {"-A -t [fd10::100]:80 -p -M 255.255.255.0", 2, "'255.255.255.0' is no prefix length"},
      {"-A -t 192.0.2.10:80 -p 0", 2, "-p (--persistent): '0' is no number of seconds"},
      {"-A -t 192.0.2.10:80 -o", 2, "-o (--ops) is for UDP"},
      {"-A -t 192.0.2.10:80 -r 10.0.0.21", 2, "-r (--real-server) does not go with"},
      {"-a -t 192.0.2.10:80", 2, "-a (--add-server) needs a real server"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -b -m", 2, "more than one of -g, -i, -m and -b"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -w x", 2, "-w (--weight): 'x' is no number of 0 to 65535"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -w -1", 2, "'-1' is no number"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -b --tun-type gre", 2, "go with -i"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type vxlan", 2, "'vxlan' is none of ipip, gue, gre"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 --tun-port 6080", 2, "go with -i"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-port 6080", 2,
       "--tun-port does not go with --tun-type ipip"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-csum", 2, "--tun-csum does not go with --tun-type ipip"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gre --tun-port 6080", 2, "with --tun-type gre"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gre --gue-variant 0", 2, "with --tun-type gre"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gre --tun-csum --tun-nocsum", 2, "together"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gue", 2, "--tun-type gue needs --tun-port"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gue --tun-port 0", 2, "0 is no port"},
      {"-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-type gue --tun-port 1 --gue-variant 2", 2, "0 to 1"},
      {"-A -t 192.0.2.10:80 -s mh --mh-table-size x", 2, "--mh-table-size: 'x' is no number"},
      {"-P -t 192.0.2.10:80", 2, "-P (--add-laddr) needs a local address"},
      {"-P -t 192.0.2.10:80 -z here", 2, "'here' is no address"},
      {"-P -t 192.0.2.10:80 -z 10.0.0.10 --laddr 10.0.0.11", 2, "--laddr is given twice"},
      {"-A -t 192.0.2.10:80 -s rr --hash-target sip", 2, "--hash-target goes with -s conhash"},
      {"-A -t 192.0.2.10:80 -s conhash --hash-target dip", 2, "--hash-target: 'dip' is not sip"},
      {"-A -t 192.0.2.10:80 -j on", 2, "'on' is neither enable nor disable"},
      {"-G -t 192.0.2.10:80 -F dpdk0", 2, "-F (--ifname) does not go with -G"},
      {"--set 1 2", 2, "--set takes three values"},
      {"--set 1 2 3 4", 2, "--set takes three values"},
      {"--set 1 2 x", 2, "'x' is no timeout"},
      {"--set 1 2 2678401", 2, "'2678401' is no timeout: give seconds, at most 2678400"},
      {"-A -t 192.0.2.10:80 -p 2678401", 2, "'2678401' is no number of seconds from 1 to 2678400, 31 days"},
  };
  for (const auto& [line, code, text] : cases) {
    const auto command = parse_command(words(line));
    ASSERT_FALSE(command) << line;
    EXPECT_EQ(command.error().code, code) << line;
    EXPECT_THAT(command.error().text, HasSubstr(text)) << line;
  }
}

TEST(IpvsParse, ListsAndTheirForms) {
  EXPECT_EQ(parse_command({})->action, Action::list) << "as ipvsadm without arguments";
  const auto plain = parse_command(words("-Ln"));
  EXPECT_TRUE(plain->format.numeric);
  EXPECT_TRUE(plain->format.sort);
  const auto more = parse_command(words("-l --stats --exact --nosort -t 192.0.2.10:80"));
  ASSERT_TRUE(more) << more.error().text;
  EXPECT_TRUE(more->format.stats && more->format.exact && !more->format.sort);
  EXPECT_EQ(more->service->port, (PortRange{L4Port{80}, L4Port{80}}));
  EXPECT_TRUE(parse_command(words("-Lcn"))->format.connections);
  EXPECT_TRUE(parse_command(words("-Ln --tun-info"))->format.tunnels);
  EXPECT_TRUE(parse_command(words("--list --timeout"))->format.timeout);
  EXPECT_EQ(parse_command(words("-G -t 192.0.2.10:80"))->action, Action::list_laddr);
  EXPECT_EQ(parse_command(words("-S -n"))->action, Action::save);
}

TEST(IpvsParse, PersistenceTakesATimeoutOrNot) {
  EXPECT_EQ(parse_command(words("-A -t 192.0.2.10:80 -p"))->persistent, 360U);
  EXPECT_EQ(parse_command(words("-A -t 192.0.2.10:80 -p 60 -s rr"))->persistent, 60U);
  EXPECT_EQ(parse_command(words("-A -t 192.0.2.10:80 -p60"))->persistent, 60U);
  EXPECT_EQ(parse_command(words("-A -p -t 192.0.2.10:80"))->persistent, 360U);
  EXPECT_EQ(parse_command(words("-A --persistent=60 -M 255.255.255.0 -t 192.0.2.10:80"))->netmask_bits, 24U);
  EXPECT_EQ(settings("-A -t 192.0.2.10:80 -s rr -p 60 -M 255.255.0.0"),
            R"("scheduler":"rr","persistence":{"timeout":60,"v4_mask":16}}}])");
  EXPECT_EQ(
      settings("-E -t [fd10::100]:80 -s rr -p -M 64"),
      R"("scheduler":"rr","scheduler_flags":null,"one_packet":null,"mh_table_size":null,"persistence":{"timeout":360,)"
      R"("v4_mask":null,"v6_prefix":64}}}])");
}

TEST(IpvsParse, InstanceMayStandAnywhere) {
  for (const char* line : {"--instance edge -L -n", "-L --instance=edge -n", "-L -n --instance edge"}) {
    auto arguments = words(line);
    const auto instance = take_instance(arguments);
    ASSERT_TRUE(instance.ok()) << line;
    EXPECT_EQ(*instance, "edge") << line;
    EXPECT_THAT(arguments, ElementsAre("-L", "-n")) << line;
  }
  auto none = words("-L -n");
  EXPECT_EQ(*take_instance(none), std::nullopt);
  auto cut = words("-L --instance");
  EXPECT_FALSE(take_instance(cut).ok());
}

TEST(IpvsScript, IsOneTransactionWhoseOperationsKnowTheirLines) {
  const auto read = read_script(
      "# saved yesterday\n"
      "-A -t 192.0.2.10:80 -s rr\n"
      "\n"
      "  ipvsadm -a -t 192.0.2.10:80 -r 10.0.0.21:80 -b  # the first one\r\n"
      "/usr/sbin/hvs-ipvsadm -a -t 192.0.2.10:80\t-r 10.0.0.22:80 -b");
  ASSERT_FALSE(read.error) << read.error->text;
  std::vector<std::size_t> lines;
  for (const Script::Source& source : read.script.sources) lines.push_back(source.line);
  EXPECT_THAT(lines, ElementsAre(2, 4, 5));
  EXPECT_EQ(nlohmann::json::parse(read.script.operations).size(), 3U);
  EXPECT_EQ(in_terms_of_lines(read.script, {"what", "operation 2", "fix"}).where, "line 4");
  EXPECT_EQ(in_terms_of_lines(read.script, {"what", "elsewhere", "fix"}).where, "elsewhere");
  EXPECT_EQ(in_terms_of_lines(read.script, {"what", "operation 9", "fix"}).where, "operation 9");
}

TEST(IpvsScript, ErrorsNameTheLine) {
  const auto bad = read_script("-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.0.0.21:80 -w\n");
  ASSERT_TRUE(bad.error);
  EXPECT_THAT(bad.error->text, testing::StartsWith("line 2: -w (--weight) needs a value"));
  EXPECT_THAT(read_script("\n\n-L\n").error->text, testing::StartsWith("line 3: only commands that change"));
  EXPECT_THAT(read_script("-a -t 192.0.2.10:80 -r 10.0.0.21 -i --tun-remcsum").error->text,
              HasSubstr("remote checksum offload"));
  EXPECT_THAT(read_script("-A -t 192.0.2.10:80 -s rr -b sh-port").error->text,
              testing::StartsWith("line 1: -b (--sched-flags): scheduler rr has no flag"));
}

}  // namespace
}  // namespace hvs::ipvs
