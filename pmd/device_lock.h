// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/result.h"
#include "pmd/bound_record.h"
#include "pmd/steering/file_lock.h"

namespace hvs {

/// The right to take a NIC from the kernel and to give it back: of one process, which has it until it ends
/// or lets go. hvsd holds it as long as it has the NIC. What was asked of the NIC before may be true no more.
class DeviceLock {
 public:
  /// An error names the process that has it.
  static Result<DeviceLock> acquire(const std::string& pci_address,
                                    const std::filesystem::path& records = kBoundRecords);
  ~DeviceLock();
  DeviceLock(DeviceLock&&) = default;
  DeviceLock& operator=(DeviceLock&&) = delete;
  DeviceLock(const DeviceLock&) = delete;
  DeviceLock& operator=(const DeviceLock&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  DeviceLock(std::string address, std::filesystem::path records, FileLock lock)
      : address_(std::move(address)), records_(std::move(records)), lock_(std::move(lock)) {}
  std::string address_;
  std::filesystem::path records_;
  FileLock lock_;  // ADDR.lock beside the record
};

}  // namespace hvs
