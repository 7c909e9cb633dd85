// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/dpdk_drivers.h"

#include <rte_build_config.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace hvs {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kMark = "PMD_INFO_STRING= ";
constexpr std::uint16_t kAny = 0xffff;

bool hands_to_userspace(const std::string& module) {
  return module == "vfio-pci" || module == "vfio" || module == "uio_pci_generic" || module == "igb_uio";
}

/// "* ib_uverbs & mlx5_core", "* igb_uio | vfio-pci": the names. What stands in front says for which devices;
/// several such lists are one behind the other, by a comma.
std::vector<std::string> modules_of(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::erase(word, ',');
    if (!word.empty() && word != "*" && word != "&" && word != "|") names.push_back(word);
  }
  return names;
}

std::vector<PciId> devices_of(const Json& rows) {
  std::vector<PciId> ids;
  for (const Json& row : rows) {
    if (!row.is_array() || row.size() != 4) continue;
    ids.push_back({row[0].get<std::uint16_t>(), row[1].get<std::uint16_t>(), row[2].get<std::uint16_t>(),
                   row[3].get<std::uint16_t>()});
  }
  return ids;
}

std::string whole(const fs::path& path) {
  std::error_code failed;
  const auto bytes = fs::file_size(path, failed);
  if (failed) return {};
  std::string content(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(content.data(), static_cast<std::streamsize>(bytes));
  content.resize(static_cast<std::size_t>(file.gcount()));
  return content;
}

bool fits(std::uint16_t wanted, std::uint16_t is) { return wanted == kAny || wanted == is; }

}  // namespace

bool DpdkDriver::beside_kernel() const {
  return !kernel_modules.empty() && std::ranges::none_of(kernel_modules, hands_to_userspace);
}

bool DpdkDriver::drives(const PciId& device) const {
  return std::ranges::any_of(devices, [&](const PciId& id) {
    return fits(id.vendor, device.vendor) && fits(id.device, device.device) &&
           fits(id.subsystem_vendor, device.subsystem_vendor) &&
           fits(id.subsystem_device, device.subsystem_device);
  });
}

std::vector<DpdkDriver> drivers_in(std::string_view file) {
  std::vector<DpdkDriver> drivers;
  for (std::size_t at = file.find(kMark); at != std::string_view::npos; at = file.find(kMark, at)) {
    at += kMark.size();
    const Json info = Json::parse(file.substr(at, file.find('\0', at) - at), nullptr, false);
    if (!info.is_object()) continue;
    try {
      drivers.push_back({info.value("name", ""), modules_of(info.value("kmod", "")),
                         devices_of(info.value("pci_ids", Json::array()))});
    } catch (const Json::exception&) {
      continue;  // something else than it says
    }
  }
  return drivers;
}

const fs::path& dpdk_driver_directory() {
  static const fs::path directory(RTE_EAL_PMD_PATH);
  return directory;
}

bool works_beside_kernel(const PciId& device, const fs::path& directory) {
  std::error_code failed;
  std::set<fs::path> files;  // each is there by several names
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (!entry->path().filename().string().starts_with("librte_net_")) continue;
    std::error_code dangling;
    if (const fs::path file = fs::canonical(entry->path(), dangling); !dangling) files.insert(file);
  }
  return std::ranges::any_of(files, [&](const fs::path& file) {
    const auto drivers = drivers_in(whole(file));
    return std::ranges::any_of(drivers,
                               [&](const DpdkDriver& d) { return d.beside_kernel() && d.drives(device); });
  });
}

PciId read_pci_id(const fs::path& sysfs_device) {
  const auto number = [&](const char* name) {
    unsigned value = 0;
    std::ifstream(sysfs_device / name) >> std::hex >> value;
    return static_cast<std::uint16_t>(value);
  };
  return {number("vendor"), number("device"), number("subsystem_vendor"), number("subsystem_device")};
}

}  // namespace hvs
