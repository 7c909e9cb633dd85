// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "control/config/config_file.h"
#include "control/config/problems.h"
#include "control/config/yaml_tree.h"
#include "model/placement.h"

namespace hvs {
namespace {

/// Random, but valid: every field takes values from its whole range.
class AnyConfig {
 public:
  explicit AnyConfig(unsigned seed) : random_(seed) {}

  Config make() {
    Config c;
    c.instance = pick({"default", "null", "007", "true", "a-b", "-"});
    c.log_level = pick({"trace", "debug", "info", "warning", "error"});
    c.control_socket = pick(
        {"/run/hvs/default/api.sock", "/tmp/a b: #c.sock", "/tmp/\"q\\uote'", "/tmp/\xc3\xa4.sock", "/~"});
    workers(c.workers);
    c.memory.hugepages = Hugepages{static_cast<std::uint8_t>(below(3))};
    c.memory.limit_bytes = 64_MiB + below(1U << 31);
    c.connections_max = 1024 + below(1U << 28) / 2;
    for (unsigned i = 0, n = 1 + below(3); i < n; ++i) c.ports.push_back(port(i));
    for (unsigned i = 0, n = 1 + below(3); i < n; ++i) c.lip_pools.push_back(pool(i));
    if (below(2)) c.timeouts.udp = seconds(604800);
    if (below(2)) c.timeouts.tcp_established = seconds(604800);
    for (unsigned i = 0, n = below(5); i < n; ++i) c.services.push_back(service(i, c));
    return c;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string pick(std::initializer_list<const char*> list) {
    return list.begin()[below(static_cast<unsigned>(list.size()))];
  }
  std::chrono::seconds seconds(unsigned max) { return std::chrono::seconds(1 + below(max)); }

  void workers(WorkersConfig& w) {
    w.count = 1 + below(64);
    w.poll = PollMode{static_cast<std::uint8_t>(below(2))};
    w.simd = Simd{static_cast<std::uint8_t>(below(2))};
    if (below(2) == 0) return;
    w.count = 1 + below(8);
    for (unsigned i = 0; i < w.count; ++i) w.cpus.push_back(i * 100 + below(100));
  }
  PortConfig port(unsigned i) {
    PortConfig p;
    p.device = (below(2) ? "eth" + std::to_string(i) + pick({"", ".100", "@x", "~"})
                         : "0000:0" + std::to_string(i) + ":00.1");
    p.name = below(2) ? p.device.substr(0, 4) + std::to_string(i) : "n" + std::to_string(i);
    p.mode = PortMode{static_cast<std::uint8_t>(below(3))};
    p.xdp = XdpMode{static_cast<std::uint8_t>(below(3))};
    p.queues = static_cast<std::uint16_t>(1 + below(64));
    p.on_down = OnDown{static_cast<std::uint8_t>(below(2))};
    p.hold = std::chrono::seconds(below(86401));
    return p;
  }
  IpAddr address(unsigned net, unsigned host, bool v6) {
    const std::string text = v6 ? "fd" + std::to_string(10 + net) + "::" + std::to_string(host + 1)
                                : "10." + std::to_string(net) + "." + std::to_string(host / 250) + "." +
                                      std::to_string(host % 250);
    return IpAddr::parse(text).value();
  }
  LipPoolConfig pool(unsigned i) {
    LipPoolConfig p;
    p.name = pick({"pool", "null", "[x]", "-", "1.5:"}) + std::to_string(i);
    for (const bool v6 : {false, true}) {
      for (unsigned k = 0, host = below(200); k < 1 + below(6); ++k, host += 1 + below(2)) {
        p.addresses.push_back(address(20 + i, host, v6));
      }
    }
    p.port_low = L4Port{static_cast<std::uint16_t>(10000 + below(20000))};
    p.port_high = L4Port{static_cast<std::uint16_t>(40000 + below(20000))};
    return p;
  }
  ServiceConfig service(unsigned i, const Config& c) {
    ServiceConfig s;
    const auto& pools = c.lip_pools;
    s.timeouts = c.timeouts;
    const bool v6 = below(2) != 0;
    s.name = pick({"web", "~.", "yes", "tcp:[::]:"}) + std::to_string(i);
    if (s.name.starts_with("~")) s.name = "." + std::to_string(i);
    s.vip = address(60, i, v6);
    s.protocol = below(2) ? L4Proto::tcp : L4Proto::udp;
    s.port = L4Port{static_cast<std::uint16_t>(1 + below(65535))};
    s.scheduler = Names<SchedulerKind>::list[below(Names<SchedulerKind>::list.size())].value;
    s.scheduler_flags.port = knows_port_flag(s.scheduler) && below(2) != 0;
    s.scheduler_flags.fallback = knows_fallback_flag(s.scheduler) && below(2) != 0;
    if (s.scheduler == SchedulerKind::mh && below(2)) s.mh_table_size = 655373;
    s.on_dest_removed = Names<OnDestRemoved>::list[below(3)].value;
    s.on_no_dest = Names<OnNoDest>::list[below(2)].value;
    if (s.protocol == L4Proto::tcp) {
      s.dest_time_wait = Names<DestTimeWait>::list[below(2)].value;
      if (below(2)) s.mss = {false, static_cast<std::uint16_t>(below(2) ? 0 : 256 + below(60000))};
    }
    s.lip_pool = pools[below(static_cast<unsigned>(pools.size()))].name;
    if (below(2)) s.timeouts.tcp_established = seconds(604800);
    if (below(2)) s.timeouts.udp_unreplied = seconds(604800);
    if (below(2)) s.timeouts.tcp_close = seconds(604800);
    if (below(3) == 0) s.timeouts.udp = Timeouts{}.udp;  // not the default one of this configuration
    for (unsigned d = 0, n = below(5); d < n; ++d) {
      s.dests.push_back({address(80, d, v6),
                         L4Port{static_cast<std::uint16_t>(1 + below(65535))},
                         static_cast<std::uint16_t>(below(65536)),
                         {}});
      if (below(2)) s.dests.back().max_conn = 1 + below(1000);
      if (s.dests.back().max_conn != 0 && below(2))
        s.dests.back().min_conn = 1 + below(s.dests.back().max_conn);
      if (below(2)) s.dests.back().mode = below(2) ? ForwardingMode::nat : ForwardingMode::fullnat;
    }
    if (s.dests.empty() && below(2)) s.lip_pool.clear();
    return s;
  }
  std::mt19937 random_;
};

TEST(ConfigToYaml, ParsesBackToTheSameValue) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    const Config c = AnyConfig(seed).make();
    const std::string text = config_to_yaml(c);
    const auto again = parse_config(text, "again.yaml");
    ASSERT_TRUE(again.ok()) << "seed " << seed << "\n" << again.problems().text() << text;
    EXPECT_EQ(*again, c) << "seed " << seed << "\n" << text;
    EXPECT_EQ(config_to_yaml(*again), text);
  }
}

TEST(EmitYaml, KeepsAnyText) {
  for (const char* text : {"",   " ",  "null", "~",  "true", "a: b", "#x",   "- x",      "-",   "x:",
                           ":x", "'",  "\"",   "\\", "a\nb", "\t",   "\x01", "[a",       "{",   "*a",
                           "&a", "!t", "%d",   "@",  "`",    "|",    ">",    "\xc3\xa4", "off", "0x1"}) {
    config::YamlNode root = config::YamlNode::map();
    root.put("key", config::YamlNode::scalar(text));
    const std::string yaml = config::emit_yaml(root);
    config::Problems problems("t");
    config::YamlNode again;
    ASSERT_TRUE(config::parse_yaml(yaml, problems, again)) << yaml;
    ASSERT_NE(again.find("key"), nullptr) << yaml;
    EXPECT_EQ(again.find("key")->kind, config::YamlNode::Kind::scalar) << yaml;
    EXPECT_EQ(again.find("key")->text, text) << yaml;
  }
}

TEST(ConfigReference, IsCommittedAsGenerated) {
  std::ifstream in(HVS_SOURCE_DIR "/config/reference.md");
  std::stringstream committed;
  committed << in.rdbuf();
  EXPECT_EQ(committed.str(), config_reference())
      << "write the output of `hvsd --reference` to config/reference.md";
}

}  // namespace
}  // namespace hvs
