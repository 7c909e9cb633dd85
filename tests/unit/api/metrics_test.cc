// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

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

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view kDigits = "0123456789";

/// Takes a metric's or label's name off the front of `rest`; empty when there is none.
std::string_view take_name(std::string_view& rest) {
  std::size_t size = 0;
  const auto letter = [&](char c) { return kLetters.find(c) != std::string_view::npos; };
  const auto digit = [&](char c) { return kDigits.find(c) != std::string_view::npos; };
  while (size < rest.size() && (letter(rest[size]) || (size > 0 && digit(rest[size])))) ++size;
  const std::string_view name = rest.substr(0, size);
  rest.remove_prefix(size);
  return name;
}

/// Takes `{name="value",...}` off the front, if it is there; false when it is broken.
bool take_labels(std::string_view& rest) {
  if (!rest.starts_with('{')) return true;
  do {
    rest.remove_prefix(1);
    if (take_name(rest).empty() || !rest.starts_with("=\"")) return false;
    rest.remove_prefix(2);
    while (!rest.empty() && rest.front() != '"') {
      const bool escape = rest.front() == '\\';
      if (escape && (rest.size() < 2 || std::string_view("\\\"n").find(rest[1]) == std::string_view::npos))
        return false;
      rest.remove_prefix(escape ? 2 : 1);
    }
    if (rest.empty()) return false;
    rest.remove_prefix(1);
  } while (rest.starts_with(','));
  if (!rest.starts_with('}')) return false;
  rest.remove_prefix(1);
  return true;
}

void read_line(std::string_view line, std::string& family, Exposition& out) {
  std::string_view rest = line;
  for (auto [word, table] : {std::pair{"# HELP ", &out.help}, std::pair{"# TYPE ", &out.type}}) {
    if (!line.starts_with(word)) continue;
    rest.remove_prefix(7);
    family = take_name(rest);
    ASSERT_TRUE(!family.empty() && rest.size() > 1 && rest[0] == ' ') << line;
    EXPECT_TRUE(table->emplace(family, rest.substr(1)).second) << "twice: " << line;
    return;
  }
  EXPECT_EQ(take_name(rest), family) << "sample outside of its family";
  ASSERT_TRUE(take_labels(rest) && rest.starts_with(' ')) << line;
  const std::string id(line.substr(0, line.size() - rest.size()));
  rest.remove_prefix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  ASSERT_TRUE(error == std::errc{} && stop == rest.data() + rest.size()) << line;
  EXPECT_TRUE(out.samples.emplace(id, value).second) << "twice: " << line;
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
  EXPECT_EQ(value(R"(hvs_service_inactive_connections{service="web"})"), 9);
  EXPECT_EQ(value(R"(hvs_service_drops_total{service="web"})"), 4);
  EXPECT_EQ(value(R"(hvs_service_steered_packets_total{service="web"})"), 33);
  EXPECT_EQ(value(R"(hvs_service_passed_packets_total{service="web"})"), 1);
  EXPECT_EQ(value(R"(hvs_service_held_packets_total{service="web"})"), 6);
  EXPECT_EQ(value(R"(hvs_unowned_packets_total{verdict="steered"})"), 70);
  EXPECT_EQ(value(R"(hvs_unowned_packets_total{verdict="passed"})"), 8);
  EXPECT_EQ(value(R"(hvs_unowned_packets_total{verdict="held"})"), 9);
  EXPECT_EQ(value(R"(hvs_dest_weight{service="web",dest="10.20.0.22:80"})"), 3);
  EXPECT_EQ(value(R"(hvs_dest_persistent_clients{service="web",dest="10.20.0.22:80"})"), 5);
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
