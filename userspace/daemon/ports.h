// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "pmd/af_xdp_port.h"
#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "pmd/steering.h"

namespace hvs {

/// The instance's ports with what they stand on: packet buffers and the steering program. Opened as a whole
/// or not at all; the order of the members is the order of closing, reversed.
class Ports {
 public:
  /// Opens every port of the configuration. Steered traffic does not flow before attach().
  static Result<std::unique_ptr<Ports>> open(const Config& config, unsigned workers, const Eal& eal,
                                             Steering& steering, const std::string& bpf_dir);

  /// Puts the steering program on every port: from here on traffic comes.
  Result<void> attach(const Config& config, Steering& steering);

  [[nodiscard]] const std::vector<std::unique_ptr<AfXdpPort>>& list() const { return ports_; }
  [[nodiscard]] std::size_t size() const { return ports_.size(); }
  [[nodiscard]] Port& at(std::size_t i) const { return *ports_[i]; }

 private:
  std::optional<PoolSet> pools_;
  std::vector<std::unique_ptr<AfXdpPort>> ports_;
};

}  // namespace hvs
