// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/machine_facts.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "model/names.h"

namespace hvs {

namespace {

namespace fs = std::filesystem;

/// The first number in the file, or 0.
std::uint64_t number_in(const fs::path& path) {
  std::ifstream in(path);
  std::uint64_t value = 0;
  return in >> value ? value : 0;
}

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// What follows "name" on the line that begins with it.
std::string value_of(const fs::path& path, std::string_view name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return line.substr(name.size());
  }
  return {};
}

/// "hugepages-2048kB", "node0": the number in a file's name.
std::uint64_t number_in_name(const std::string& name) {
  const auto digit = name.find_first_of("0123456789");
  std::uint64_t value = 0;
  if (digit != std::string::npos) std::from_chars(name.data() + digit, name.data() + name.size(), value);
  return value;
}

std::vector<fs::path> entries(const fs::path& dir, std::string_view prefix) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(prefix) && name.size() > prefix.size()) out.push_back(it->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<HugepagePool> read_hugepages(const fs::path& dir, int node) {
  std::vector<HugepagePool> out;
  for (const fs::path& size : entries(dir, "hugepages-")) {
    const std::uint64_t bytes = number_in_name(size.filename().string()) * 1024;
    if (bytes == 0) continue;
    out.push_back({node, bytes, number_in(size / "nr_hugepages"), number_in(size / "free_hugepages")});
  }
  return out;
}

std::vector<HugepagePool> read_all_hugepages(const fs::path& sys) {
  std::vector<HugepagePool> out;
  for (const fs::path& node : entries(sys / "devices/system/node", "node")) {
    const int number = static_cast<int>(number_in_name(node.filename().string()));
    for (const HugepagePool& pool : read_hugepages(node / "hugepages", number)) out.push_back(pool);
  }
  // A kernel without NUMA has no nodes in sysfs.
  return out.empty() ? read_hugepages(sys / "kernel/mm/hugepages", 0) : out;
}

/// The hard limit of a line "Max open files   1024   524288   files".
std::uint64_t hard_limit(const fs::path& limits, std::string_view name) {
  std::istringstream fields(value_of(limits, name));
  std::string soft;
  std::string hard;
  fields >> soft >> hard;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(hard.data(), hard.data() + hard.size(), value);
  return error == std::errc{} ? value : kUnlimited;
}

bool mounted(const fs::path& mounts, std::string_view where, std::string_view type) {
  std::ifstream in(mounts);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string source;
    std::string target;
    std::string kind;
    if (fields >> source >> target >> kind && target == where && kind == type) return true;
  }
  return false;
}

void read_kernel(const fs::path& proc, MachineFacts& out) {
  out.kernel = first_line(proc / "sys/kernel/osrelease");
  const char* end = out.kernel.data() + out.kernel.size();
  const auto major = std::from_chars(out.kernel.data(), end, out.kernel_major);
  if (major.ec == std::errc{} && major.ptr != end) std::from_chars(major.ptr + 1, end, out.kernel_minor);
}

/// "[none] integrity confidentiality": the word in brackets.
std::string chosen_word(const std::string& line) {
  const auto from = line.find('[');
  const auto to = line.find(']');
  return from == std::string::npos || to == std::string::npos ? "" : line.substr(from + 1, to - from - 1);
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(std::move(word));
  return out;
}

std::vector<int> read_cpu_nodes(const fs::path& sys) {
  std::vector<int> out;
  for (const fs::path& node : entries(sys / "devices/system/node", "node")) {
    const int number = static_cast<int>(number_in_name(node.filename().string()));
    for (const unsigned cpu : parse_cpu_list(first_line(node / "cpulist"))) {
      if (cpu >= out.size()) out.resize(cpu + 1, -1);
      out[cpu] = number;
    }
  }
  return out;
}

void read_hardware(const fs::path& root, MachineFacts& out) {
  const fs::path sys = root / "sys";
  const std::string flags = value_of(root / "proc/cpuinfo", "flags");
  if (const auto colon = flags.find(':'); colon != std::string::npos)
    out.cpu_flags = words(flags.substr(colon + 1));
  out.cpu_nodes = read_cpu_nodes(sys);
  out.clock_source = first_line(sys / "devices/system/clocksource/clocksource0/current_clocksource");
  out.lockdown = chosen_word(first_line(sys / "kernel/security/lockdown"));
  std::error_code failed;
  const fs::directory_iterator iommus(sys / "class/iommu", failed);
  out.iommu = !failed && iommus != fs::directory_iterator();
  out.tun_device = fs::exists(root / "dev/net/tun", failed);
}

