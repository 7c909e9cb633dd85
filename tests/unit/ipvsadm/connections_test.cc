// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// `-Lc`, byte by byte: scripts cut it into columns.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tools/ipvsadm/listing.h"

namespace hvs::ipvs {
namespace {

TEST(IpvsConnections, Lines) {
  EXPECT_EQ(connections_heading(),
            "IPVS connection entries\n"
            "pro expire state       source             virtual            destination\n");
  EXPECT_EQ(connections_heading(true),
            "IPVS connection entries\n"
            "pro expire state       source             virtual            destination        pe name         "
            " pe_data\n");
  EXPECT_EQ(*connection_line(R"({"protocol":"tcp","client":"198.51.100.7:40000","vip":"192.0.2.10:80",
      "lip":"10.0.0.12:10240","dest":"10.0.0.21:8080","state":"established","expires_ms":899999,"service":"web"})",
                             true),
            "TCP 14:59  ESTABLISHED 198.51.100.7:40000 192.0.2.10:80      10.0.0.21:8080\n");
  EXPECT_EQ(*connection_line(R"({"protocol":"udp","client":"[fd00::1]:1","vip":"[fd10::100]:53",
      "dest":"[fd20::21]:53","state":"replied","expires_ms":7200000})",
                             true),
            "UDP 120:00 UDP         [fd00::1]:1        [fd10::100]:53     [fd20::21]:53\n");
  EXPECT_FALSE(connection_line("nonsense", true).ok());
}

/// Scripts that watch for floods count these.
TEST(IpvsConnections, AnOpeningConnectionIsInOneStateWhetherItsServerHasAnsweredOrNot) {
  for (const std::string state : {"syn_sent", "syn_recv"}) {
    const std::string line = R"({"protocol":"tcp","client":"198.51.100.7:40000","vip":"192.0.2.10:80",
        "dest":"10.0.0.21:80","expires_ms":9000,"state":")" +
                             state + "\"}";
    EXPECT_EQ(connection_line(line, true)->substr(0, 27), "TCP 00:09  SYN_RECV    198.") << state;
  }
}

/// Which names the side that has closed first.
TEST(IpvsConnections, ClosingConnectionsHaveTheStatesOfIpvs) {
  const struct {
    const char* mode;
    const char* ours;
    const char* theirs;
  } states[] = {{"nat", "fin_wait", "CLOSE_WAIT"},
                {"fullnat", "close_wait", "FIN_WAIT"},
                {"fullnat", "last_ack", "TIME_WAIT"},
                {"nat", "time_wait", "TIME_WAIT"},
                {"dr", "fin_wait", "FIN_WAIT"},
                {"tunnel", "fin_wait", "FIN_WAIT"},
                {"nat", "close", "CLOSE"}};
  for (const auto& [mode, ours, theirs] : states) {
    const std::string line = fmt::format(
        R"({{"protocol":"tcp","mode":"{}","client":"198.51.100.7:40000","vip":"192.0.2.10:80","dest":"10.0.0.21:80","expires_ms":9000,"state":"{}"}})",
        mode, ours);
    EXPECT_EQ(connection_line(line, true)->substr(0, 26), fmt::format("TCP 00:09  {:<11} 198", theirs))
        << ours;
  }
}

TEST(IpvsConnections, PersistentClientsAreRowsWithoutAPortAndAState) {
  EXPECT_EQ(
      *template_line(R"({"protocol":"tcp","mode":"fullnat","client":"198.51.100.0","vip":"192.0.2.10:80",
      "dest":"10.0.0.21:8080","connections":2,"expires_ms":300000,"service":"web"})",
                     true),
      "TCP 05:00  NONE        198.51.100.0:0     192.0.2.10:80      10.0.0.21:8080\n");
  EXPECT_EQ(*template_line(R"({"protocol":"udp","client":"fd00:1::","vip":"[fd10::100]:0",
      "dest":"[fd20::21]:0","connections":0,"expires_ms":2678400000})",
                           true),
            "UDP 44640:00 NONE        [fd00:1::]:0       [fd10::100]:0      [fd20::21]:0\n");
  EXPECT_FALSE(template_line("nonsense", true).ok());
  EXPECT_FALSE(template_line(R"({"what":"else"})", true).ok());
}

TEST(IpvsConnections, AssociationsHaveTheStatesOfIpvs) {
  const std::pair<const char*, const char*> states[] = {
      {"none", "NONE"},           {"syn_sent", "INIT1"},
      {"syn_recv", "C-SENT"},     {"established", "ESTABLISHED"},
      {"fin_wait", "S-RECEIVED"}, {"close_wait", "S-SENT"},
      {"last_ack", "S-ACK-SENT"}, {"close", "CLOSED"}};
  for (const auto& [ours, theirs] : states) {
    const std::string line =
        std::string(R"({"protocol":"sctp","client":"198.51.100.7:40000","vip":"192.0.2.10:80",
        "dest":"10.0.0.21:80","expires_ms":9000,"state":")") +
        ours + "\"}";
    EXPECT_EQ(connection_line(line, true)->substr(0, 27), fmt::format("SCTP 00:09  {:<11} 198", theirs))
        << ours;
  }
}

}  // namespace
}  // namespace hvs::ipvs
