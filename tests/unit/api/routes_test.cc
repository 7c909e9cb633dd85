// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Every route as a client sees it: fields, parameters, errors.
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api_fixture.h"
#include "control/api/json.h"
#include "control/config/config_file.h"

namespace hvs::test {
namespace {

using Json = nlohmann::json;

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  return names;
}

class RoutesTest : public ApiTest {
 protected:
  RoutesTest() { serve(); }
  Json json(const std::string& target) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return Json::parse(answer.body);
  }
  /// The error object of an answer that is expected to have `status`.
  Json error(const std::string& method, const std::string& target, unsigned status) {
    const Answer answer = ask(method, target);
    EXPECT_EQ(answer.status, status) << target << ": " << answer.body;
    const Json body = Json::parse(answer.body, nullptr, false);
    EXPECT_EQ(keys(body), std::set<std::string>{"error"}) << answer.body;
    EXPECT_EQ(keys(body["error"]), (std::set<std::string>{"what", "where", "fix"})) << answer.body;
    return body["error"];
  }
};

TEST_F(RoutesTest, Status) {
  const Json expected = {{"instance", "demo"},
                         {"version", "0.1.0"},
                         {"pid", 4242},
                         {"uptime_s", 93784},
                         {"state", "running"},
                         {"generation", 3},
                         {"workers", 2},
                         {"config_file", "/etc/hvs/demo.yaml"},
                         {"ports", 1},
                         {"services", 2},
                         {"connections", 12},
                         {"connections_max", 262144},
                         {"local_ports", "to one worker"},
                         {"bpf_dir", "/sys/fs/bpf/hvs/demo"},
                         {"unowned", {{"steered_packets", 70}, {"passed_packets", 8}, {"held_packets", 9}}}};
  EXPECT_EQ(json("/v1/status"), expected);
}

TEST_F(RoutesTest, Services) {
  const Json list = json("/v1/services");
  ASSERT_EQ(list.size(), 2U);
  const Json expected = {{"name", "web"},
                         {"vip", "10.10.0.100"},
                         {"protocol", "tcp"},
                         {"port", 80},
                         {"mode", "fullnat"},
                         {"scheduler", "wrr"},
                         {"lip_pool", "inside"},
                         {"vips", nlohmann::json::array({"10.10.0.100"})},
                         {"ports", "80"},
                         {"dests", 2},
                         {"active_connections", 5},
                         {"inactive_connections", 9},
                         {"connections", 1000},
                         {"to_dest", {{"packets", 10}, {"bytes", 1500}}},
                         {"to_client", {{"packets", 20}, {"bytes", 30000}}},
                         {"drops", 4},
                         {"steered_packets", 33},
                         {"passed_packets", 1},
                         {"held_packets", 6},
                         {"since_zero",
                          {{"connections", 700},
                           {"to_dest", {{"packets", 7}, {"bytes", 1050}}},
                           {"to_client", {{"packets", 14}, {"bytes", 21000}}}}},
                         {"rate",
                          {{"connections", 12},
                           {"to_dest", {{"packets", 120}, {"bytes", 18000}}},
                           {"to_client", {{"packets", 240}, {"bytes", 360000}}}}},
                         {"from", Json::array()}};
  EXPECT_EQ(list[0], expected);
  EXPECT_EQ(list[1]["name"], "dns \"x\"");
}

TEST_F(RoutesTest, DestsOfAllOrOfOneService) {
  EXPECT_EQ(json("/v1/dests").size(), 3U);
  const Json web = json("/v1/dests?service=web");
  ASSERT_EQ(web.size(), 2U);
  const Json expected = {{"service", "web"},
                         {"address", "10.20.0.22"},
                         {"port", 80},
                         {"mode", "nat"},
                         {"weight", 3},
                         {"max_conn", 10},
                         {"min_conn", 8},
                         {"full", true},
                         {"active_connections", 3},
                         {"inactive_connections", 7},
                         {"connections", 600},
                         {"persistent_clients", 5},
                         {"to_dest", {{"packets", 6}, {"bytes", 900}}},
                         {"to_client", {{"packets", 12}, {"bytes", 21000}}},
                         {"since_zero",
                          {{"connections", 420},
                           {"to_dest", {{"packets", 4}, {"bytes", 630}}},
                           {"to_client", {{"packets", 9}, {"bytes", 14700}}}}},
                         {"rate",
                          {{"connections", 7},
                           {"to_dest", {{"packets", 70}, {"bytes", 10500}}},
                           {"to_client", {{"packets", 140}, {"bytes", 245000}}}}}};
  EXPECT_EQ(web[1], expected);
  EXPECT_EQ(json("/v1/dests?service=dns+%22x%22").size(), 1U);  // decoded
  EXPECT_EQ(error("GET", "/v1/dests?service=nope", 404)["what"], "there is no service 'nope'");
}

