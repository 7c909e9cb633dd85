// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/ids.h"

namespace hvs {

/// Read-copy-update between one control thread and the workers (ADR 0003). A worker says once a turn that it
/// holds no pointer from before; what was replaced is freed when every worker has said so since.
class Rcu {
 public:
  explicit Rcu(unsigned workers) : workers_(workers) {}

  /// Worker: from here on no pointer read earlier is used.
  void quiescent(WorkerId worker) {
    seen_[worker.index()].epoch.store(epoch_.load(std::memory_order_acquire), std::memory_order_release);
  }
  /// Worker: something was replaced since its last quiescent(). To be asked once more before sleeping.
  [[nodiscard]] bool behind(WorkerId worker) const {
    return seen_[worker.index()].epoch.load(std::memory_order_relaxed) !=
           epoch_.load(std::memory_order_acquire);
  }
  /// Control: a mark that passed() answers for.
  std::uint64_t mark() { return epoch_.fetch_add(1, std::memory_order_acq_rel) + 1; }
  /// Control: every worker was quiescent after mark() gave `mark`.
  [[nodiscard]] bool passed(std::uint64_t mark) const {
    for (unsigned w = 0; w < workers_; ++w) {
      if (seen_[w].epoch.load(std::memory_order_acquire) < mark) return false;
    }
    return true;
  }

 private:
  struct alignas(64) Seen {
    std::atomic<std::uint64_t> epoch{0};
  };
  unsigned workers_;
  std::atomic<std::uint64_t> epoch_{0};
  std::array<Seen, kMaxWorkers> seen_;
};

/// A value that the control thread replaces as a whole and that workers read without a lock.
template <typename T>
class Published {
 public:
  explicit Published(Rcu& rcu) : rcu_(rcu) {}

  /// Worker: valid until its next quiescent(). nullptr before the first publication.
  [[nodiscard]] const T* read() const { return current_.load(std::memory_order_acquire); }

  /// Control: one pointer swap; the former value is kept until reclaim() finds that nobody can hold it.
  void publish(std::shared_ptr<const T> value) {
    current_.store(value.get(), std::memory_order_release);
    if (owner_) retired_.push_back({rcu_.mark(), std::move(owner_)});
    owner_ = std::move(value);
  }
  /// Control: frees what can be freed; returns how many values still wait.
  std::size_t reclaim() {
    std::erase_if(retired_, [&](const Retired& r) { return rcu_.passed(r.mark); });
    return retired_.size();
  }
  /// Control: the current value.
  [[nodiscard]] const std::shared_ptr<const T>& owner() const { return owner_; }

 private:
  struct Retired {
    std::uint64_t mark;
    std::shared_ptr<const T> value;
  };
  Rcu& rcu_;
  std::atomic<const T*> current_{nullptr};
  std::shared_ptr<const T> owner_;
  std::vector<Retired> retired_;
};

}  // namespace hvs
