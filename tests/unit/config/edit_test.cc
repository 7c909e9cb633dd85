// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "control/config/config_file.h"
#include "tests/unit/config/edited.h"

namespace hvs {
namespace {

using test::edited;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kFile = R"(
ports: [{device: eth0}]
timeouts: {udp: 100}
lip_pools:
  - {name: inside, addresses: [10.20.0.10-10.20.0.11, "fd20::10"]}
services:
  - name: web
    vip: 10.10.0.100
    port: 80
    scheduler: wrr
    lip_pool: inside
    dests: [{address: 10.20.0.21, port: 8080, weight: 3}, {address: 10.20.0.22}]
  - {name: dns, vip: 10.10.0.100, protocol: udp, port: 53, lip_pool: inside}
)";

Config running() {
  auto result = parse_config(kFile, "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

std::string refused(std::string_view operations) {
  const auto result = edit_config(running(), operations);
  EXPECT_FALSE(result.ok()) << operations;
  return result ? "" : result.error().message();
}

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

const ServiceConfig& last(const Config& config) { return config.services.back(); }

TEST(EditConfig, NothingIsNoChange) { EXPECT_EQ(edited(running(), "[]"), running()); }

TEST(EditConfig, AddsAServiceAsTheFileWould) {
  const Config c = edited(running(), R"([
    {"op": "add_service", "service": {"vip": "10.10.0.101", "port": 443, "scheduler": "wrr",
     "timeouts": {"tcp_established": 60}, "dests": [{"address": "10.20.0.21"}]}},
    {"op": "add_dest", "service": "tcp:10.10.0.101:443", "dest": {"address": "10.20.0.22", "port": 8443, "weight": 5}}])");
  ASSERT_THAT(c.services, SizeIs(3));
  EXPECT_EQ(last(c).name, "tcp:10.10.0.101:443");
  EXPECT_EQ(last(c).lip_pool, "inside") << "the only one that there is";
  EXPECT_EQ(last(c).timeouts.tcp_established, 60s);
  EXPECT_EQ(last(c).timeouts.udp, 100s) << "inherited";
  EXPECT_THAT(last(c).dests, ElementsAre(DestConfig{ip("10.20.0.21"), L4Port{443}, 1, {}},
                                         DestConfig{ip("10.20.0.22"), L4Port{8443}, 5, {}}));
}

TEST(EditConfig, EditsOnlyWhatIsNamed) {
  Config wanted = running();
  wanted.services[0].scheduler = SchedulerKind::rr;
  wanted.services[0].timeouts.tcp_close = 9s;
  wanted.services[0].dests[1].weight = 0;
  EXPECT_EQ(edited(running(), R"([
    {"op": "edit_service", "service": {"vip": "10.10.0.100", "port": 80},
     "set": {"scheduler": "rr", "timeouts": {"tcp_close": 9}}},
    {"op": "edit_dest", "service": "web", "dest": {"address": "10.20.0.22"}, "set": {"weight": 0}}])"),
            wanted);
}

TEST(EditConfig, NullMeansTheDefault) {
  Config wanted = running();
  wanted.services[0].scheduler = SchedulerKind{};
  EXPECT_EQ(edited(running(), R"([{"op": "edit_service", "service": "web", "set": {"scheduler": null}}])"),
            wanted);
}

TEST(EditConfig, NullsWithinAMapMeanDefaultsWhetherTheMapIsThereOrNot) {
  const auto edit = [](const std::string& tunnel) {
    return R"({"op": "edit_dest", "service": "web", "dest": {"address": "10.20.0.22"},
               "set": {"mode": "tunnel", "tunnel": )" +
           tunnel + "}}";
  };
  const std::string ipip = edit(R"({"type": "ipip", "port": null, "checksum": null, "gue_variant": null})");
  Config wanted = running();
  wanted.services[0].dests[1].mode = ForwardingMode::tunnel;
  wanted.services[0].dests[1].tunnel = TunnelConfig{};
  EXPECT_EQ(edited(running(), "[" + ipip + "]"), wanted);
  EXPECT_EQ(edited(running(), "[" + edit(R"({"type": "gue", "port": 7000})") + "," + ipip + "]"), wanted);
}

TEST(EditConfig, DeletesServicesAndDests) {
  const Config c = edited(running(), R"([
    {"op": "delete_dest", "service": "web", "dest": {"address": "10.20.0.21", "port": 8080}},
    {"op": "delete_service", "service": {"protocol": "udp", "vip": "10.10.0.100", "port": 53}}])");
  ASSERT_THAT(c.services, SizeIs(1));
  ASSERT_THAT(c.services[0].dests, SizeIs(1));
  EXPECT_EQ(c.services[0].dests[0].address, ip("10.20.0.22"));
  EXPECT_THAT(c.lip_pools, SizeIs(1)) << "a pool that is no service's own stays";
}

