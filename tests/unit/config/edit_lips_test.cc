// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "tests/unit/config/edited.h"

namespace hvs {
namespace {

using test::edited;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

/// The order of DPVS.
TEST(EditConfig, LocalAddressesMayComeAfterTheDestsThatNeedThem) {
  const Config none = *parse_config("ports: [{device: eth0}]\n", "test.yaml");
  constexpr std::string_view kService =
      R"([{"op": "add_service", "service": {"vip": "10.10.0.100", "port": 80}})";
  const std::string name = "tcp:10.10.0.100:80";
  const auto dest = [&](const std::string& more) {
    return R"(,{"op": "add_dest", "service": ")" + name + R"(", "dest": {"address": "10.20.0.21")" + more;
  };
  const auto hasty = edit_config(none, std::string(kService) + dest("}}]"));
  ASSERT_FALSE(hasty.ok());
  EXPECT_THAT(hasty.error().message(), HasSubstr("`lip_pool` is missing"));

  const Config waiting = edited(none, std::string(kService) + dest(R"(}, "lips": "later"}])"));
  ASSERT_THAT(waiting.lip_pools, SizeIs(1));
  EXPECT_EQ(waiting.lip_pools[0].name, name);
  EXPECT_THAT(waiting.lip_pools[0].addresses, SizeIs(0));
  EXPECT_EQ(waiting.services[0].lip_pool, name);
  const auto again = parse_config(config_to_yaml(waiting), "saved");
  ASSERT_TRUE(again.ok()) << again.problems().text();
  EXPECT_EQ(*again, waiting);

  const std::string lips =
      R"([{"op": "add_lips", "service": ")" + name + R"(", "addresses": ["10.20.0.10"]}])";
  const Config whole = edited(waiting, lips);
  EXPECT_THAT(whole.lip_pools[0].addresses, ElementsAre(ip("10.20.0.10")));
  const std::string first = lips.substr(0, lips.size() - 1) + dest("}}]");
  EXPECT_EQ(edited(edited(none, std::string(kService) + "]"), first), whole) << "as in the other order";
  EXPECT_THAT(edited(waiting, R"([{"op": "delete_service", "service": ")" + name + R"("}])").lip_pools,
              SizeIs(0));
  const Config routed = edited(none, std::string(kService) + dest(R"(, "mode": "dr"}, "lips": "later"}])"));
  EXPECT_THAT(routed.lip_pools, SizeIs(0)) << "it needs none";
}

}  // namespace
}  // namespace hvs
