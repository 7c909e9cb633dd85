// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/lip_warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace hvs {
namespace {

using testing::HasSubstr;

constexpr DestSlot kWithPort{7};
constexpr DestSlot kKeepsThePort{8};
constexpr ServiceSlot kWeb{0};
constexpr ServiceSlot kOffice{1};

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

Snapshot snapshot() {
  auto lips = std::make_shared<LipPool>();
  lips->name = "inside";
  auto web = std::make_shared<Service>();
  web->name = "web";
  web->lips = lips;
  web->dests.resize(2);
  web->dests[0].slot = kWithPort;
  web->dests[0].addr = ip("fd20::21");
  web->dests[0].port = L4Port{8080};
  web->dests[1].slot = kKeepsThePort;
  web->dests[1].addr = ip("10.20.0.22");
  auto office = std::make_shared<Service>();
  office->name = "office";
  office->lips = lips;
  office->mode = ForwardingMode::snat;
  Snapshot out;
  out.services = {web, office};
  return out;
}

TEST(LipWarning, NamesPoolAndDest) {
  const auto text = [](const std::set<WithoutPort>& who) {
    return lip_warning(86, 10, who, snapshot()).message();
  };
  EXPECT_THAT(text({{kWeb, kWithPort}}),
              HasSubstr("lip_pools: in 10 s 86 frame(s) of new connections found no free local port, such as "
                        "in pool inside towards [fd20::21]:8080 (web) [lip_ports_full]. Give the pool"));
  EXPECT_THAT(
      text({{kWeb, kKeepsThePort}, {kOffice, DestSlot{9}}}),
      HasSubstr("in pool inside towards 10.20.0.22 (web); in pool inside towards a host outside (office)"));
  EXPECT_THAT(text({{kWeb, DestSlot{99}}}), HasSubstr("towards a dest that is gone (web)"));
  // The service is gone, or nobody has told.
  EXPECT_THAT(text({{ServiceSlot{2}, kWithPort}}), HasSubstr("no free local port [lip_ports_full]"));
  EXPECT_THAT(text({}), HasSubstr("no free local port [lip_ports_full]"));
}

TEST(LipWarning, NamesAFewOfMany) {
  std::set<WithoutPort> many;
  for (std::uint32_t i = 0; i < 20; ++i) many.insert({kWeb, DestSlot{100 + i}});
  const std::string text = lip_warning(1, 10, many, snapshot()).what;
  std::size_t named = 0;
  for (std::size_t at = 0; (at = text.find("in pool", at)) != std::string::npos; ++at) ++named;
  EXPECT_EQ(named, 5U);
}

TEST(WithoutPort, IsToldOnce) {
  WithoutPortNote note;
  EXPECT_FALSE(note.take());
  note.set({kOffice, DestSlot{0}});
  note.set({kWeb, DestSlot{0}});
  EXPECT_EQ(note.take(), (WithoutPort{kWeb, DestSlot{0}}));
  EXPECT_FALSE(note.take());
  note.set({ServiceSlot{kMaxServices}, DestSlot{kMaxDests}});
  EXPECT_EQ(note.take(), (WithoutPort{ServiceSlot{kMaxServices}, DestSlot{kMaxDests}}));
}

}  // namespace
}  // namespace hvs
