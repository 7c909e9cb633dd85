// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <vector>

#include "model/rss.h"

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace hvs {

/// What a native port asks of its NIC's receive hash.
struct RssPlan {
  bool usable = false;
  std::uint64_t functions = 0;    // RTE_ETH_RSS_*
  std::uint16_t table = 0;        // entries
  std::vector<std::uint8_t> key;  // empty: the NIC's own

  void enter(rte_eth_conf& config);
};

/// Hashing over addresses and ports, as far as the NIC offers it. Not usable with one queue.
RssPlan plan_rss(const rte_eth_dev_info& device, std::uint16_t queues);

/// Spreads the started device's table evenly over the queues and reads back what the NIC really does. Unknown
/// when it does not tell: then local ports are dealt out in blocks.
RssInfo read_rss(std::uint16_t ethdev, RssPlan& plan, std::uint16_t queues);

}  // namespace hvs