TEST(EditConfig, LaterOperationsSeeEarlierOnes) {
  Config wanted = running();
  std::swap(wanted.services[0], wanted.services[1]);
  wanted.services[1].dests = {{ip("10.20.0.30"), L4Port{80}, 1, {}}};
  wanted.services[1].scheduler = SchedulerKind::rr;
  EXPECT_EQ(edited(running(), R"([
    {"op": "delete_service", "service": "web"},
    {"op": "add_service", "service": {"name": "web", "vip": "10.10.0.100", "port": 80}},
    {"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.29"}},
    {"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.30"}},
    {"op": "delete_dest", "service": "web", "dest": {"address": "10.20.0.29"}}])"),
            wanted);
}

TEST(EditConfig, AServiceHasAPoolOfItsOwnWhichBeginsWithTheSharedAddresses) {
  const Config grown = edited(running(), R"([
    {"op": "add_lips", "service": "web", "addresses": ["10.20.0.15"]},
    {"op": "add_lips", "service": "web", "addresses": ["10.20.0.12-10.20.0.13"]}])");
  ASSERT_THAT(grown.lip_pools, SizeIs(2));
  EXPECT_EQ(grown.lip_pools[0], running().lip_pools[0]);
  EXPECT_EQ(grown.lip_pools[1].name, "web");
  EXPECT_THAT(grown.lip_pools[1].addresses, ElementsAre(ip("10.20.0.10"), ip("10.20.0.11"), ip("10.20.0.15"),
                                                        ip("10.20.0.12"), ip("10.20.0.13")))
      << "those of the VIP's family";
  EXPECT_EQ(grown.services[0].lip_pool, "web");
  EXPECT_EQ(grown.services[1].lip_pool, "inside");

  const Config less =
      edited(grown, R"([{"op": "delete_lips", "service": "web", "addresses": ["10.20.0.10-10.20.0.13"]}])");
  EXPECT_THAT(less.lip_pools[1].addresses, ElementsAre(ip("10.20.0.15")));
  EXPECT_EQ(edited(less, R"([{"op": "delete_lips", "service": "web", "addresses": ["10.20.0.15"]}])"),
            running())
      << "without addresses the pool goes, and the service returns to the common one";
  EXPECT_THAT(edited(grown, R"([{"op": "delete_service", "service": "web"}])").lip_pools, SizeIs(1));
  EXPECT_THAT(edited(grown, R"([{"op": "flush"}])").lip_pools, SizeIs(1));
}

