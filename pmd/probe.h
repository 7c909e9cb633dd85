// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

#include "base/result.h"
#include "model/config.h"
#include "model/device_facts.h"
#include "pmd/port.h"

namespace hvs {

/// Facts of a netdev of this network namespace, or of a PCI device. `exists` is false when there is none.
DeviceFacts probe_device(const std::string& device);

/// The netdev's RSS key, table and nothing else; empty when it is not Toeplitz over addresses and TCP ports.
RssInfo probe_rss(const std::string& netdev);

struct PortDecision {
  PortKind kind = PortKind::af_xdp;
  std::string why;  // one clause, for the plan and the log
};

/// Which kind of port this device becomes, or why it cannot be one:
///
///   device                                  | auto    | af_xdp  | native
///   a netdev that the kernel's driver has   | af_xdp  | af_xdp  | native: bound to `bind` first
///   ... whose DPDK driver works beside it   | af_xdp  | af_xdp  | native: not bound
///   bound to vfio-pci or uio, by PCI address
///     or by the name its netdev had         | native  | refused | native
///   PCI address of a kernel's device        | refused | refused | native: bound to `bind` first
///   no PCI device (veth, bond, ...)         | af_xdp  | af_xdp  | refused
Result<PortDecision> decide_port_kind(const PortConfig& config, const DeviceFacts& facts);

}  // namespace hvs
