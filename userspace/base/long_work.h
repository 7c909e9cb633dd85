// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <utility>

namespace hvs {

/// What a thread does meanwhile when its work is long: reading a file of a million dests, say, or writing as
/// many rows. Such work calls piece_done() for each row; then the function is called, on the same thread. It
/// changes nothing that the work looks at. Without a LongWork on the thread piece_done() does nothing.
class LongWork {
 public:
  explicit LongWork(std::function<void()> meanwhile)
      : before_(std::exchange(current_, this)), meanwhile_(std::move(meanwhile)) {}
  LongWork(const LongWork&) = delete;
  LongWork& operator=(const LongWork&) = delete;
  ~LongWork() { current_ = before_; }

  static void piece_done() {
    if (current_ != nullptr) current_->meanwhile_();
  }

 private:
  static inline thread_local LongWork* current_ = nullptr;
  LongWork* before_;
  std::function<void()> meanwhile_;
};

}  // namespace hvs
