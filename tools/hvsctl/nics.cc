// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/nics.h"

#include <utility>

#include "model/names.h"
#include "pmd/probe.h"
#include "pmd/take_device.h"

namespace hvs::ctl {
namespace {

ExitCode refuse(const Error& error, std::FILE* err) {
  std::fprintf(err, "hvsctl: %s\n", error.message().c_str());
  return kFailed;
}

Error no_device(const std::string& device) {
  return {"no such network device or PCI device", device, "List them with: ip link, lspci"};
}

Result<DeviceFacts> find(const std::string& device) {
  DeviceFacts facts = probe_device(device);
  if (!facts.exists) return no_device(device);
  return facts;
}

/// Undoes the taking of one, because that of another failed. Returns what is amiss then, and what to do.
std::string hand_back(const DeviceFacts& nic) {
  if (nic.for_userspace()) return {};
  const std::string& address = nic.pci_address;
  const auto given = give_back(address);
  if (!given) {
    return ". " + nic.device + " was taken already and could not be given back (" + given.error().message() +
           "): hvsctl unbind " + address;
  }
  const std::string advice = advice_after(*given, address);
  return advice.empty() ? "" : ". " + nic.device + " was taken already and given back: " + advice;
}

Result<void> take_all(const std::vector<DeviceFacts>& nics, BindDriver driver, const NicOptions& options) {
  std::vector<std::string> together;
  together.reserve(nics.size());
  for (const DeviceFacts& nic : nics) together.push_back(nic.pci_address);
  for (const DeviceFacts& nic : nics) {
    if (nic.pci_address.empty()) continue;  // taking it is refused below
    if (auto may = may_take_over(nic, driver, options.force, together); !may) return may;
  }
  for (std::size_t i = 0; i < nics.size(); ++i) {
    const auto taken = take_from_kernel(nics[i], driver, options.force, together);
    if (taken) continue;
    Error error = taken.error();
    for (std::size_t k = 0; k < i; ++k) error.fix += hand_back(nics[k]);
    return error;
  }
  return {};
}

ExitCode unbind_one(const std::string& device, std::FILE* out, std::FILE* err) {
  const DeviceFacts facts = probe_device(device);
  if (!facts.exists && facts.left_by.empty()) return refuse(no_device(device), err);
  const std::string address = facts.left_by.empty() ? facts.pci_address : facts.left_by;
  // One that the kernel has is not given back again, unless that was broken off.
  if (!facts.for_userspace() && (address.empty() || !read_bound(address))) {
    return refuse({"is not bound to vfio-pci, uio_pci_generic or igb_uio (driver " + facts.driver + ")",
                   device, "It is the kernel's already"},
                  err);
  }
  // The kernel would wait, and we with it, until that process ends.
  if (auto unused = may_take_over(facts, BindDriver::none, false); !unused)
    return refuse(unused.error(), err);
  const auto given = give_back(address);
  if (!given) return refuse(given.error(), err);
  std::string how = given->netdev.empty() ? "" : " as " + given->netdev;
  if (given->saved != 0) {
    how += ", with " + std::to_string(given->restored) + " of " + std::to_string(given->saved) +
           " addresses and routes";
  }
  std::fprintf(out, "%s (%s) is given back to the kernel%s\n", device.c_str(), address.c_str(), how.c_str());
  if (const std::string advice = advice_after(*given, address); !advice.empty())
    std::fprintf(out, "%s: %s\n", device.c_str(), advice.c_str());
  return kOk;
}

}  // namespace

ExitCode bind_nic(const NicOptions& options, std::FILE* out, std::FILE* err) {
  std::vector<DeviceFacts> nics;
  for (const std::string& device : options.devices) {
    auto facts = find(device);
    if (!facts) return refuse(facts.error(), err);
    if (facts->bifurcated()) {
      std::fprintf(out, "%s: nothing to do: DPDK's driver works beside the kernel's %s\n", device.c_str(),
                   facts->driver.c_str());
      continue;
    }
    nics.push_back(std::move(*facts));
  }
  const auto driver = parse_name<BindDriver>(options.driver).value_or(BindDriver::vfio_pci);
  if (auto done = take_all(nics, driver, options); !done) return refuse(done.error(), err);
  for (const DeviceFacts& nic : nics) {
    std::fprintf(out, "%s (%s) is bound to %s, was with %s\n", nic.device.c_str(), nic.pci_address.c_str(),
                 options.driver.c_str(), nic.driver.empty() ? "no driver" : nic.driver.c_str());
  }
  return kOk;
}

ExitCode unbind_nic(const NicOptions& options, std::FILE* out, std::FILE* err) {
  ExitCode code = kOk;
  for (const std::string& device : options.devices) {
    if (const ExitCode one = unbind_one(device, out, err); one != kOk) code = one;
  }
  return code;
}

}  // namespace hvs::ctl