TEST_F(RoutesTest, DropsShowEveryReason) {
  const Json list = json("/v1/drops");
  ASSERT_EQ(list.size(), kDropCount);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kDropCount; ++i) {
    EXPECT_EQ(list[i]["reason"], std::string(kDropInfo[i].name));
    EXPECT_EQ(list[i]["description"], std::string(kDropInfo[i].description));
    sum += list[i]["packets"].get<std::uint64_t>();
  }
  EXPECT_EQ(sum, 17U);
}

TEST_F(RoutesTest, Ports) {
  const Json expected = {{"name", "outside"},     {"device", "hvs-out"}, {"kind", "af_xdp"},
                         {"xdp", "native"},       {"queues", 1},         {"mac", "02:00:00:00:00:01"},
                         {"mtu", 1500},           {"link", "up"},        {"rx_packets", 100},
                         {"rx_bytes", 6400},      {"tx_packets", 90},    {"tx_bytes", 5400},
                         {"rx_missed", 1},        {"tx_dropped", 2},     {"punted", 3},
                         {"punt_lost", 0},        {"punt_full", 0},      {"punt_control_full", 0},
                         {"punt_request_full", 0}};
  EXPECT_EQ(json("/v1/ports"), Json::array({expected}));
}

TEST_F(RoutesTest, ANativePortHasMoreToTell) {
  const auto shown = [](const PortView& view) {
    return Json::parse(json_text(std::vector<PortView>{view}))[0];
  };
  PortView view;
  EXPECT_FALSE(shown(view).contains("offloads"));
  view.companion = "eth1";
  EXPECT_EQ(shown(view)["offloads"], Json::array());
  view.offloads = {"rss", "rx_ipv4_checksum"};
  EXPECT_EQ(shown(view)["offloads"], Json({"rss", "rx_ipv4_checksum"}));
}

TEST_F(RoutesTest, WorkersShowEveryCounter) {
  const Json list = json("/v1/workers");
  ASSERT_EQ(list.size(), 2U);
  std::set<std::string> expected = {"id", "cpu", "connections", "connections_max", "vectors"};
#define HVS_NAME(name, text) expected.insert(#name);
  HVS_WORKER_COUNTERS(HVS_NAME)
#undef HVS_NAME
  EXPECT_EQ(keys(list[1]), expected);
  EXPECT_EQ(list[1]["id"], 1);
  EXPECT_EQ(list[1]["cpu"], 2);
  EXPECT_EQ(list[0]["vectors"], false);
  EXPECT_EQ(list[1]["vectors"], true);
  EXPECT_EQ(list[1]["loops"], 1001);
  EXPECT_EQ(list[1]["handoff_in"], 5);
}