/// Nothing comes from the shared pool yet. What -S writes relies on it: -A, -P, then -a.
TEST(EditConfig, AServiceWithoutDestsInFullNatBeginsWithNoAddress) {
  constexpr std::string_view kAdd = R"({"op": "add_lips", "service": "dns", "addresses": ["10.20.0.11"]}])";
  const auto pool = [&](const std::string& before) {
    const Config c = edited(running(), "[" + before + std::string(kAdd));
    return c.lip_pools.empty() ? std::vector<IpAddr>{} : c.lip_pools.back().addresses;
  };
  EXPECT_THAT(pool(""), ElementsAre(ip("10.20.0.11")));
  const auto dest = [](const std::string& mode) {
    return R"({"op": "add_dest", "service": "dns", "dest": {"address": "10.20.0.21", "mode": ")" + mode +
           "\"}},";
  };
  EXPECT_THAT(pool(dest("dr")), ElementsAre(ip("10.20.0.11")));
  EXPECT_THAT(refused("[" + dest("fullnat") + std::string(kAdd)), HasSubstr("dns has 10.20.0.11 already"));
}

TEST(EditConfig, ASharedAddressKeepsItsPorts) {
  const Config before = edited(running(), R"([{"op": "add_lips", "pool": "low", "addresses": ["10.20.0.40"],
                                                "ports": "2000-4000"}])");
  const Config c = edited(before, R"([{"op": "add_lips", "service": "dns", "addresses": ["10.20.0.40"]}])");
  EXPECT_EQ(c.lip_pools[2].port_low, L4Port{2000});
  EXPECT_EQ(c.lip_pools[2].port_high, L4Port{4000});

  const auto mixed =
      edit_config(before, R"([{"op": "add_lips", "service": "web", "addresses": ["10.20.0.40"]}])");
  ASSERT_FALSE(mixed.ok());
  EXPECT_THAT(mixed.error().message(),
              HasSubstr("10.20.0.40 is in pool \"low\" already, with ports 2000-4000. Pools that share an "
                        "address need the same `ports`"));
  const Config low = edited(before, R"([{"op": "edit_service", "service": "web", "set": {"lip_pool": "low"}},
                                        {"op": "add_lips", "service": "web", "addresses": ["10.20.0.41"]}])");
  EXPECT_THAT(low.lip_pools[2].addresses, ElementsAre(ip("10.20.0.40"), ip("10.20.0.41")));
  EXPECT_EQ(low.lip_pools[2].port_low, L4Port{2000}) << "the range of the addresses that it begins with";
}

TEST(EditConfig, AServiceWithoutDestsNeedsNoPool) {
  Config none = running();
  none.lip_pools.clear();
  none.services.clear();
  constexpr std::string_view kAdd =
      R"([{"op": "add_service", "service": {"name": "a", "vip": "10.1.1.1", "port": 80}}])";
  const Config c = edited(none, kAdd);
  EXPECT_EQ(c.services[0].lip_pool, "");
  const auto dest =
      edit_config(c, R"([{"op": "add_dest", "service": "a", "dest": {"address": "10.20.0.21"}}])");
  ASSERT_FALSE(dest.ok());
  EXPECT_EQ(dest.error().where, "operation 1");
  EXPECT_THAT(dest.error().what, HasSubstr("`lip_pool` is missing"));
  EXPECT_TRUE(edit_config(c, R"([{"op": "add_dest", "service": "a", "dest": {"address": "10.20.0.21"}},
                                 {"op": "add_lips", "service": "a", "addresses": ["10.20.0.10"]}])")
                  .ok())
      << "within a transaction the order does not matter";
}

TEST(EditConfig, DefaultTimeoutsReachServicesThatSayNothingElse) {
  Config before = running();
  before.services[1].timeouts.udp = 7s;
  const Config c =
      edited(before, R"([{"op": "set_timeouts", "timeouts": {"udp": 200, "tcp_fin_wait": 20}}])");
  EXPECT_EQ(c.timeouts.udp, 200s);
  EXPECT_EQ(c.services[0].timeouts.udp, 200s);
  EXPECT_EQ(c.services[0].timeouts.tcp_fin_wait, 20s);
  EXPECT_EQ(c.services[1].timeouts.udp, 7s);
}

