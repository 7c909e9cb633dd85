// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/sctp_state.h"

#include <gtest/gtest.h>

#include <optional>
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

constexpr auto kSack = static_cast<SctpChunk>(3);
constexpr auto kError = static_cast<SctpChunk>(9);
constexpr auto kIData = static_cast<SctpChunk>(64);

struct Chunk {
  SctpChunk type;
  std::uint16_t bytes = 4;                             // with padding they are there,
  std::optional<std::uint16_t> length = std::nullopt;  // and this is what it says
};

class SctpPacket : public testing::Test {
 protected:
  /// After a packet of the dest's with these chunks, of which the last `cut` bytes are missing.
  static TcpState after(TcpState state, const std::vector<Chunk>& chunks, std::size_t cut = 0,
                        bool sees_both = true) {
    std::vector<std::uint8_t> packet(sizeof(SctpHdr), 0xee);
    for (const Chunk& chunk : chunks) {
      const std::uint16_t length = chunk.length.value_or(chunk.bytes);
      packet.push_back(static_cast<std::uint8_t>(chunk.type));
      packet.push_back(0);
      packet.push_back(static_cast<std::uint8_t>(length >> 8U));
      packet.push_back(static_cast<std::uint8_t>(length));
      // What stands in a chunk is not taken for another one.
      packet.resize(packet.size() + (chunk.bytes - 1) / 4 * 4, static_cast<std::uint8_t>(C::abort));
    }
    packet.resize(packet.size() - cut);
    const std::vector<std::uint8_t> exact(packet);
    return sctp_state_after(Reader{exact}, sizeof(SctpHdr), state, kServer, sees_both);
  }
};

TEST_F(SctpPacket, AnAbortMayComeBehindControlChunks) {
  EXPECT_EQ(after(S::syn_recv, {{C::cookie_ack}, {C::abort}}), S::close);
  EXPECT_EQ(after(S::syn_recv, {{C::cookie_ack}, {kSack, 16}}), S::established);
  for (std::uint16_t bytes = 4; bytes < 13; ++bytes)
    EXPECT_EQ(after(S::established, {{kError, bytes}, {C::abort, 8}}), S::close) << bytes;
  EXPECT_EQ(after(S::established, {{kSack, 16}, {C::shutdown, 8}}), S::close_wait);
  EXPECT_EQ(after(S::fin_wait, {{kError, 7}, {C::shutdown_ack}}), S::last_ack);
  EXPECT_EQ(after(S::established, {{kError}, {C::abort}}, 0, false), S::close);
  EXPECT_EQ(after(S::established, {{C::abort}, {C::shutdown_ack}, {kSack, 16}}), S::close);
}

TEST_F(SctpPacket, WhatHasToBeFirstOrAloneIsNothingBehindOthers) {
  for (const SctpChunk chunk : {C::init, C::init_ack, C::cookie_echo, C::cookie_ack, C::shutdown_complete})
    EXPECT_EQ(after(S::syn_sent, {{kError}, {chunk}}), S::syn_sent);
  EXPECT_EQ(after(S::established, {{kError}, {C::shutdown_complete}, {C::abort}}), S::close);
}

TEST_F(SctpPacket, NothingCountsBehindData) {
  EXPECT_EQ(after(S::established, {{kData, 20}, {C::abort}}), S::established);
  EXPECT_EQ(after(S::established, {{kSack, 16}, {kIData, 24}, {C::abort}}), S::established);
}

TEST_F(SctpPacket, NothingCountsFromWhereItIsNotWhole) {
  for (std::uint16_t length = 0; length < 4; ++length)
    EXPECT_EQ(after(S::established, {{kError, 4, length}, {C::abort}}), S::established) << length;
  for (const auto length : std::vector<std::uint16_t>{9, 13, 0xfffd, 0xffff})
    EXPECT_EQ(after(S::established, {{kError, 4, length}, {C::abort}}), S::established) << length;
  EXPECT_EQ(after(S::established, {{kError}, {C::abort, 4, 5}}), S::established);
  for (std::size_t cut = 0; cut < 12; ++cut)
    EXPECT_EQ(after(S::established, {{kSack, 16}, {C::abort, 12}}, cut),
              cut == 0 ? S::close : S::established);
  // A first fragment may have no more of the first one than its header, or not even that.
  EXPECT_EQ(after(S::established, {{C::abort, 40}}, 36), S::close);
  for (std::size_t cut = 37; cut < 41; ++cut)
    EXPECT_EQ(after(S::established, {{C::abort, 40}}, cut), S::established);
}

TEST_F(SctpPacket, NoMoreThanEightAreLookedAt) {
  std::vector<Chunk> chunks(7, {kError});
  chunks.push_back({C::abort});
  EXPECT_EQ(after(S::established, chunks), S::close);
  chunks.insert(chunks.begin(), {kError});
  EXPECT_EQ(after(S::established, chunks), S::established);
}

}  // namespace
}  // namespace hvs
