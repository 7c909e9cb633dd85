// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/kept_state.h"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "pmd/tap_device.h"
#include "pmd/whole_file.h"

namespace hvs {

namespace fs = std::filesystem;

fs::path kept_state_path(const std::string& pci_address, const fs::path& records) {
  return records / (pci_address + ".state");
}

Result<void> keep_state(const std::string& pci_address, const NetdevState& state, const fs::path& records) {
  return write_whole(kept_state_path(pci_address, records), state.pack());
}

void drop_state(const std::string& pci_address, const fs::path& records) {
  std::error_code ignored;
  fs::remove(kept_state_path(pci_address, records), ignored);
  fs::remove(records, ignored);  // only an empty one
}

Result<NetdevState> kept_state(const std::string& pci_address, const fs::path& records) {
  const auto record = read_bound(pci_address, records);
  if (record && !record->companion.empty() && is_tap(record->companion)) return NetdevState();
  const fs::path path = kept_state_path(pci_address, records);
  std::error_code failed;
  if (!fs::exists(path, failed) && !failed) return NetdevState();
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  auto state = in ? NetdevState::unpack(bytes) : std::nullopt;
  if (state) return std::move(*state);
  return Error{"the addresses and routes that were kept for " + pci_address + " cannot be read",
               path.string(), "Remove the file to go on without them, and set them by hand"};
}

}  // namespace hvs
