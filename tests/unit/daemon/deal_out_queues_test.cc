// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "daemon/worker_threads.h"

namespace hvs {
namespace {

class NoPort final : public Port {
 public:
  using Port::Port;
  std::uint16_t rx_burst(QueueId, rte_mbuf**, std::uint16_t) override { return 0; }
  std::uint16_t tx_burst(QueueId, rte_mbuf**, std::uint16_t) override { return 0; }
  [[nodiscard]] PortStats stats() const override { return {}; }
};

struct Ports {
  explicit Ports(const std::vector<std::uint16_t>& queues) {
    for (std::size_t i = 0; i < queues.size(); ++i) {
      PortInfo info;
      info.id = PortId{static_cast<std::uint16_t>(i)};
      info.queues = queues[i];
      owned.push_back(std::make_unique<NoPort>(info));
      list.push_back(owned.back().get());
    }
  }
  std::vector<std::unique_ptr<NoPort>> owned;
  std::vector<Port*> list;
};

class DealOutQueues : public testing::TestWithParam<std::pair<std::vector<std::uint16_t>, unsigned>> {};

TEST_P(DealOutQueues, EveryQueueHasOneWorkerAndEveryWorkerAWayOut) {
  const auto& [queues, workers] = GetParam();
  const Ports ports(queues);
  const auto setups = deal_out_queues(ports.list, workers);
  ASSERT_EQ(setups.size(), workers);

  std::map<std::pair<Port*, std::uint16_t>, unsigned> owner;
  for (const WorkerSetup& setup : setups) {
    for (const RxQueue& rx : setup.rx) {
      EXPECT_TRUE(owner.emplace(std::pair{rx.port, rx.queue.value}, setup.id.value).second) << "polled twice";
    }
  }
  std::size_t total = 0;
  for (const std::uint16_t count : queues) total += count;
  EXPECT_EQ(owner.size(), total);

  for (const WorkerSetup& setup : setups) {
    ASSERT_EQ(setup.tx.size(), queues.size());
    for (std::size_t p = 0; p < queues.size(); ++p) {
      const TxPath& path = setup.tx[p];
      EXPECT_EQ(path.port, ports.list[p]);
      if (path.queue) {
        EXPECT_EQ(owner.at({path.port, path.queue->value}), setup.id.value)
            << "sends on another worker's queue";
      } else {
        const auto& relay = setups[path.relay.index()].tx[p];
        EXPECT_TRUE(relay.queue.has_value()) << "relays to a worker that has no queue either";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DealOutQueues,
                         testing::Values(std::pair{std::vector<std::uint16_t>{1}, 1U},
                                         std::pair{std::vector<std::uint16_t>{1, 1}, 1U},
                                         std::pair{std::vector<std::uint16_t>{1, 1}, 2U},
                                         std::pair{std::vector<std::uint16_t>{1}, 3U},
                                         std::pair{std::vector<std::uint16_t>{4, 4}, 4U},
                                         std::pair{std::vector<std::uint16_t>{2, 3}, 4U},
                                         std::pair{std::vector<std::uint16_t>{8}, 3U}));

TEST(DealOutQueuesOnce, TwoArmsOfOneQueueAreServedByTwoWorkers) {
  const Ports ports({1, 1});
  const auto setups = deal_out_queues(ports.list, 2);
  EXPECT_EQ(setups[0].rx.size(), 1U);
  EXPECT_EQ(setups[1].rx.size(), 1U);
}

}  // namespace
}  // namespace hvs
