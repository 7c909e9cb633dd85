// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/tcp_state.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/headers.h"

namespace hvs {
namespace {

constexpr Direction kClient = Direction::to_dest;  // who sent it
constexpr Direction kServer = Direction::to_client;
constexpr std::uint8_t kFin = TcpHdr::kFin, kSyn = TcpHdr::kSyn, kRst = TcpHdr::kRst, kPsh = TcpHdr::kPsh,
                       kAck = TcpHdr::kAck;
using S = TcpState;

struct Step {
  Direction from;
  int flags;
  TcpState after;
};
struct Life {
  std::string name;
  std::vector<Step> steps;
};
void PrintTo(const Life& life, std::ostream* out) { *out << life.name; }

const std::vector<Step> kOpen = {
    {kClient, kSyn, S::syn_sent}, {kServer, kSyn | kAck, S::syn_recv}, {kClient, kAck, S::established}};

Life opened(std::string name, std::vector<Step> rest) {
  std::vector<Step> steps = kOpen;
  steps.insert(steps.end(), rest.begin(), rest.end());
  return {std::move(name), std::move(steps)};
}

class TcpLife : public testing::TestWithParam<Life> {};

TEST_P(TcpLife, GoesThroughTheseStates) {
  TcpState state = S::none;
  unsigned number = 0;
  for (const Step& step : GetParam().steps) {
    state = next_tcp_state(state, step.from, static_cast<std::uint8_t>(step.flags));
    EXPECT_EQ(name_of(state), name_of(step.after)) << "after step " << number;
    ++number;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TcpLife,
    testing::Values(opened("client_closes", {{kClient, kPsh | kAck, S::established},
                                             {kServer, kPsh | kAck, S::established},
                                             {kClient, kFin | kAck, S::fin_wait},
                                             {kServer, kAck, S::fin_wait},
                                             {kServer, kPsh | kAck, S::fin_wait},
                                             {kServer, kFin | kAck, S::time_wait},
                                             {kClient, kAck, S::time_wait}}),
                    opened("server_closes", {{kServer, kFin | kAck, S::close_wait},
                                             {kClient, kAck, S::close_wait},
                                             {kClient, kPsh | kAck, S::close_wait},
                                             {kClient, kFin | kAck, S::last_ack},
                                             {kServer, kAck, S::close}}),
                    opened("both_close_at_once", {{kClient, kFin | kAck, S::fin_wait},
                                                  {kServer, kFin | kAck, S::time_wait},
                                                  {kClient, kAck, S::time_wait},
                                                  {kServer, kAck, S::time_wait}}),
                    opened("both_close_at_once_server_seen_first", {{kServer, kFin | kAck, S::close_wait},
                                                                    {kClient, kFin | kAck, S::last_ack},
                                                                    {kServer, kAck, S::close}}),
                    opened("fin_is_retransmitted", {{kClient, kFin | kAck, S::fin_wait},
                                                    {kClient, kFin | kAck, S::fin_wait},
                                                    {kServer, kFin | kAck, S::time_wait},
                                                    {kServer, kFin | kAck, S::time_wait},
                                                    {kClient, kAck, S::time_wait}}),
                    opened("server_fin_is_retransmitted", {{kServer, kFin | kAck, S::close_wait},
                                                           {kServer, kFin | kAck, S::close_wait},
                                                           {kClient, kFin | kAck, S::last_ack},
                                                           {kServer, kFin | kAck, S::close}}),
                    opened("syn_ack_is_retransmitted_late",
                           {{kServer, kSyn | kAck, S::established}, {kClient, kAck, S::established}}),
                    opened("old_syn_again",
                           {{kClient, kSyn, S::established}, {kServer, kAck, S::established}}),
                    Life{"syn_is_retransmitted",
                         {{kClient, kSyn, S::syn_sent},
                          {kClient, kSyn, S::syn_sent},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kClient, kSyn, S::syn_recv},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kClient, kAck, S::established}}},
                    Life{"half_open",
                         {{kClient, kSyn, S::syn_sent},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kServer, kSyn | kAck, S::syn_recv}}},
                    Life{"client_ack_before_the_answer_proves_nothing",
                         {{kClient, kSyn, S::syn_sent}, {kClient, kAck, S::syn_sent}}},
                    Life{"client_fin_before_the_answer_proves_nothing",
                         {{kClient, kSyn, S::syn_sent},
                          {kClient, kFin, S::syn_sent},
                          {kClient, kFin | kAck, S::syn_sent},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kClient, kFin, S::syn_recv}}},
                    Life{"first_data_with_the_handshake_ack_lost",
                         {{kClient, kSyn, S::syn_sent},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kClient, kPsh | kAck, S::established}}},
                    Life{"client_closes_before_data",
                         {{kClient, kSyn, S::syn_sent},
                          {kServer, kSyn | kAck, S::syn_recv},
                          {kClient, kFin | kAck, S::fin_wait}}},
                    Life{"refused", {{kClient, kSyn, S::syn_sent}, {kServer, kRst | kAck, S::close}}},
                    Life{"refused_then_a_straggler",
                         {{kClient, kSyn, S::syn_sent},
                          {kServer, kRst | kAck, S::close},
                          {kClient, kAck, S::close},
                          {kServer, kAck, S::close}}}),
    [](const auto& life) { return life.param.name; });

TEST(TcpState, ResetEndsEveryState) {
  for (const auto& state : Names<TcpState>::list) {
    for (const Direction from : {kClient, kServer}) {
      EXPECT_EQ(next_tcp_state(state.value, from, kRst), S::close) << state.name;
      EXPECT_EQ(next_tcp_state(state.value, from, kRst | kAck), S::close) << state.name;
    }
  }
}

TEST(TcpState, NoFlagsMeanNothing) {
  for (const auto& state : Names<TcpState>::list) {
    for (const Direction from : {kClient, kServer}) {
      EXPECT_EQ(next_tcp_state(state.value, from, 0), state.value) << state.name;
      EXPECT_EQ(next_tcp_state(state.value, from, kPsh), state.value) << state.name;
    }
  }
}

TEST(TcpState, EndedConnectionsNeverComeBackByThemselves) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    for (const Direction from : {kClient, kServer}) {
      EXPECT_EQ(next_tcp_state(S::close, from, static_cast<std::uint8_t>(flags)), S::close);
      const TcpState after = next_tcp_state(S::time_wait, from, static_cast<std::uint8_t>(flags));
      EXPECT_TRUE(after == S::time_wait || after == S::close) << flags;
    }
  }
}

TEST(OneWay, TheClientsSegmentsTellAsMuchAsTheyCan) {
  const struct {
    int flags;
    S after;
  } life[] = {{kSyn, S::syn_sent},           {kSyn, S::syn_sent},        {kAck, S::established},
              {kPsh | kAck, S::established}, {kFin | kAck, S::fin_wait}, {kAck, S::fin_wait},
              {kSyn, S::fin_wait},           {kRst, S::close},           {kAck, S::close}};
  S state = S::none;
  for (const auto& step : life) {
    state = next_tcp_state_one_way(state, static_cast<std::uint8_t>(step.flags));
    EXPECT_EQ(state, step.after) << "flags " << step.flags;
  }
  EXPECT_EQ(next_tcp_state_one_way(S::syn_sent, kRst | kAck), S::close);
}

}  // namespace
}  // namespace hvs
