// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "pmd/bound_record.h"
#include "pmd/netdev_state.h"

// Between the moment in which a NIC's netdev goes and the one in which its companion has the addresses and
// routes, no netdev has them; and again when the NIC goes back. They are then in a file beside the record
// (ADDR.state), so that whoever comes after a crash has them.
namespace hvs {

Result<void> keep_state(const std::string& pci_address, const NetdevState& state,
                        const std::filesystem::path& records = kBoundRecords);
void drop_state(const std::string& pci_address, const std::filesystem::path& records = kBoundRecords);

/// What a companion of this NIC is still to be given: nothing when the one that its record names is there.
/// An error says that a file is there and cannot be used.
Result<NetdevState> kept_state(const std::string& pci_address,
                               const std::filesystem::path& records = kBoundRecords);

/// The file.
[[nodiscard]] std::filesystem::path kept_state_path(const std::string& pci_address,
                                                    const std::filesystem::path& records = kBoundRecords);

}  // namespace hvs
