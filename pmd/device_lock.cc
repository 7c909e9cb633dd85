// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/device_lock.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "model/message_id.h"

namespace hvs {

namespace fs = std::filesystem;

Result<DeviceLock> DeviceLock::acquire(const std::string& pci_address, const fs::path& records) {
  const std::string holder =
      std::string(program_invocation_short_name) + " (process " + std::to_string(getpid()) + ")";
  auto lock = FileLock::acquire(records / (pci_address + ".lock"), holder);
  if (lock) return DeviceLock(pci_address, records, std::move(lock).value());
  if (!lock.error().fix.empty()) return lock.error();
  return message(MessageId::device_in_use, "PCI device " + pci_address,
                 "is in use by " +
                     (lock.error().what.empty() ? std::string("another process") : lock.error().what) +
                     ", which has taken it or is giving it back",
                 "Stop that process first, or wait for its end");
}

DeviceLock::~DeviceLock() {
  if (!lock_.held()) return;
  lock_.release();
  std::error_code ignored;
  fs::remove(records_, ignored);  // only an empty one
}

}  // namespace hvs
