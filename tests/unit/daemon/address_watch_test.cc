// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/address_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

Config config() {
  Config out;
  out.services.resize(1);
  out.services[0].vip = ip("192.0.2.10");
  out.lip_pools.resize(1);
  out.lip_pools[0].addresses = {ip("10.0.0.10"), ip("fd00::10")};
  return out;
}

std::vector<HostAddress> host(std::initializer_list<const char*> addresses) {
  std::vector<HostAddress> out;
  for (const char* address : addresses) {
    out.emplace_back();
    out.back().addr = ip(address);
  }
  return out;
}

TEST(AddressWatch, TellsOfALossOnceAndOfTheReturn) {
  AddressWatch watch;
  const auto all = host({"192.0.2.10", "10.0.0.10", "fd00::10", "10.0.0.1"});
  EXPECT_THAT(watch.look(config(), all).lost, IsEmpty());
  const auto less = host({"192.0.2.10", "10.0.0.1"});
  EXPECT_THAT(watch.look(config(), less).lost, ElementsAre(ip("10.0.0.10"), ip("fd00::10")));
  EXPECT_THAT(watch.look(config(), less).lost, IsEmpty());
  const auto change = watch.look(config(), all);
  EXPECT_THAT(change.lost, IsEmpty());
  EXPECT_THAT(change.back, ElementsAre(ip("10.0.0.10"), ip("fd00::10")));
}

TEST(AddressWatch, WhatTheHostNeverHadIsNoLossNorIsWhatLeftTheConfiguration) {
  AddressWatch watch;
  EXPECT_THAT(watch.look(config(), host({"192.0.2.10"})).lost, IsEmpty());
  EXPECT_THAT(watch.look(config(), host({"192.0.2.10"})).lost, IsEmpty());
  EXPECT_THAT(watch.look({}, host({})).lost, IsEmpty());
  EXPECT_THAT(watch.look(config(), host({})).lost, IsEmpty());
}

TEST(AddressWatch, NamesAreBounded) {
  std::vector<IpAddr> many;
  for (int i = 1; i <= 12; ++i) many.push_back(ip(("10.0.0." + std::to_string(i)).c_str()));
  EXPECT_EQ(address_names({many[0], many[1]}), "10.0.0.1, 10.0.0.2");
  EXPECT_TRUE(address_names(many).ends_with("10.0.0.10 and 2 more"));
}

}  // namespace
}  // namespace hvs