/// "kernel/drivers/vfio/pci/vfio-pci.ko.xz: ..." is a line about vfio_pci.
std::string module_of(const std::string& line) {
  const std::string path = line.substr(0, line.find(':'));
  std::string name = path.substr(path.rfind('/') + 1);
  name.resize(std::min(name.size(), name.find(".ko")));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// Without lists of modules nothing is known, and nothing said to be missing.
void read_nic_drivers(const fs::path& root, MachineFacts& out) {
  std::set<std::string> modules;
  bool known = false;
  for (const char* list : {"modules.dep", "modules.builtin"}) {
    std::ifstream in(root / "lib/modules" / out.kernel / list);
    known = known || in.is_open();
    for (std::string line; std::getline(in, line);) modules.insert(module_of(line));
  }
  if (!known) return;
  for (const auto& driver : Names<BindDriver>::list) {
    if (driver.value == BindDriver::none) continue;
    std::error_code failed;
    if (modules.contains(module_of(std::string(driver.name))) ||
        fs::exists(root / "sys/bus/pci/drivers" / driver.name, failed))
      continue;
    out.missing_drivers.emplace_back(driver.name);
  }
}

}  // namespace

const HostAddress* MachineFacts::holder(const IpAddr& addr) const {
  const auto found =
      std::find_if(addresses.begin(), addresses.end(), [&](const HostAddress& a) { return a.addr == addr; });
  return found == addresses.end() ? nullptr : &*found;
}

bool MachineFacts::neighbours_find(const IpAddr& addr) const {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const HostAddress& a) { return a.addr == addr && (addr.is_v4() || a.on_link); });
}

std::vector<unsigned> parse_cpu_list(const std::string& text) {
  constexpr unsigned kMost = 65536;
  std::vector<unsigned> out;
  std::istringstream fields(text);
  for (std::string field; std::getline(fields, field, ',');) {
    unsigned low = 0;
    unsigned high = 0;
    const char* end = field.data() + field.size();
    const auto first = std::from_chars(field.data(), end, low);
    if (first.ec != std::errc{}) return {};
    high = low;
    if (first.ptr != end && *first.ptr == '-' && std::from_chars(first.ptr + 1, end, high).ec != std::errc{})
      return {};
    if (high < low || high >= kMost) return {};
    for (unsigned cpu = low; cpu <= high; ++cpu) out.push_back(cpu);
  }
  return out;
}

MachineFacts probe_machine_files(const std::string& root) {
  const fs::path proc = fs::path(root) / "proc";
  const fs::path sys = fs::path(root) / "sys";
  MachineFacts out;
  out.cpus_online = parse_cpu_list(first_line(sys / "devices/system/cpu/online"));
  out.cpus_allowed = parse_cpu_list(value_of(proc / "self/status", "Cpus_allowed_list:\t"));
  if (out.cpus_allowed.empty()) out.cpus_allowed = out.cpus_online;
  out.hugepages = read_all_hugepages(sys);
  std::istringstream(value_of(proc / "meminfo", "MemAvailable:")) >> out.memory_available;
  out.memory_available *= 1024;
  out.memlock_limit = hard_limit(proc / "self/limits", "Max locked memory");
  out.nofile_limit = hard_limit(proc / "self/limits", "Max open files");
  std::istringstream(value_of(proc / "self/status", "CapEff:")) >> std::hex >> out.capabilities;
  out.bpffs_mounted = mounted(proc / "self/mounts", "/sys/fs/bpf", "bpf");
  read_kernel(proc, out);
  read_hardware(root, out);
  read_nic_drivers(root, out);
  std::ifstream(proc / "sys/net/ipv4/ip_local_port_range") >> out.local_ports_low >> out.local_ports_high;
  return out;
}

MachineFacts probe_machine() {
  MachineFacts out = probe_machine_files("/");
  out.addresses = probe_addresses();
  out.as_root = geteuid() == 0;
  return out;
}

}  // namespace hvs
