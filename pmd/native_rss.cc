// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_rss.h"

#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <random>

namespace hvs {
namespace {

constexpr std::uint64_t kWanted = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_IPV6 |
                                  RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |
                                  RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_TCP |
                                  RTE_ETH_RSS_NONFRAG_IPV6_UDP;
constexpr std::uint64_t kPorts[kRssTypes] = {RTE_ETH_RSS_NONFRAG_IPV4_TCP, RTE_ETH_RSS_NONFRAG_IPV4_UDP,
                                             RTE_ETH_RSS_NONFRAG_IPV6_TCP,
                                             RTE_ETH_RSS_NONFRAG_IPV6_UDP};  // by RssType
constexpr std::size_t kDefaultKey = 40;

using Table = std::vector<rte_eth_rss_reta_entry64>;

Table table_of(std::uint16_t entries) {
  Table table((entries + RTE_ETH_RETA_GROUP_SIZE - 1) / RTE_ETH_RETA_GROUP_SIZE);
  for (auto& group : table) group.mask = ~std::uint64_t{0};
  return table;
}

/// One key for all ports of the process, so that ports with the same table spread a flow alike (ADR 0008).
/// Random: what lands on a queue is not for strangers to choose.
const std::vector<std::uint8_t>& process_key(std::size_t size) {
  static std::vector<std::uint8_t> key;
  static std::random_device random;
  while (key.size() < size) key.push_back(static_cast<std::uint8_t>(random()));
  return key;
}

}  // namespace

RssPlan plan_rss(const rte_eth_dev_info& device, std::uint16_t queues) {
  RssPlan plan;
  plan.functions = device.flow_type_rss_offloads & kWanted;
  if (queues < 2 || plan.functions == 0) return plan;
  plan.usable = true;
  plan.table = device.reta_size;
  const std::size_t size = device.hash_key_size != 0 ? device.hash_key_size : kDefaultKey;
  const std::vector<std::uint8_t>& key = process_key(size);
  plan.key.assign(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(size));
  return plan;
}

void RssPlan::enter(rte_eth_conf& config) {
  if (!usable) return;
  config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  config.rx_adv_conf.rss_conf.rss_hf = functions;
  config.rx_adv_conf.rss_conf.rss_key = key.data();
  config.rx_adv_conf.rss_conf.rss_key_len = static_cast<std::uint8_t>(key.size());
}

RssInfo read_rss(std::uint16_t ethdev, RssPlan& plan, std::uint16_t queues) {
  if (!plan.usable || plan.table == 0) {
    plan.usable = false;
    return {};
  }
  Table table = table_of(plan.table);
  for (std::uint16_t i = 0; i < plan.table; ++i)
    table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % queues;
  (void)rte_eth_dev_rss_reta_update(ethdev, table.data(), plan.table);  // what counts is what is read back
  table = table_of(plan.table);
  std::vector<std::uint8_t> key(plan.key.size());
  rte_eth_rss_conf conf{};
  conf.rss_key = key.data();
  conf.rss_key_len = static_cast<std::uint8_t>(key.size());
  if (rte_eth_dev_rss_reta_query(ethdev, table.data(), plan.table) != 0 ||
      rte_eth_dev_rss_hash_conf_get(ethdev, &conf) != 0) {
    plan.usable = false;
    return {};
  }
  RssInfo rss;
  rss.key = std::move(key);
  for (std::uint16_t i = 0; i < plan.table; ++i)
    rss.reta.push_back(table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE]);
  for (std::size_t type = 0; type < kRssTypes; ++type)
    rss.over_ports[type] = (conf.rss_hf & kPorts[type]) != 0;
  return rss;
}

}  // namespace hvs
