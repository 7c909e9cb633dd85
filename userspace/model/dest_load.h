// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "model/conn_limits.h"
#include "model/ids.h"

namespace hvs {

/// Who writes the loads of dests.
enum class LoadWriters : std::uint8_t {
  one,  // a single worker: it needs no locked instruction, each of which would wait for all stores before it
  several  // workers at the same time
};
[[nodiscard]] constexpr LoadWriters load_writers(unsigned workers) {
  return workers == 1 ? LoadWriters::one : LoadWriters::several;
}

/// How many connections a dest has, over all workers: exact, so that a bound is kept and the least loaded
/// dest is found whichever worker asks. Touched when a connection opens, ends, or becomes active or inactive;
/// never for a packet. A handle of a row in DestLoads; any thread may read.
class DestLoad {
 public:
  /// active << 32 | total << 1 | full: one write opens or ends a connection.
  using Row = std::atomic<std::uint64_t>;
  DestLoad(Row& row, LoadWriters writers) : word_(row), writers_(writers) {}

  /// A dest that was full rests until it is below `resume_below`: only then it takes connections again.
  [[nodiscard]] bool takes(ConnLimits limits) {
    if (limits.max == 0) return true;
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    const std::uint32_t total = total_of(word);
    if ((word & kFull) != 0) return total < limits.resume_below && total < limits.max;
    if (total < limits.max) return true;
    // More than a reload allows. A lost race is made good by the next one who asks.
    word_.compare_exchange_strong(word, word | kFull, std::memory_order_relaxed);
    return false;
  }

  /// Takes a place, unless another worker took the last one. `active`: it counts as such from now on;
  /// `filled`: it was the last one.
  [[nodiscard]] bool open(ConnLimits limits, bool active, bool& filled) {
    filled = false;
    const std::uint64_t one = one_of(active);
    if (limits.max == 0) {
      if ((add(one) & kFull) != 0) {
        word_.fetch_and(~kFull, std::memory_order_relaxed);  // the bound is gone
      }
      return true;
    }
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint32_t total = total_of(word);
      const bool full = (word & kFull) != 0 && total >= limits.resume_below;
      if (full || total >= limits.max) return false;
      filled = total + 1 >= limits.max;
      const std::uint64_t next = ((word & ~kFull) + one) | (filled ? kFull : 0);
      if (word_.compare_exchange_weak(word, next, std::memory_order_relaxed)) return true;
    }
  }

  /// Takes a place whatever the bound is, for a client that has the dest already.
  void open_over(ConnLimits limits, bool active, bool& filled) {
    const std::uint64_t word = add(one_of(active));
    const bool full = (word & kFull) != 0;
    filled = !full && limits.max != 0 && total_of(word) + 1 >= limits.max;
    if (filled) word_.fetch_or(kFull, std::memory_order_relaxed);
    if (full && limits.max == 0) word_.fetch_and(~kFull, std::memory_order_relaxed);
  }

  /// The connection that open() made place for was not to be: a dest that it filled is not full.
  void undo(bool active, bool filled) {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(word, (filled ? word & ~kFull : word) - one_of(active),
                                        std::memory_order_relaxed)) {
    }
  }
  void close(bool active) { add(-one_of(active)); }
  void activate() { add(kActive); }
  void deactivate() { add(-kActive); }

  struct Counts {
    std::uint32_t total = 0;
    std::uint32_t active = 0;  // of these: Connection::active()
  };
  [[nodiscard]] Counts counts() const {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    return {total_of(word), static_cast<std::uint32_t>(word >> 32)};
  }
  [[nodiscard]] std::uint32_t active() const { return counts().active; }

 private:
  static constexpr std::uint64_t kFull = 1;
  static constexpr std::uint64_t kOne = 2;
  static constexpr std::uint64_t kActive = std::uint64_t{1} << 32;
  static std::uint64_t one_of(bool active) { return active ? kOne + kActive : kOne; }
  static std::uint32_t total_of(std::uint64_t word) { return static_cast<std::uint32_t>(word) >> 1; }
  /// Adds modulo 2^64; returns what was there before.
  std::uint64_t add(std::uint64_t delta) {
    if (writers_ == LoadWriters::several) return word_.fetch_add(delta, std::memory_order_relaxed);
    const std::uint64_t before = word_.load(std::memory_order_relaxed);
    word_.store(before + delta, std::memory_order_relaxed);
    return before;
  }

  Row& word_;
  LoadWriters writers_;
};

static_assert(sizeof(DestLoad::Row) == 8);

/// The loads of all dests, by slot; one table for all workers. A slot that is given to another dest has no
/// connections, so its row needs no reset.
///
/// Rows are packed, since schedulers read those of all dests of a service in turn; but 64 neighbours are on
/// 64 cache lines, so that workers which open connections to different dests do not write the same one
/// (docs/adr/0010).
class DestLoads {
 public:
  explicit DestLoads(LoadWriters writers = LoadWriters::several)
      : rows_(static_cast<DestLoad::Row*>(std::calloc(kMaxDests, sizeof(DestLoad::Row)))), writers_(writers) {
    if (rows_ == nullptr) throw std::bad_alloc();
  }
  [[nodiscard]] DestLoad operator[](DestSlot slot) const {
    return {rows_.get()[place_of(slot.value)], writers_};
  }
  /// Of blocks of 64 lines with 8 rows: slots go through the lines first, then through the rows of a line.
  [[nodiscard]] static constexpr std::uint32_t place_of(std::uint32_t slot) {
    return (slot & ~511U) | (slot & 63U) << 3 | (slot >> 6 & 7U);
  }

 private:
  struct Free {
    void operator()(DestLoad::Row* rows) const { std::free(rows); }
  };
  // Zeroed pages of the kernel: a row costs memory when its page is used.
  std::unique_ptr<DestLoad::Row[], Free> rows_;
  LoadWriters writers_;
};

}  // namespace hvs
