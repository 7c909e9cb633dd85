// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "dataplane/conn/lip_ports.h"
#include "model/choose_port_owners.h"
#include "tests/support/rss_keys.h"

// Local ports by RSS. The judge is queue_of(), which knows the NIC's published hash and nothing of how ports
// are chosen.
namespace hvs {
namespace {

/// A NIC's queues and table, and the workers behind them.
struct Nic {
  unsigned queues;
  unsigned workers;
  unsigned entries;
  bool even = true;  // false: some queues have far more of the table than others

  [[nodiscard]] PortSpread spread(std::vector<std::uint8_t> key) const {
    PortSpread out{"in", {std::move(key), {}, {true, true, true, true}}, {}};
    std::mt19937 rng(queues);
    for (unsigned i = 0; i < entries; ++i) {
      const auto uneven = static_cast<unsigned>(rng() % queues * (rng() % queues) / queues);
      out.rss.reta.push_back(static_cast<std::uint16_t>(even || i < queues ? i % queues : uneven));
    }
    for (unsigned q = 0; q < queues; ++q) out.workers.emplace_back(static_cast<std::uint8_t>(q % workers));
    return out;
  }
};

std::ostream& operator<<(std::ostream& out, const Nic& nic) {
  return out << nic.queues << " queues, " << nic.workers << " workers, " << nic.entries << " entries"
             << (nic.even ? "" : ", uneven");
}

LipPorts::PairKey random_pair(std::mt19937& rng) {
  LipPorts::PairKey pair;
  const bool v4 = rng() % 2 == 0;
  for (IpAddr* addr : {&pair.lip, &pair.dest}) {
    addr->family = v4 ? Family::ipv4 : Family::ipv6;
    for (unsigned i = 0; i < (v4 ? 4 : 16); ++i) addr->bytes[i] = static_cast<std::uint8_t>(rng());
  }
  pair.dest_port = L4Port{static_cast<std::uint16_t>(rng())};
  pair.protocol = rng() % 2 == 0 ? 6 : 17;
  return pair;
}

RssTuple reply_to(const LipPorts::PairKey& pair, L4Port port) {
  return {pair.dest, pair.lip, pair.dest_port, port, pair.protocol};
}

/// All workers' local ports behind one NIC.
struct Workers {
  Workers(const PortSpread& with, std::shared_ptr<const PortOwners> rule)
      : spread(with), owners(std::move(rule)) {
    for (unsigned w = 0; w < owners->workers(); ++w)
      ports.push_back(std::make_unique<LipPorts>(WorkerId{static_cast<std::uint8_t>(w)}, owners, 64));
  }
  static Workers by_rss(const Nic& nic, std::vector<std::uint8_t> key) {
    const PortSpread spread = nic.spread(std::move(key));
    auto choice = choose_port_owners({&spread, 1}, nic.workers);
    for (std::size_t type = 0; type < kRssTypes; ++type)
      EXPECT_NE(choice.owners.rss(static_cast<RssType>(type)), nullptr) << choice.why;
    return {spread, std::make_shared<const PortOwners>(std::move(choice.owners))};
  }
  static Workers by_blocks(const Nic& nic) {
    return {nic.spread(test::kMicrosoftKey), std::make_shared<const PortOwners>(nic.workers)};
  }

  /// The worker that the NIC gives a frame to.
  [[nodiscard]] unsigned worker_of(const RssTuple& frame) const {
    return spread.workers[queue_of(spread.rss, frame).value().index()].value;
  }
  /// Clients' packets come to workers as the NIC spreads them; each opens a connection. How many percent of
  /// the dests' replies come to the worker that has the connection?
  double home(unsigned seed, unsigned connections = 10'000) {
    std::mt19937 rng(seed);
    std::vector<LipPorts::PairKey> pairs;
    for (unsigned i = 0; i < 48; ++i) pairs.push_back(random_pair(rng));
    unsigned at_home = 0;
    for (unsigned i = 0; i < connections; ++i) {
      const unsigned worker = worker_of(reply_to(random_pair(rng), L4Port{443}));
      const LipPorts::PairKey& pair = pairs[rng() % pairs.size()];
      const auto got = ports[worker]->take_port(pair, L4Port{10240}, L4Port{65535});
      if (!got) {
        ADD_FAILURE() << "no port";
        continue;
      }
      const RssTuple reply = reply_to(pair, got->port);
      if (worker_of(reply) == worker) ++at_home;
      EXPECT_EQ(owners->owner(reply).value, worker) << "a stray reply would not find its owner";
    }
    return 100.0 * at_home / connections;
  }