TEST_F(RoutesTest, ConfigIsYaml) {
  const std::string answer = raw("GET /v1/config HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(answer.find("Content-Type: application/yaml\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\ninstance: demo\n")) << answer;
}

TEST_F(RoutesTest, Reload) {
  const Answer answer = ask("POST", "/v1/reload");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(Json::parse(answer.body), Json({{"generation", 4},
                                            {"changes", {"service web: dest 10.20.0.23:80 added"}},
                                            {"undone", {"service ftp added"}},
                                            {"warnings", {"no such address"}}}));
  on_reactor([&] { backend_.reload_failure = Error{"no such scheduler", "demo.yaml:7:5", "use rr"}; });
  EXPECT_EQ(error("POST", "/v1/reload", 422),
            Json({{"what", "no such scheduler"}, {"where", "demo.yaml:7:5"}, {"fix", "use rr"}}));
  EXPECT_EQ(backend_.reloads, 2);
}

TEST_F(RoutesTest, ConfigDiff) {
  on_reactor([&] { backend_.diff_view = {{"service ftp removed"}, {"service ftp added"}, false}; });
  const Json expected = {
      {"changes", {"service ftp removed"}}, {"undone", {"service ftp added"}}, {"reloadable", false}};
  EXPECT_EQ(json("/v1/config/diff"), expected);
  on_reactor([&] { backend_.failure = Error{"no such scheduler", "demo.yaml:7:5", "use rr"}; });
  EXPECT_EQ(error("GET", "/v1/config/diff", 422)["where"], "demo.yaml:7:5");
}

TEST_F(RoutesTest, EditIsAllOrNothing) {
  on_reactor([&] {
    backend_.config = *parse_config("ports: [{device: eth0}]", "start");
    backend_.edit_warnings = {"no such address"};
  });
  const std::string add = R"({"op":"add_service","service":{"name":"web","vip":"10.1.1.1","port":80}})";
  const Answer answer = ask("POST", "/v1/config/edit", "[" + add + R"(,{"op":"zero"}])");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(Json::parse(answer.body),
            Json({{"generation", 5}, {"changes", {"service web added"}}, {"warnings", {"no such address"}}}));
  Config after;
  on_reactor([&] {
    after = backend_.config;
    EXPECT_EQ(backend_.zeroed, std::vector<std::string>{"web"});
  });
  EXPECT_EQ(after.services.size(), 1U);

  const Answer refused = ask("POST", "/v1/config/edit", R"([{"op":"flush"},)" + add + "," + add + "]");
  EXPECT_EQ(refused.status, 422U);
  EXPECT_EQ(Json::parse(refused.body)["error"]["where"], "operation 3");
  on_reactor([&] { EXPECT_EQ(backend_.config, after); });
  EXPECT_EQ(ask("POST", "/v1/config/edit").status, 422U);
  EXPECT_EQ(ask("GET", "/v1/config/edit").status, 405U);
}

TEST_F(RoutesTest, ServerStopsDuringReload) {
  on_reactor([&] { backend_.reload_never_ends = true; });
  RawClient client(path_);
  client.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend_.reloads == 1; }));
  stop();
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(RoutesTest, UnknownResourceAndMethod) {
  EXPECT_NE(error("GET", "/v1/nope", 404)["fix"].get<std::string>().find("/v1/status"), std::string::npos);
  error("GET", "/", 404);
  error("GET", "/v1/status/", 404);
  error("GET", "/v1/reload", 405);
  error("DELETE", "/v1/services", 405);
  error("BREW", "/v1/services", 405);
  const std::string answer = raw("GET /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(answer.find("Allow: POST\r\n"), std::string::npos) << answer;
  EXPECT_EQ(backend_.reloads, 0);
}

TEST_F(RoutesTest, BadParametersAreNamed) {
  EXPECT_EQ(error("GET", "/v1/conns?servcie=web", 400)["where"], "query parameter 'servcie'");
  EXPECT_EQ(error("GET", "/v1/status?x", 400)["where"], "query parameter 'x'");
  EXPECT_EQ(error("GET", "/v1/conns?client=10.0.0", 400)["where"], "query parameter 'client'");
  EXPECT_EQ(error("GET", "/v1/conns?dest=10.0.0.1:80", 400)["where"], "query parameter 'dest'");
  EXPECT_EQ(error("GET", "/v1/conns?proto=dccp", 400)["fix"], "give tcp, udp, sctp, icmp or icmpv6");
  for (const char* limit : {"0", "-1", "1x", "", "99999999999999999999"}) {
    EXPECT_EQ(error("GET", std::string("/v1/conns?limit=") + limit, 400)["where"], "query parameter 'limit'");
  }
  EXPECT_EQ(error("GET", "/v1/conns/count?limit=3", 400)["where"], "query parameter 'limit'");
  EXPECT_EQ(error("GET", "/v1/conns?proto=tcp&proto=udp", 400)["what"], "given twice");
  EXPECT_EQ(error("GET", "/v1/conns?service=%zz", 400)["what"], "broken percent-encoding");
  EXPECT_EQ(error("GET", "/v1/conns?service=%4", 400)["what"], "broken percent-encoding");
  EXPECT_EQ(error("GET", "/v1/conns?service=nope", 404)["what"], "there is no service 'nope'");
  EXPECT_EQ(backend_.drawn, 0U);
}

TEST_F(RoutesTest, BackendErrorsAre500) {
  on_reactor([&] { backend_.failure = Error{"the ports do not answer", "port outside", "see the log"}; });
  for (const char* target : {"/v1/status", "/v1/services", "/v1/dests", "/v1/drops", "/v1/ports",
                             "/v1/workers", "/v1/config", "/v1/conns", "/v1/conns/count", "/metrics"}) {
    EXPECT_EQ(error("GET", target, 500)["where"], "port outside");
  }
}

TEST_F(RoutesTest, TextThatIsNoUtf8StillMakesJson) {
  on_reactor([&] { backend_.status_view.config_file = "/etc/\xff.yaml"; });
  EXPECT_EQ(json("/v1/status")["config_file"], "/etc/\xef\xbf\xbd.yaml");
}

}  // namespace
}  // namespace hvs::test
