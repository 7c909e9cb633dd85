// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>

struct rte_mbuf;

namespace hvs {

/// A way to the kernel for frames that are not ours. One thread uses it.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// Takes frames in their order, and frees them; `refused` counts those of them that the kernel did not
  /// want. Never blocks. Returns how many it took: fewer when there is no room for more just now.
  virtual unsigned give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) = 0;
};

/// A sink that takes one Ethernet frame, without FCS, at a time.
class FrameWriter : public FrameSink {
 public:
  /// Never blocks; false: the kernel did not take it.
  virtual bool write(const std::uint8_t* frame, std::size_t size) = 0;
  unsigned give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) override;
};

}  // namespace hvs
