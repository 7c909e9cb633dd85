// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/sctp_state.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hvs {
namespace {

constexpr Direction kClient = Direction::to_dest;  // who sent it
constexpr Direction kServer = Direction::to_client;
using C = SctpChunk;
using S = TcpState;
constexpr auto kData = static_cast<SctpChunk>(0);
constexpr auto kHeartbeat = static_cast<SctpChunk>(4);

struct Step {
  Direction from;
  SctpChunk chunk;
  TcpState after;
};
struct Life {
  std::string name;
  std::vector<Step> steps;
};
void PrintTo(const Life& life, std::ostream* out) { *out << life.name; }

const std::vector<Step> kOpen = {{kClient, C::init, S::syn_sent},
                                 {kServer, C::init_ack, S::syn_recv},
                                 {kClient, C::cookie_echo, S::syn_recv},
                                 {kServer, C::cookie_ack, S::established}};

Life opened(std::string name, std::vector<Step> rest) {
  std::vector<Step> steps = kOpen;
  steps.insert(steps.end(), rest.begin(), rest.end());
  return {std::move(name), std::move(steps)};
}

class SctpLife : public testing::TestWithParam<Life> {};

TEST_P(SctpLife, GoesThroughTheseStates) {
  TcpState state = S::none;
  unsigned number = 0;
  for (const Step& step : GetParam().steps) {
    state = next_sctp_state(state, step.from, step.chunk);
    EXPECT_EQ(name_of(state), name_of(step.after)) << "after step " << number;
    ++number;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SctpLife,
    testing::Values(opened("client_shuts_down", {{kClient, kData, S::established},
                                                 {kServer, kHeartbeat, S::established},
                                                 {kClient, C::shutdown, S::fin_wait},
                                                 {kServer, kData, S::fin_wait},
                                                 {kServer, C::shutdown_ack, S::last_ack},
                                                 {kClient, C::shutdown_complete, S::close}}),
                    opened("dest_shuts_down", {{kServer, C::shutdown, S::close_wait},
                                               {kClient, C::shutdown_ack, S::last_ack},
                                               {kServer, C::shutdown_complete, S::close}}),
                    opened("aborted_by_dest", {{kServer, C::abort, S::close}, {kClient, kData, S::close}}),
                    opened("client_restarts", {{kClient, C::init, S::established},
                                               {kServer, C::init_ack, S::established},
                                               {kClient, C::cookie_echo, S::established},
                                               {kServer, C::cookie_ack, S::established}}),
                    opened("restart_while_shutting_down", {{kClient, C::shutdown, S::fin_wait},
                                                           {kClient, C::init, S::fin_wait},
                                                           {kServer, C::cookie_ack, S::established}}),
                    Life{"answers_that_nobody_asked_for",
                         {{kServer, C::init, S::none},
                          {kClient, C::init_ack, S::none},
                          {kClient, C::cookie_ack, S::none}}},
                    Life{"refused", {{kClient, C::init, S::syn_sent}, {kServer, C::abort, S::close}}}),
    [](const auto& info) { return info.param.name; });

TEST(SctpOneWay, FollowsTheClientAlone) {
  const std::vector<std::pair<SctpChunk, TcpState>> steps = {
      {C::init, S::syn_sent},         {C::cookie_echo, S::established},
      {kData, S::established},        {C::shutdown, S::fin_wait},
      {kData, S::fin_wait},           {C::cookie_echo, S::established},
      {C::shutdown_ack, S::fin_wait}, {C::shutdown_complete, S::close},
      {C::cookie_echo, S::close}};
  TcpState state = S::none;
  for (const auto& [chunk, after] : steps) {
    state = next_sctp_state_one_way(state, chunk);
    EXPECT_EQ(name_of(state), name_of(after));
  }
  EXPECT_EQ(next_sctp_state_one_way(S::established, C::abort), S::close);
}

}  // namespace
}  // namespace hvs