TEST(EditConfig, FlushLeavesTheInstance) {
  Config wanted = running();
  wanted.services.clear();
  EXPECT_EQ(edited(running(), R"([{"op": "flush"}])"), wanted);
}

TEST(EditConfig, ZeroNamesTheServicesThatAreLeft) {
  const auto all = edit_config(running(), R"([{"op": "zero"}, {"op": "delete_service", "service": "web"}])");
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(all->zeroed, ElementsAre("dns"));
  const auto one = edit_config(running(), R"([{"op": "zero", "service": "web"}])");
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(one->zeroed, ElementsAre("web"));
  EXPECT_EQ(one->config, running());
}

TEST(EditConfig, ErrorsNameTheOperationAndWhatToDo) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "the request's body: no valid JSON, at byte "},
      {"{}", "the request's body: no JSON array. Send a JSON array of operations"},
      {"[1", "the request's body: no valid JSON"},
      {"[1]", "operation 1: a single value is no operation"},
      {"[{}]", "operation 1: `op` is missing. It is one of: add_service, "},
      {R"([{"op": "flush"}, {"op": "add_servise"}])",
       "operation 2: unknown operation \"add_servise\". Did you mean `add_service`?"},
      {R"([{"op": "flush", "force": true}])", "operation 1: unknown key `force` of flush"},
      {R"([{"op": "zero", "op": "flush"}])", "the request's body: operation 1 gives the key op twice"},
      {R"([{"op": "add_dest", "service": "web"}])", "operation 1: `dest` of add_dest is missing"},
      {R"([{"op": "add_service", "service": 7}])", "operation 1: `service` is no map"},
      {R"([{"op": "add_service", "service": {"vip": "10.10.0.100", "port": 80}}])",
       "operation 1: there is a service tcp 10.10.0.100:80 already: web. Edit it (edit_service), or delete"},
      {R"([{"op": "add_service", "service": {"vip": "300.1.1.1", "port": 80, "lip_pool": "inside"}}])",
       "operation 1: services[2].vip: \"300.1.1.1\" is not an IP address"},
      {R"([{"op": "add_service", "service": {"name": "a", "vip": "10.1.1.1", "port": 80, "shceduler": "rr"}}])",
       "operation 1: unknown key `shceduler` in services[\"a\"]. Did you mean `scheduler`?"},
      {R"([{"op": "add_service", "service": {"vip": "10.1.1.1", "vip": "10.1.1.2", "port": 80}}])",
       "operation 1: key `vip` in services[\"tcp:10.1.1.1:80\"] is given twice. It was given in operation 1"},
      {R"([{"op": "zero"}, {"op": "add_service", "service": {"name": "web", "vip": "10.1.1.1", "port": 80}}])",
       "operation 2: services[\"web\"].name: \"web\" is taken. It is in the running configuration already"},
      {R"([{"op": "edit_service", "service": "web", "set": {"scheduler": "wlcx"}}])",
       "operation 1: services[\"web\"].scheduler: \"wlcx\""},
      {R"([{"op": "edit_service", "service": "web", "set": {"port": 81}}])",
       "operation 1: the first entry of `port` would be 81, and the service is known by 80. Keep 80 as "},
      {R"([{"op": "edit_service", "service": "web", "set": []}])", "operation 1: `set` is no map"},
      {R"([{"op": "delete_service", "service": "www"}])",
       "operation 1: there is no service www. Add it first"},
      {R"([{"op": "delete_service", "service": {"vip": "10.10.0.100", "port": 81}}])",
       "operation 1: there is no service tcp 10.10.0.100:81"},
      {R"([{"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.22"}}])",
       "operation 1: service web has the dest 10.20.0.22:80 already"},
      {R"([{"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.23", "weight": 70000}}])",
       "operation 1: services[\"web\"].dests[\"10.20.0.23\"].weight: \"70000\" is out of range"},
      {R"([{"op": "add_dest", "service": "web", "dest": {"address": "fd20::23", "mode": "nat"}}])",
       "operation 1: services[\"web\"].dests[\"fd20::23\"].address: fd20::23 is IPv6, and the VIP is IPv4"},
      {R"([{"op": "edit_dest", "service": "web", "dest": {"address": "10.20.0.9"}, "set": {"weight": 1}}])",
       "operation 1: service web has no dest 10.20.0.9:80"},
      {R"([{"op": "add_lips", "addresses": ["10.20.0.50"]}])",
       "operation 1: neither `service` nor `pool` is given"},
      {R"([{"op": "add_lips", "service": "web", "addresses": ["10.20.0.300"]}])",
       "operation 1: lip_pools[\"web\"].addresses[1]: "},
      {R"([{"op": "add_lips", "service": "web", "addresses": []}])",
       "operation 1: `addresses` is empty. Name at least one address"},
      {R"([{"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.23"}, "lips": "never"}])",
       "operation 1: `lips` is not \"later\""},
      {R"([{"op": "add_lips", "service": "web", "addresses": ["fd20::1", "fd20::300000"]}])",
       "operation 1: lip_pools[\"web\"].addresses[2]: \"fd20::300000\" is not an IP address"},
      {R"([{"op": "add_lips", "service": "web", "addresses": ["10.20.0.50", "10.20.0.11"]}])",
       "operation 1: service web has 10.20.0.11 already, from pool inside. Add other addresses"},
      {R"([{"op": "add_lips", "pool": "web", "addresses": ["10.20.0.50"]},
           {"op": "add_lips", "service": "web", "addresses": ["10.20.0.51"]}])",
       "operation 2: service web uses pool inside, and not the pool that has its own name. Give it "
       "`lip_pool` "
       "web first, or add to pool inside"},
      {R"([{"op": "add_lips", "service": "web", "addresses": ["10.20.0.22"]}])",
       "the operations together: services[\"web\"].dests[\"10.20.0.22\"].address: 10.20.0.22 is a local"},
      {R"([{"op": "add_dest", "service": "web", "dest": {"address": "10.10.0.100", "port": 8080}}])",
       "operation 1: services[\"web\"].dests[\"10.10.0.100\"].address: 10.10.0.100 is the VIP of"},
      {R"([{"op": "add_lips", "pool": "other", "addresses": ["10.20.0.10"], "ports": "20000-30000"}])",
       "operation 1: lip_pools[\"other\"].addresses[0]: 10.20.0.10 is in pool \"inside\" already, with ports "
       "10240-65535"},
      {R"([{"op": "delete_lips", "service": "web", "addresses": ["10.20.0.10"]}])",
       "operation 1: service web has no local addresses of its own"},
      {R"([{"op": "delete_lips", "pool": "inside", "addresses": ["10.20.0.77"]}])",
       "operation 1: pool inside has no address 10.20.0.77"},
      {R"([{"op": "delete_lips", "pool": "inside", "addresses": "10.20.0.10"}])",
       "operation 1: `addresses` is no list"},
      {R"([{"op": "delete_dest", "service": "web", "dest": {"address": "10.20.0.22", "prot": 80}}])",
       "operation 1: unknown key `prot` of `dest`"},
      {R"([{"op": "set_timeouts", "timeouts": {"udp": 0}}])",
       "operation 1: timeouts.udp: \"0\" is out of range"},
      {R"([{"op": "delete_lips", "pool": "inside", "addresses": ["10.20.0.10", "10.20.0.11", "fd20::10"]}])",
       "the operations together: services[\"web\"].lip_pool: no pool is called \"inside\""},
  };
  for (const auto& [operations, message] : cases) {
    EXPECT_THAT(refused(operations), testing::StartsWith(std::string(message))) << operations;
  }
}

