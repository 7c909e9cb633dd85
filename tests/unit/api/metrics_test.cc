// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "fake_backend.h"

namespace hvs::test {
namespace {

/// A checker of the text format, version 0.0.4: names, labels, escapes, one TYPE and HELP before a family's
/// samples, no sample twice.
struct Exposition {
  std::map<std::string, std::string> type;
  std::map<std::string, std::string> help;
  std::map<std::string, double> samples;  // by "name{labels}"
};

void read_line(const std::string& line, std::string& family, Exposition& out) {
  static const std::regex kComment("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  static const std::regex kSample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*",?)*\})? ([0-9.e+]+))re");
  std::smatch match;
  if (std::regex_match(line, match, kComment)) {
    auto& table = match[1] == "HELP" ? out.help : out.type;
    EXPECT_TRUE(table.emplace(match[2], match[3]).second) << "twice: " << line;
    family = match[2];
    return;
  }
  ASSERT_TRUE(std::regex_match(line, match, kSample)) << line;
  EXPECT_EQ(match[1], family) << "sample outside of its family";
  EXPECT_TRUE(out.samples.emplace(match[1].str() + match[2].str(), std::stod(match[5])).second)
      << "twice: " << line;
}

Exposition parse(const std::string& text) {
  Exposition out;
  std::string family;
  std::istringstream lines(text);
  EXPECT_TRUE(text.ends_with('\n'));
  for (std::string line; std::getline(lines, line);) read_line(line, family, out);
  for (const auto& [name, kind] : out.type) {
    EXPECT_EQ(out.help.count(name), 1U) << name;
    EXPECT_EQ(name.ends_with("_total"), kind == "counter") << name << " is a " << kind;
    EXPECT_TRUE(name.starts_with("hvs_")) << name;
  }
  return out;
}

TEST(Metrics, ShowEveryCounterOnce) {
  FakeBackend backend;
  const auto text = metrics_text(backend);
  ASSERT_TRUE(text.ok());
  const Exposition got = parse(*text);
  const auto value = [&](const std::string& sample) {
    const auto it = got.samples.find(sample);
    return it == got.samples.end() ? -1.0 : it->second;
  };
  EXPECT_EQ(value(R"(hvs_info{instance_name="demo",version="0.1.0"})"), 1);
  EXPECT_EQ(value("hvs_connections"), 12);
  EXPECT_EQ(value("hvs_connections_max"), 262144);
  EXPECT_EQ(value("hvs_uptime_seconds"), 93784);
  EXPECT_EQ(value("hvs_config_generation"), 3);
  EXPECT_EQ(value(R"(hvs_service_packets_total{service="web",direction="to_dest"})"), 10);
  EXPECT_EQ(value(R"(hvs_service_packets_total{service="web",direction="to_client"})"), 20);
  EXPECT_EQ(value(R"(hvs_service_bytes_total{service="web",direction="to_client"})"), 30000);
  EXPECT_EQ(value(R"(hvs_service_connections_total{service="dns \"x\""})"), 12345678);
  EXPECT_EQ(value(R"(hvs_service_active_connections{service="web"})"), 5);
  EXPECT_EQ(value(R"(hvs_service_drops_total{service="web"})"), 4);
  EXPECT_EQ(value(R"(hvs_service_steered_packets_total{service="web"})"), 33);
  EXPECT_EQ(value(R"(hvs_service_passed_packets_total{service="web"})"), 1);
  EXPECT_EQ(value(R"(hvs_dest_weight{service="web",dest="10.20.0.22:80"})"), 3);
  EXPECT_EQ(value(R"(hvs_dest_packets_total{service="dns \"x\"",dest="[fd20::21]:53",direction="to_dest"})"),
            1);
  EXPECT_EQ(value(R"(hvs_drops_total{reason="no_route"})"), 17);
  EXPECT_EQ(value(R"(hvs_drops_total{reason="tx_full"})"), 0);
  EXPECT_EQ(value(R"(hvs_port_packets_total{port="outside",direction="rx"})"), 100);
  EXPECT_EQ(value(R"(hvs_port_up{port="outside"})"), 1);
  EXPECT_EQ(value(R"(hvs_port_tx_dropped_total{port="outside"})"), 2);
  EXPECT_EQ(value(R"(hvs_worker_loops_total{worker="1"})"), 1001);
#define HVS_EXPECT_METRIC(name, text)                                   \
  EXPECT_EQ(got.type.count("hvs_worker_" #name "_total"), 1U) << #name; \
  EXPECT_EQ(got.help.at("hvs_worker_" #name "_total"), text);
  HVS_WORKER_COUNTERS(HVS_EXPECT_METRIC)
#undef HVS_EXPECT_METRIC
}

TEST(Metrics, LargeCountersAreExact) {
  FakeBackend backend;
  backend.service_views[0].to_dest.packets = 9007199254740991;  // 2^53 - 1
  const Exposition got = parse(*metrics_text(backend));
  EXPECT_EQ(got.samples.at(R"(hvs_service_packets_total{service="web",direction="to_dest"})"),
            9007199254740991.0);
}

TEST(Metrics, AnInstanceWithoutServicesHasNoEmptyFamilies) {
  FakeBackend backend;
  backend.service_views.clear();
  backend.dest_views.clear();
  const Exposition got = parse(*metrics_text(backend));
  EXPECT_EQ(got.type.count("hvs_service_packets_total"), 0U);
  EXPECT_EQ(got.type.count("hvs_connections"), 1U);
}

TEST(Metrics, LabelValuesAreEscaped) {
  FakeBackend backend;
  backend.service_views[0].name = "a\"b\\c\nd";
  const Exposition got = parse(*metrics_text(backend));
  EXPECT_EQ(got.samples.count(R"(hvs_service_drops_total{service="a\"b\\c\nd"})"), 1U);
}

}  // namespace
}  // namespace hvs::test
