// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/template_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hvs {
namespace {

constexpr std::uint32_t kNow = 5000;

/// Three services: web in slot 3, with dests in slots 7 and 8; tunnels in slot 4 with a VIP of each family,
/// any port, and a dest in slot 9; one that remembers nobody, with a dest in slot 10.
class TemplateScanTest : public testing::Test {
 protected:
  TemplateScanTest() {
    snapshot_.services.resize(6);
    add(3, {"192.0.2.10"}, 80, true,
        {{DestSlot{7}, "10.0.0.21", 8080, 1}, {DestSlot{8}, "10.0.0.22", 80, 2}});
    add(4, {"192.0.2.11", "fd10::11"}, 0, true, {{DestSlot{9}, "10.0.0.23", 0, 1}});
    add(5, {"192.0.2.12"}, 80, false, {{DestSlot{10}, "10.0.0.24", 80, 1}});
  }

  struct To {
    DestSlot slot;
    const char* address;
    std::uint16_t port;
    std::uint64_t incarnation;
  };
  void add(std::uint32_t slot, const std::vector<const char*>& vips, std::uint16_t port, bool persistent,
           const std::vector<To>& dests) {
    auto service = std::make_shared<Service>();
    service->slot = ServiceSlot{slot};
    for (const char* vip : vips) service->vips.push_back(*IpAddr::parse(vip));
    service->vip = service->vips.front();
    service->port = L4Port{port};
    if (persistent) service->persistence.emplace();
    for (const To& to : dests) {
      Dest& dest = service->dests.emplace_back();
      dest.slot = to.slot;
      dest.addr = *IpAddr::parse(to.address);
      dest.port = L4Port{to.port};
      dest.incarnation = to.incarnation;
    }
    snapshot_.services[slot] = service;
  }
  /// A client with a connection to the dest.
  void remember(const char* client, DestSlot slot, std::uint64_t incarnation = 1) {
    const IpAddr address = *IpAddr::parse(client);
    const auto held = templates_.hold(templates_.key_of(ServiceSlot{slot.value}, 1, address), kNow, address);
    ASSERT_TRUE(held && templates_.bind(held->at, 0, {slot, incarnation, 60}));
  }
  /// "CLIENT VIP DEST", sorted.
  std::vector<std::string> listed(ConnQuery query = {}, std::size_t batch = 100) {
    const auto scan = start_template_scan(io_, &templates_, snapshot_, query, [] { return kNow; });
    std::vector<std::string> out;
    bool end = false;
    while (!end) {
      scan->next(batch, [&](Result<ConnBatch> got) {
        ASSERT_TRUE(got.ok());
        EXPECT_LE(got->conns.size(), batch);
        for (const ConnView& v : got->conns) {
          EXPECT_EQ(v.template_of, 1U);
          EXPECT_EQ(v.expires_ms, 60'000U);
          out.push_back(v.client.text() + " " + v.vip.text(v.vip_port.value) + " " +
                        v.dest.text(v.dest_port.value));
        }
        end = got->end;
        summary_ = got->summary;
      });
      io_.restart();
      io_.run();
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  boost::asio::io_context io_;
  Templates templates_{65536};
  Snapshot snapshot_;
  ConnScanSummary summary_;
};

using Lines = std::vector<std::string>;

TEST_F(TemplateScanTest, ClientsAreShownWithTheirServiceAndDest) {
  remember("198.51.100.1", DestSlot{7});
  remember("198.51.100.2", DestSlot{8}, 2);
  remember("2001:db8::", DestSlot{9});
  remember("198.51.100.0", DestSlot{9});
  const Lines all{"198.51.100.0 192.0.2.11:0 10.0.0.23:0", "198.51.100.1 192.0.2.10:80 10.0.0.21:8080",
                  "198.51.100.2 192.0.2.10:80 10.0.0.22:80", "2001:db8:: [fd10::11]:0 10.0.0.23:0"};
  EXPECT_EQ(listed(), all);
  EXPECT_EQ(listed({}, 1), all) << "by ones";
  EXPECT_EQ(summary_.visited, 4U);
}

TEST_F(TemplateScanTest, FiltersAndTheLimitCount) {
  remember("198.51.100.1", DestSlot{7});
  remember("198.51.100.2", DestSlot{8}, 2);
  remember("198.51.100.0", DestSlot{9});
  ConnQuery query;
  query.filter.service = ServiceSlot{3};
  EXPECT_EQ(listed(query).size(), 2U);
  query.filter.client = IpAddr::parse("198.51.100.2");
  EXPECT_EQ(listed(query), Lines{"198.51.100.2 192.0.2.10:80 10.0.0.22:80"});
  EXPECT_EQ(summary_.matched, 1U);
  ConnQuery two;
  two.limit = 2;
  EXPECT_EQ(listed(two).size(), 2U);
}

TEST_F(TemplateScanTest, WhatNamesNoDestOfNowIsNobodys) {
  remember("198.51.100.1", DestSlot{8}, 1);  // the slot has another dest now
  remember("198.51.100.2", DestSlot{10});    // its service remembers nobody any more
  remember("198.51.100.3", DestSlot{11});    // there is no such dest
  EXPECT_EQ(listed(), Lines{});
}

TEST_F(TemplateScanTest, WithoutATableOrPersistentServicesItEndsAtOnce) {
  const auto ends = [&](const Templates* templates, const Snapshot& snapshot) {
    const auto scan = start_template_scan(io_, templates, snapshot, {}, [] { return kNow; });
    bool end = false;
    scan->next(10, [&](Result<ConnBatch> got) { end = got.ok() && got->end && got->conns.empty(); });
    io_.restart();
    io_.run();
    return end;
  };
  EXPECT_TRUE(ends(nullptr, snapshot_));
  EXPECT_TRUE(ends(&templates_, Snapshot{}));
}

TEST_F(TemplateScanTest, WhoLeavesIsNotCalled) {
  remember("198.51.100.1", DestSlot{7});
  auto scan = start_template_scan(io_, &templates_, snapshot_, {}, [] { return kNow; });
  scan->next(10, [](const Result<ConnBatch>&) { FAIL(); });
  scan.reset();
  io_.run();
}

}  // namespace
}  // namespace hvs
