// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/arena.h"

#include <sys/mman.h>
#include <sys/random.h>

#include <algorithm>
#include <new>

#include "base/units.h"
#include "dataplane/conn/flow_key.h"

namespace hvs {

Arena::Arena(std::size_t bytes) {
  constexpr std::size_t kHuge = 2_MiB;
  bytes_ = bytes >= kHuge ? (bytes + kHuge - 1) / kHuge * kHuge : (bytes + 4095) / 4096 * 4096;
  // Over-reserve by one huge page, so that the table can start on a huge page boundary.
  const std::size_t span = bytes_ >= kHuge ? bytes_ + kHuge : bytes_;
  void* raw = mmap(nullptr, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto start = reinterpret_cast<std::uintptr_t>(raw);
  if (span != bytes_) {
    const std::uintptr_t aligned = (start + kHuge - 1) / kHuge * kHuge;
    if (aligned != start) munmap(raw, aligned - start);
    const std::uintptr_t tail = start + span - (aligned + bytes_);
    if (tail != 0) munmap(reinterpret_cast<void*>(aligned + bytes_), tail);
    start = aligned;
    madvise(reinterpret_cast<void*>(start), bytes_, MADV_HUGEPAGE);
  }
  data_ = reinterpret_cast<void*>(start);
}

bool Arena::bring(std::size_t upto) {
  // A few huge pages at a time: each is some hundred microseconds of the caller's.
  constexpr std::size_t kPiece = 4_MiB;
  if (brought_ >= std::min(upto, bytes_)) return false;
  const std::size_t piece = std::min(kPiece, bytes_ - brought_);
#ifdef MADV_POPULATE_WRITE
  // Refused by kernels before 5.14, and when memory is short: then pages come as they are touched.
  (void)madvise(as<char>() + brought_, piece, MADV_POPULATE_WRITE);
#endif
  brought_ += piece;
  return true;
}

Arena::~Arena() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

HashSecret HashSecret::random() {
  HashSecret secret;
  if (getrandom(&secret, sizeof secret, 0) != sizeof secret) throw std::bad_alloc();
  return secret;
}

}  // namespace hvs
