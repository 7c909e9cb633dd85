// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/conn_scan.h"

#include <boost/asio/steady_timer.hpp>

#include "base/units.h"

namespace hvs {

namespace {

class Scan final : public ConnScan {
 public:
  Scan(boost::asio::io_context& io, Fabric& fabric, WalkGraveyard& graveyard, const ConnQuery& query)
      : fabric_(fabric), graveyard_(graveyard), query_(query), timer_(io), left_(query.limit) {}

  ~Scan() override {
    if (!walk_) return;
    walk_->cancelled.store(true, std::memory_order_relaxed);
    if (posted_) graveyard_.bury(std::move(walk_));
  }

  void next(std::size_t max, Ready ready) override {
    ready_ = std::move(ready);
    max_ = max;
    poll_soon(0ms);
  }

 private:
  void poll_soon(std::chrono::milliseconds delay) {
    timer_.expires_after(delay);
    // A wait that is over can no longer be cancelled: its handler may outlive this.
    timer_.async_wait([this, alive = std::weak_ptr<void>(alive_)](const boost::system::error_code& error) {
      if (!error && !alive.expired()) step();
    });
  }

  /// Delivers what is there, or looks again a little later.
  void step() {
    ConnBatch batch;
    while (batch.conns.size() < max_ && !over()) {
      if (!walk_ && !ask_worker()) break;
      ConnView view;
      // `finished` is read before the ring: what came before it is in the ring then.
      const bool finished = walk_->finished.load(std::memory_order_acquire);
      if (walk_->ring.pop(view)) {
        batch.conns.push_back(view);
        if (left_) --*left_;
      } else if (finished) {
        add_walk_to_summary();
        walk_.reset();
        posted_ = false;
        ++worker_;
      } else {
        break;
      }
    }
    // The worker may have gone to sleep before a full ring.
    if (walk_ && !batch.conns.empty()) fabric_.box(WorkerId{static_cast<std::uint8_t>(worker_)}).wake();
    if (batch.conns.empty() && !over()) return poll_soon(1ms);
    batch.end = over();
    batch.summary = summary_;
    if (walk_) {  // a limit ended the listing in the middle of a walk
      batch.summary.visited += walk_->visited.load(std::memory_order_relaxed);
      batch.summary.matched += walk_->matched.load(std::memory_order_relaxed);
    }
    Ready ready = std::move(ready_);
    ready(std::move(batch));  // may destroy this
  }

  /// False: the worker serves as many walks as it can.
  bool ask_worker() {
    walk_ = std::make_unique<ConnWalk>();
    walk_->filter = query_.filter;
    walk_->count_only = query_.count_only;
    WorkerBox& box = fabric_.box(WorkerId{static_cast<std::uint8_t>(worker_)});
    for (auto& slot : box.walks) {
      ConnWalk* none = nullptr;
      posted_ = slot.compare_exchange_strong(none, walk_.get(), std::memory_order_release);
      if (posted_) break;
    }
    if (!posted_) walk_.reset();
    box.wake();
    return posted_;
  }

  [[nodiscard]] bool over() const { return worker_ == fabric_.workers() || (left_ && *left_ == 0); }

  void add_walk_to_summary() {
    summary_.visited += walk_->visited.load(std::memory_order_relaxed);
    summary_.matched += walk_->matched.load(std::memory_order_relaxed);
  }

  Fabric& fabric_;
  WalkGraveyard& graveyard_;
  ConnQuery query_;
  boost::asio::steady_timer timer_;
  std::optional<std::uint64_t> left_;
  unsigned worker_ = 0;
  std::unique_ptr<ConnWalk> walk_;
  bool posted_ = false;
  ConnScanSummary summary_;
  std::size_t max_ = 0;
  Ready ready_;
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace

std::unique_ptr<ConnScan> start_conn_scan(boost::asio::io_context& io, Fabric& fabric,
                                          WalkGraveyard& graveyard, const ConnQuery& query) {
  return std::make_unique<Scan>(io, fabric, graveyard, query);
}

}  // namespace hvs