/// Quadratic work here would take minutes.
TEST(EditConfig, ManyOperationsOnOneServiceAndByNames) {
  constexpr int kMany = 20'000;
  std::string operations = "[";
  for (int i = 0; i < kMany; ++i) {
    operations += R"({"op": "add_dest", "service": "dns", "dest": {"address": "10.30.)" +
                  std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) + R"("}},)";
  }
  for (int i = 0; i < kMany - 1; ++i) {
    operations += R"({"op": "delete_dest", "service": "dns", "dest": {"address": "10.30.)" +
                  std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) + R"("}},)";
  }
  operations.back() = ']';
  const Config c = edited(running(), operations);
  ASSERT_THAT(last(c).dests, SizeIs(1));
  EXPECT_EQ(last(c).dests[0].address, ip("10.30.99.200"));
}

TEST(EditConfig, MoreValuesThanAnyConfigurationHasAreRefused) {
  std::string many = "[";
  for (int i = 0; i < 2'000'001; ++i) many += "0,";
  many.back() = ']';
  EXPECT_THAT(refused(many), HasSubstr("more than 2000000 values"));
}

TEST(EditConfig, DeepNestingIsRefused) {
  const std::string deep(5000, '[');
  EXPECT_THAT(refused(deep), HasSubstr("nested too deep"));
}

