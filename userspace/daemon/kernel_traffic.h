// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "daemon/ports.h"
#include "dataplane/worker.h"
#include "runtime/fabric.h"

namespace hvs {

/// Brings what the kernel sends through the companions of native ports to the NICs, in the control thread: a
/// frame goes to the worker that owns a transmit queue of the port, by a ring of its own. The other way is
/// PuntService's.
class KernelTraffic {
 public:
  KernelTraffic(boost::asio::io_context& io, Ports& ports, Fabric& fabric,
                const std::vector<std::unique_ptr<Worker>>& workers);
  Result<void> start();

  [[nodiscard]] std::uint64_t sent(std::size_t port) const { return ways_[port].sent; }
  /// Frames that found the ring full, or no buffer.
  [[nodiscard]] std::uint64_t lost(std::size_t port) const { return ways_[port].lost; }

 private:
  struct Way {
    NativePort* port = nullptr;
    WorkerId owner;
    std::unique_ptr<boost::asio::posix::stream_descriptor> readable;
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
  };
  void wait(Way& way);
  void take(Way& way);
  void send(Way& way, rte_mbuf** frames, unsigned count);

  boost::asio::io_context& io_;
  Fabric& fabric_;
  std::vector<Way> ways_;                                // by PortId
  std::shared_ptr<int> life_ = std::make_shared<int>();  // ends with this object
};

}  // namespace hvs
