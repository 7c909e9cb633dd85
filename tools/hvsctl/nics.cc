// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/nics.h"

#include <utility>

#include "model/message_id.h"
#include "model/names.h"
#include "pmd/device_lock.h"
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

struct Nic {
  DeviceLock lock;
  DeviceFacts facts;  // since then
};

/// The NIC of a device, which nobody else takes or gives back meanwhile.
Result<Nic> lock_nic(const DeviceFacts& facts, const std::string& address) {
  auto lock = DeviceLock::acquire(address);
  if (!lock) return lock.error();
  Nic nic{std::move(*lock), probe_device(facts.device)};
  if (nic.facts.pci_address == facts.pci_address && nic.facts.left_by == facts.left_by) return nic;
  return Error{"another process has just changed what it is", facts.device, "Try again"};
}

Error kernels_already(const DeviceFacts& facts) {
  return {"is not bound to vfio-pci, uio_pci_generic or igb_uio (driver " + facts.driver + ")", facts.device,
          "It is the kernel's already"};
}

/// Undoes the taking of one, because that of another failed. Returns what is amiss then, and what to do.
std::string hand_back(const Nic& nic) {
  const auto& [lock, facts] = nic;
  if (facts.for_userspace()) return {};
  const std::string& address = lock.address();
  const auto given = give_back(lock);
  if (!given) {
    return ". " + facts.device + " was taken already and could not be given back (" +
           given.error().message() + "): hvsctl unbind " + address;
  }
  const std::string advice = advice_after(*given, address);
  return advice.empty() ? "" : ". " + facts.device + " was taken already and given back: " + advice;
}

Result<void> take_all(const std::vector<Nic>& nics, BindDriver driver, const NicOptions& options) {
  std::vector<std::string> together;
  together.reserve(nics.size());
  for (const Nic& nic : nics) together.push_back(nic.lock.address());
  for (const Nic& nic : nics) {
    if (auto may = may_take_over(nic.facts, driver, options.force, together); !may) return may;
  }
  for (std::size_t i = 0; i < nics.size(); ++i) {
    const auto taken = take_from_kernel(nics[i].lock, nics[i].facts, driver, options.force, together);
    if (taken) continue;
    Error error = taken.error();
    for (std::size_t k = 0; k < i; ++k) error.fix += hand_back(nics[k]);
    return error;
  }
  return {};
}

ExitCode unbind_one(const std::string& device, std::FILE* out, std::FILE* err) {
  const DeviceFacts asked = probe_device(device);
  if (!asked.exists && asked.left_by.empty()) return refuse(no_device(device), err);
  const std::string& address = asked.left_by.empty() ? asked.pci_address : asked.left_by;
  if (address.empty()) return refuse(kernels_already(asked), err);
  const auto nic = lock_nic(asked, address);
  if (!nic) return refuse(nic.error(), err);
  const DeviceFacts& facts = nic->facts;
  // One that the kernel has is not given back again, unless that was broken off.
  if (!facts.for_userspace() && !read_bound(address)) return refuse(kernels_already(facts), err);
  // The kernel would wait, and we with it, until that process ends.
  if (auto unused = may_take_over(facts, BindDriver::none, false); !unused)
    return refuse(unused.error(), err);
  const auto given = give_back(nic->lock);
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
  std::vector<Nic> nics;
  for (const std::string& device : options.devices) {
    const DeviceFacts facts = probe_device(device);
    if (!facts.exists) return refuse(no_device(device), err);
    if (facts.bifurcated) {
      std::fprintf(out, "%s: nothing to do: DPDK's driver works beside the kernel's %s\n", device.c_str(),
                   facts.driver.c_str());
      continue;
    }
    if (facts.pci_address.empty()) {
      return refuse(message(MessageId::bind_not_pci, device, "is no PCI device (driver " + facts.driver + ")",
                            "Only PCI devices can be handed to DPDK; use mode: af_xdp"),
                    err);
    }
    auto nic = lock_nic(facts, facts.pci_address);
    if (!nic) return refuse(nic.error(), err);
    nics.push_back(std::move(*nic));
  }
  const auto driver = parse_name<BindDriver>(options.driver).value_or(BindDriver::vfio_pci);
  if (auto done = take_all(nics, driver, options); !done) return refuse(done.error(), err);
  for (const auto& [lock, facts] : nics) {
    std::fprintf(out, "%s (%s) is bound to %s, was with %s\n", facts.device.c_str(), lock.address().c_str(),
                 options.driver.c_str(), facts.driver.empty() ? "no driver" : facts.driver.c_str());
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