  PortSpread spread;
  std::shared_ptr<const PortOwners> owners;
  std::vector<std::unique_ptr<LipPorts>> ports;  // by worker
};

/// Simulation: 2 to 64 queues, a worker for each, the published key and others.
TEST(RepliesComeHome, WithAnyNumberOfQueues) {
  double least_by_rss = 100;
  for (unsigned queues = 2; queues <= 64; ++queues) {
    const Nic nic{queues, queues, queues % 3 == 0 ? 512U : 128U};
    const double published = Workers::by_rss(nic, test::kMicrosoftKey).home(queues);
    const double random = Workers::by_rss(nic, test::random_key(queues)).home(queues);
    const double blocks = Workers::by_blocks(nic).home(queues);
    EXPECT_GE(published, 99) << nic;
    EXPECT_GE(random, 99) << nic;
    EXPECT_LT(blocks, 60) << nic << ": what it would be by chance";
    least_by_rss = std::min({least_by_rss, published, random});
    if ((queues & (queues - 1)) == 0)
      std::printf("%u queues: %.2f %% of replies come home, by blocks %.2f %%\n", queues, published, blocks);
  }
  std::printf("2 to 64 queues: %.2f %% at the least\n", least_by_rss);
}

class LipPortsByRss : public testing::TestWithParam<Nic> {};

TEST_P(LipPortsByRss, RepliesComeHome) {
  EXPECT_GE(Workers::by_rss(GetParam(), test::kMicrosoftKey).home(1), 99);
  EXPECT_GE(Workers::by_rss(GetParam(), test::random_key(1)).home(2), 99);
}

TEST_P(LipPortsByRss, WorkersShareARangeWithoutRestOrOverlap) {
  struct Limits {
    unsigned low, high;
  };
  const Workers workers = Workers::by_rss(GetParam(), test::random_key(7));
  std::mt19937 rng(1);
  for (const Limits limits : {Limits{10240, 65535}, Limits{0, 65535}, Limits{1000, 3333}, Limits{65, 191},
                              Limits{65535, 65535}, Limits{1, 63}}) {
    const LipPorts::PairKey pair = random_pair(rng);
    const L4Port low{static_cast<std::uint16_t>(limits.low)};
    const L4Port high{static_cast<std::uint16_t>(limits.high)};
    std::set<unsigned> all;
    for (unsigned w = 0; w < workers.ports.size(); ++w) {
      while (const auto got = workers.ports[w]->take_port(pair, low, high)) {
        ASSERT_TRUE(all.insert(got->port.value).second) << "port " << got->port.value << " given twice";
        ASSERT_EQ(workers.worker_of(reply_to(pair, got->port)), w);
      }
    }
    ASSERT_EQ(all.size(), limits.high - limits.low + 1);
    EXPECT_EQ(*all.begin(), limits.low);
    EXPECT_EQ(*all.rbegin(), limits.high);
  }
}

TEST_P(LipPortsByRss, APairCostsItsShareOf8KiB) {
  const Workers workers = Workers::by_rss(GetParam(), test::random_key(2));
  std::size_t bytes = 0;
  for (const auto& ports : workers.ports) bytes += ports->bytes_per_pair();
  EXPECT_EQ(bytes, GetParam().entries <= 1024 ? 8192U : 16384U);
}

TEST_P(LipPortsByRss, APortComesAgainOnlyAfterAllOthersHadTheirTurn) {
  const Workers workers = Workers::by_rss(GetParam(), test::random_key(3));
  constexpr L4Port kLow{20000};
  constexpr L4Port kHigh{39999};
  std::mt19937 rng(1);
  LipPorts& ports = *workers.ports.back();
  const LipPorts::PairKey pair = random_pair(rng);
  std::vector<LipPorts::Allocation> held;
  while (const auto got = ports.take_port(pair, kLow, kHigh)) held.push_back(*got);
  const std::size_t own = held.size();
  ASSERT_GT(own, 20U);
  for (const auto& one : held) ports.free_port(one.pool, one.port);
  held.clear();
  std::map<unsigned, unsigned> taken_at;  // port: number of allocations before
  for (unsigned allocations = 0; allocations < 3 * own; ++allocations) {
    const auto got = ports.take_port(pair, kLow, kHigh);
    ASSERT_TRUE(got);
    const auto last = taken_at.find(got->port.value);
    if (last != taken_at.end()) {
      ASSERT_GE(allocations - last->second, own - 10) << "port " << got->port.value;
    }
    taken_at[got->port.value] = allocations;
    held.push_back(*got);
    while (held.size() > 10) {
      const std::size_t i = rng() % held.size();
      ports.free_port(held[i].pool, held[i].port);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

TEST_P(LipPortsByRss, RandomUseNeverGivesAPortTwice) {
  const Workers workers = Workers::by_rss(GetParam(), test::random_key(4));
  std::mt19937 rng(5);
  LipPorts& ports = *workers.ports.front();
  struct Held {
    LipPorts::PairKey pair;
    std::uint32_t pool = 0;
    std::set<unsigned> ports;
  };
  std::vector<Held> all(4);
  for (Held& held : all) held.pair = random_pair(rng);
  for (unsigned i = 0; i < 50'000; ++i) {
    Held& held = all[rng() % all.size()];
    if (rng() % 100 < 55) {
      // Now and then another range, as after a reload.
      const L4Port low{static_cast<std::uint16_t>(i % 7 == 0 ? 5000 : 7000)};
      const auto got = ports.take_port(held.pair, low, L4Port{9000});
      if (!got) continue;
      held.pool = got->pool;
      ASSERT_TRUE(held.ports.insert(got->port.value).second);
      ASSERT_GE(got->port.value, low.value);
      ASSERT_LE(got->port.value, 9000);
    } else if (!held.ports.empty()) {
      auto it = held.ports.lower_bound(static_cast<unsigned>(rng() % 9000));
      if (it == held.ports.end()) it = held.ports.begin();
      ports.free_port(held.pool, L4Port{static_cast<std::uint16_t>(*it)});
      held.ports.erase(it);
    }
  }
}

/// UDP's ports are often not hashed: its pairs go by blocks, beside those of TCP.
TEST(LipPortsByBothRules, EachProtocolGoesByItsOwn) {
  const Nic nic{5, 5, 128};
  PortSpread spread = nic.spread(test::kMicrosoftKey);
  spread.rss.over_ports = {true, false, true, false};
  const auto owners =
      std::make_shared<const PortOwners>(choose_port_owners({&spread, 1}, nic.workers).owners);
  const Workers workers(spread, owners);
  std::mt19937 rng(1);
  LipPorts::PairKey pair = random_pair(rng);
  for (const std::uint8_t protocol : {std::uint8_t{6}, std::uint8_t{17}}) {
    pair.protocol = protocol;
    std::set<unsigned> all;
    for (unsigned w = 0; w < nic.workers; ++w) {
      std::vector<LipPorts::Allocation> taken;
      while (const auto got = workers.ports[w]->take_port(pair, L4Port{10240}, L4Port{65535})) {
        ASSERT_TRUE(all.insert(got->port.value).second);
        const unsigned wanted = protocol == 6 ? workers.worker_of(reply_to(pair, got->port))
                                              : lip_block_owner(got->port, nic.workers).value;
        ASSERT_EQ(wanted, w);
        ASSERT_EQ(owners->owner(reply_to(pair, got->port)).value, w);
        taken.push_back(*got);
      }
      for (const auto& one : taken) workers.ports[w]->free_port(one.pool, one.port);
      EXPECT_TRUE(workers.ports[w]->take_port(pair, L4Port{10240}, L4Port{65535}));
    }
    EXPECT_EQ(all.size(), 65536U - 10240);
  }
}

INSTANTIATE_TEST_SUITE_P(Nics, LipPortsByRss,
                         testing::Values(Nic{2, 2, 64}, Nic{2, 2, 128}, Nic{3, 3, 128}, Nic{4, 4, 512},
                                         Nic{5, 5, 64, false}, Nic{7, 7, 128}, Nic{8, 8, 128, false},
                                         Nic{8, 3, 512}, Nic{12, 12, 512}, Nic{16, 16, 64}, Nic{16, 5, 128},
                                         Nic{24, 24, 512, false}, Nic{31, 31, 2048}, Nic{32, 32, 512},
                                         Nic{48, 48, 512}, Nic{64, 64, 64}, Nic{64, 64, 128},
                                         Nic{64, 64, 512, false}, Nic{64, 10, 512}));

}  // namespace
}  // namespace hvs
