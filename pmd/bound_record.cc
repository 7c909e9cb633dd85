// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/bound_record.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "net/ip_addr.h"
#include "pmd/whole_file.h"

namespace hvs {
namespace {

namespace fs = std::filesystem;

std::optional<MacAddr> parse_mac(const std::string& text) {
  std::array<unsigned, 6> bytes{};
  if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                  &bytes[4], &bytes[5]) != 6) {
    return std::nullopt;
  }
  MacAddr mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(bytes[i]);
  return mac;
}

}  // namespace

std::optional<BoundRecord> read_bound(const std::string& pci_address, const fs::path& dir) {
  std::ifstream in(dir / pci_address);
  if (!in) return std::nullopt;
  BoundRecord record;
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string key = line.substr(0, space);
    const std::string value = line.substr(space + 1);
    if (key == "driver") record.driver = value;
    if (key == "netdev") record.netdev = value;
    if (key == "companion") record.companion = value;
    if (key == "returning") record.returning = value == "yes";
    if (key == "mac") record.mac = parse_mac(value).value_or(MacAddr{});
    if (key == "mtu") record.mtu = static_cast<std::uint16_t>(std::strtoul(value.c_str(), nullptr, 10));
  }
  return record;
}

Result<void> write_bound(const std::string& pci_address, const BoundRecord& record, const fs::path& dir) {
  std::ostringstream out;
  if (!record.driver.empty()) out << "driver " << record.driver << '\n';
  if (!record.netdev.empty()) out << "netdev " << record.netdev << '\n';
  if (!record.companion.empty()) out << "companion " << record.companion << '\n';
  if (record.returning) out << "returning yes\n";
  out << "mac " << mac_text(record.mac) << '\n' << "mtu " << record.mtu << '\n';
  return write_whole(dir / pci_address, out.str());
}

void remove_bound(const std::string& pci_address, const fs::path& dir) {
  std::error_code ignored;
  fs::remove(dir / pci_address, ignored);
  fs::remove(dir, ignored);  // only an empty one
}

std::optional<BoundNic> find_bound_by_netdev(const std::string& netdev, const PciBus& bus,
                                             const fs::path& dir) {
  std::optional<BoundNic> found;
  std::error_code failed;
  for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string address = it->path().filename().string();
    if (!is_pci_address(address)) continue;  // what is kept beside records
    const auto record = read_bound(address, dir);
    if (!record || record->netdev != netdev) continue;
    const std::string driver = bus.driver_of(address);
    found = BoundNic{address, !driver.empty() && !for_userspace(driver)};
    if (!found->kernel_has_it) break;
  }
  return found;
}

}  // namespace hvs