/// Random transactions of valid operations, beside the same thing done to a Config by hand.
TEST(EditConfig, RandomTransactionsGiveTheConfigurationThatTheFileWouldGive) {
  std::mt19937 random(1);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  Config model = running();
  model.services.clear();
  Config config = model;
  for (int round = 0; round < 300; ++round) {
    std::string operations = "[";
    for (unsigned i = 0, n = 1 + below(4); i < n; ++i) {
      const unsigned host = below(12);
      const IpAddr vip = ip(("10.10.1." + std::to_string(host + 1)).c_str());
      const auto found = std::find_if(model.services.begin(), model.services.end(),
                                      [&](const ServiceConfig& s) { return s.vip == vip; });
      std::string operation;
      if (found == model.services.end()) {
        ServiceConfig s;
        s.name = "s" + std::to_string(host);
        s.vip = vip;
        s.port = L4Port{80};
        s.lip_pool = "inside";
        s.timeouts = model.timeouts;
        model.services.push_back(s);
        operation = R"({"op":"add_service","service":{"name":")" + s.name + R"(","vip":")" + vip.text() +
                    R"(","port":80}})";
      } else if (below(5) == 0) {
        operation = R"({"op":"delete_service","service":")" + found->name + "\"}";
        model.services.erase(found);
      } else if (found->dests.size() > 2 && below(2) == 0) {
        operation = R"({"op":"delete_dest","service":")" + found->name + R"(","dest":{"address":")" +
                    found->dests[0].address.text() + "\"}}";
        found->dests.erase(found->dests.begin());
      } else {
        const IpAddr address = ip(("10.20.1." + std::to_string(1 + below(200))).c_str());
        const auto dest = std::find_if(found->dests.begin(), found->dests.end(),
                                       [&](const DestConfig& d) { return d.address == address; });
        const unsigned weight = below(100);
        const std::string about =
            R"("service":")" + found->name + R"(","dest":{"address":")" + address.text() + '"';
        if (dest == found->dests.end()) {
          found->dests.push_back({address, L4Port{80}, static_cast<std::uint16_t>(weight), {}});
          operation = R"({"op":"add_dest",)" + about + R"(,"weight":)" + std::to_string(weight) + "}}";
        } else {
          dest->weight = static_cast<std::uint16_t>(weight);
          operation =
              R"({"op":"edit_dest",)" + about + R"(},"set":{"weight":)" + std::to_string(weight) + "}}";
        }
      }
      operations += (i == 0 ? "" : ",") + operation;
    }
    config = edited(config, operations + "]");
    ASSERT_EQ(config, model) << operations;
    const auto again = parse_config(config_to_yaml(config), "again.yaml");
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(*again, config);
  }
}

}  // namespace
}  // namespace hvs
