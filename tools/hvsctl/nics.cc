// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/nics.h"

#include "model/names.h"
#include "pmd/probe.h"
#include "pmd/take_device.h"

namespace hvs::ctl {
namespace {

ExitCode refuse(const Error& error, std::FILE* err) {
  std::fprintf(err, "hvsctl: %s\n", error.message().c_str());
  return kFailed;
}

Result<DeviceFacts> find(const std::string& device) {
  DeviceFacts facts = probe_device(device);
  if (!facts.exists)
    return Error{"no such network device or PCI device", device, "List them with: ip link, lspci"};
  return facts;
}

}  // namespace

ExitCode bind_nic(const NicOptions& options, std::FILE* out, std::FILE* err) {
  const auto facts = find(options.device);
  if (!facts) return refuse(facts.error(), err);
  const auto driver = parse_name<BindDriver>(options.driver);
  if (facts->bifurcated()) {
    std::fprintf(out, "%s: nothing to do: DPDK's driver works beside the kernel's %s\n",
                 options.device.c_str(), facts->driver.c_str());
    return kOk;
  }
  if (auto done = take_from_kernel(*facts, driver.value_or(BindDriver::vfio_pci), options.force); !done)
    return refuse(done.error(), err);
  std::fprintf(out, "%s (%s) is bound to %s, was with %s\n", options.device.c_str(),
               facts->pci_address.c_str(), options.driver.c_str(),
               facts->driver.empty() ? "no driver" : facts->driver.c_str());
  return kOk;
}

ExitCode unbind_nic(const NicOptions& options, std::FILE* out, std::FILE* err) {
  const auto facts = find(options.device);
  if (!facts) return refuse(facts.error(), err);
  if (!facts->for_userspace()) {
    return refuse({"is not bound to vfio-pci, uio_pci_generic or igb_uio (driver " + facts->driver + ")",
                   options.device, "It is the kernel's already"},
                  err);
  }
  // The kernel would wait, and we with it, until that process ends.
  if (auto unused = may_take_over(*facts, BindDriver::none, false); !unused)
    return refuse(unused.error(), err);
  const auto netdev = give_back(facts->pci_address);
  if (!netdev) return refuse(netdev.error(), err);
  std::fprintf(out, "%s (%s) is given back to the kernel%s\n", options.device.c_str(),
               facts->pci_address.c_str(),
               netdev->empty() ? ", which made no netdev of it" : (" as " + *netdev).c_str());
  return kOk;
}

}  // namespace hvs::ctl
