// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace hvs {

/// A way to the kernel for frames that are not ours. One thread writes.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// One Ethernet frame, without FCS. Never blocks; false: the kernel did not take it.
  virtual bool write(const std::uint8_t* frame, std::size_t size) = 0;
};

}  // namespace hvs
