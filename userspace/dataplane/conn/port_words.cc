// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/port_words.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace hvs {

PortWords::PortWords(std::shared_ptr<const PortOwners> owners, WorkerId worker)
    : owners_(std::move(owners)), worker_(worker.value), workers_(owners_->workers()), count_(0) {
  HVS_CHECK(worker_ < workers_ && workers_ <= 65536 / kLipBlockPorts);
  workers_part_ = ((1U << kPartBits) + workers_ - 1) / workers_;
  for (std::size_t type = 0; type < kRssTypes; ++type) {
    const RssPorts* rss = owners_->rss(static_cast<RssType>(type));
    if (rss == nullptr) {
      count_ = std::max(count_, (65536 / kLipBlockPorts - worker_ + workers_ - 1) / workers_);
      continue;
    }
    rss_[type] = rss;
    // The same for both families: they share the table.
    indexes_ = owners_->indexes_of(worker);
    words_per_index_ = std::max(1U, rss->ports_per_index() / kWordBits);
    word_shift_ = static_cast<std::uint32_t>(std::countr_zero(words_per_index_));
    word_bits_ = std::min(kWordBits, rss->ports_per_index());
    count_ = std::max(count_, static_cast<std::uint32_t>(indexes_.size()) * words_per_index_);
  }
}

std::uint64_t PortWords::allowed_by_rss(const Pair& pair, std::uint32_t w, L4Port low, L4Port high) const {
  const RssPorts& rss = *pair.rss;
  const std::uint32_t base = rss_place(pair, w);
  const auto port = [&](std::uint32_t bit) {
    return rss.port_at(static_cast<std::uint16_t>(base | bit << rss.index_bits()));
  };
  // Ports ascend, so those below a limit are the first ones.
  const auto count_below = [&](std::uint32_t limit) {
    std::uint32_t below = 0;
    for (std::uint32_t step = word_bits_; step != 0; step /= 2) {
      if (below + step <= word_bits_ && port(below + step - 1).value < limit) below += step;
    }
    return below;
  };
  const std::uint32_t first = port(0).value;
  const std::uint32_t last = port(word_bits_ - 1).value;
  if (last < low.value || first > high.value) return 0;
  const std::uint32_t from = first < low.value ? count_below(low.value) : 0;
  const std::uint32_t to = last > high.value ? count_below(high.value + 1U) : word_bits_;
  if (from == to) return 0;
  return (~std::uint64_t{0} >> (kWordBits - (to - from))) << from;
}

}  // namespace hvs
