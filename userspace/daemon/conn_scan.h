// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "control/api/backend.h"
#include "runtime/fabric.h"

namespace hvs {

/// Walks that nobody reads any more but whose worker has not let go of them yet.
class WalkGraveyard {
 public:
  void bury(std::unique_ptr<ConnWalk> walk) { walks_.push_back(std::move(walk)); }
  void reclaim() {
    std::erase_if(walks_, [](const auto& w) { return w->finished.load(std::memory_order_acquire); });
  }

 private:
  std::vector<std::unique_ptr<ConnWalk>> walks_;
};

/// One listing of connections: the workers are asked one after the other, each through a ConnWalk, which it
/// serves in slices between bursts. A worker serves a few walks side by side; a further listing waits its
/// turn.
std::unique_ptr<ConnScan> start_conn_scan(boost::asio::io_context& io, Fabric& fabric,
                                          WalkGraveyard& graveyard, const ConnQuery& query);

}  // namespace hvs
