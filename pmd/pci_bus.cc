// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/pci_bus.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/units.h"
#include "model/device_facts.h"
#include "model/message_id.h"

namespace hvs {
namespace {

namespace fs = std::filesystem;

std::string link_name(const fs::path& link) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(link, failed);
  return failed ? std::string() : target.filename().string();
}

std::vector<std::string> names_in(const fs::path& dir) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed))
    out.push_back(it->path().filename().string());
  return out;
}

/// sysfs wants a value in one write, and says by errno what it thinks of it.
Result<void> put(const fs::path& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = errno;
  if (fd >= 0) close(fd);
  if (done) return {};
  return Error{"cannot write " + path.string() + ": " + std::strerror(code), "", ""};
}

/// Drivers that leave a device of a group to userspace (vfio's own rule).
bool leaves_alone(const std::string& driver) {
  return driver.empty() || driver == "vfio-pci" || driver == "pci-stub" || driver == "pcieport";
}

}  // namespace

bool is_pci_address(std::string_view device) {
  // [DDDD:]BB:DD.F
  if (device.size() == 12) {
    const std::string_view domain = device.substr(0, 4);
    if (!std::all_of(domain.begin(), domain.end(), [](unsigned char c) { return std::isxdigit(c) != 0; })) {
      return false;
    }
    if (device[4] != ':') return false;
    device.remove_prefix(5);
  }
  const auto hex = [&](std::size_t i) { return std::isxdigit(static_cast<unsigned char>(device[i])) != 0; };
  return device.size() == 7 && hex(0) && hex(1) && device[2] == ':' && hex(3) && hex(4) && device[5] == '.' &&
         device[6] >= '0' && device[6] <= '7';
}

bool for_userspace(const std::string& driver) {
  DeviceFacts facts;
  facts.driver = driver;
  return facts.for_userspace();
}

bool load_module(const std::string& name) {
  std::string program = "modprobe";
  std::string quiet = "-q";
  std::string module = name;
  char* argv[] = {program.data(), quiet.data(), module.data(), nullptr};
  std::string path = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
  char* environment[] = {path.data(), nullptr};
  // Nobody may read our standard error, and then modprobe would wait there, and we for it.
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  bool loaded = false;
  pid_t child = 0;
  for (const char* file : {"/sbin/modprobe", "/usr/sbin/modprobe"}) {
    if (posix_spawn(&child, file, &files, nullptr, argv, environment) != 0) continue;
    int status = 0;
    loaded = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    break;
  }
  posix_spawn_file_actions_destroy(&files);
  return loaded;
}

fs::path PciBus::device(const std::string& address) const { return root_ / "sys/bus/pci/devices" / address; }

bool PciBus::exists(const std::string& address) const {
  std::error_code ignored;
  return fs::exists(device(address), ignored);
}

std::string PciBus::driver_of(const std::string& address) const {
  return link_name(device(address) / "driver");
}

std::vector<fs::path> PciBus::netdev_dirs(const std::string& address) const {
  std::vector<fs::path> dirs{device(address) / "net"};
  // A virtio NIC's netdev hangs on a device below.
  for (const std::string& below : names_in(device(address))) {
    if (below.starts_with("virtio")) dirs.push_back(device(address) / below / "net");
  }
  return dirs;
}

std::vector<std::string> PciBus::netdevs_of(const std::string& address) const {
  std::vector<std::string> names;
  for (const fs::path& dir : netdev_dirs(address)) {
    for (std::string& name : names_in(dir)) names.push_back(std::move(name));
  }
  return names;
}

bool PciBus::has_netdevs(const std::string& address) const {
  // sysfs hides netdevs of other network namespaces, and shows the directory in which they are.
  const auto dirs = netdev_dirs(address);
  return std::any_of(dirs.begin(), dirs.end(), [](const fs::path& dir) {
    std::error_code ignored;
    return fs::exists(dir, ignored);
  });
}

std::vector<std::string> PciBus::virtual_functions_of(const std::string& address) const {
  std::vector<std::string> functions;
  for (const std::string& name : names_in(device(address))) {
    if (name.starts_with("virtfn")) functions.push_back(link_name(device(address) / name));
  }
  return functions;
}

bool PciBus::has_iommu_group(const std::string& address) const {
  return !link_name(device(address) / "iommu_group").empty();
}

std::vector<GroupMember> PciBus::in_the_way(const std::string& address,
                                            const std::vector<std::string>& together) const {
  std::vector<GroupMember> found;
  for (const std::string& other : names_in(device(address) / "iommu_group/devices")) {
    std::string driver = driver_of(other);
    const bool goes_too = std::find(together.begin(), together.end(), other) != together.end();
    if (other != address && !goes_too && !leaves_alone(driver)) found.push_back({other, std::move(driver)});
  }
  return found;
}

bool PciBus::has_driver(const std::string& driver) const {
  std::error_code ignored;
  return fs::exists(root_ / "sys/bus/pci/drivers" / driver, ignored);
}

Result<void> PciBus::may_bind(const std::string& address, const std::string& driver,
                              const std::vector<std::string>& together) const {
  const std::string where = "PCI device " + address;
  if (!exists(address)) return Error{"there is none", where, "List them with: lspci"};
  if (driver != "vfio-pci") return {};
  if (!has_iommu_group(address)) {
    return message(MessageId::iommu_off, where, "vfio-pci needs an IOMMU, and the device has no IOMMU group",
                   "Turn on VT-d or AMD-Vi in the firmware, boot with intel_iommu=on (Intel), or set "
                   "bind: uio_pci_generic");
  }
  const std::vector<GroupMember> others = in_the_way(address, together);
  if (others.empty()) return {};
  std::string list;
  for (const GroupMember& other : others)
    list += (list.empty() ? "" : ", ") + other.address + " (" + other.driver + ")";
  return message(MessageId::iommu_group, where,
                 "shares its IOMMU group with devices that the kernel uses: " + list,
                 "Bind those to vfio-pci as well, or put the NIC into another slot");
}

Result<void> PciBus::need_driver(const std::string& driver) const {
  if (has_driver(driver) || (load_module(driver) && has_driver(driver))) return {};
  return message(MessageId::bind_no_driver, "driver " + driver,
                 "the kernel has no such driver, and `modprobe " + driver + "` did not bring it",
                 driver == "igb_uio" ? "Build and load igb_uio (dpdk-kmods), or set bind: vfio-pci"
                                     : "Install the kernel's extra modules, or choose another `bind` driver");
}

std::vector<std::string> PciBus::users_of(const std::string& address) const {
  std::vector<std::string> files;
  if (const std::string group = link_name(device(address) / "iommu_group"); !group.empty())
    files.push_back("/dev/vfio/" + group);
  for (const std::string& uio : names_in(device(address) / "uio")) files.push_back("/dev/" + uio);
  std::vector<std::string> users;
  for (const std::string& process : names_in(root_ / "proc")) {
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    const fs::path open_files = root_ / "proc" / process / "fd";
    for (const std::string& fd : names_in(open_files)) {
      std::error_code failed;
      const std::string target = fs::read_symlink(open_files / fd, failed).string();
      if (failed || std::find(files.begin(), files.end(), target) == files.end()) continue;
      std::string name;
      std::ifstream(root_ / "proc" / process / "comm") >> name;
      users.push_back(name.append(" (process ").append(process).append(")"));
      break;
    }
  }
  return users;
}

Result<void> PciBus::hand_over(const std::string& address, const std::string& driver_override) const {
  const std::string before = driver_of(address);
  if (auto done = put(device(address) / "driver_override", driver_override + "\n"); !done) return done;
  if (!before.empty()) {
    if (auto done = put(device(address) / "driver/unbind", address); !done) return done;
  }
  return put(root_ / "sys/bus/pci/drivers_probe", address);
}

bool PciBus::wait_until(const std::function<bool()>& it_is_so) const {
  for (int i = 0; i < 100; ++i) {
    if (it_is_so()) return true;
    if (kernel_) {
      kernel_();
    } else {
      std::this_thread::sleep_for(20ms);
    }
  }
  return it_is_so();
}

Result<void> PciBus::bind(const std::string& address, const std::string& driver) const {
  const std::string before = driver_of(address);
  if (before == driver) return {};
  const auto done = hand_over(address, driver);
  if (done && wait_until([&] { return driver_of(address) == driver; })) return {};
  const std::string reason = done ? driver + " did not take it" : done.error().what;
  const std::string amiss = put_back(address, before);
  return message(MessageId::bind_failed, "PCI device " + address,
                 "cannot be bound to " + driver + ": " + reason + (amiss.empty() ? "" : "; " + amiss),
                 "See the kernel's log (dmesg); it takes root" +
                     (amiss.empty() ? "" : ". Give it back by hand: hvsctl unbind " + address));
}

/// Undoes a hand-over that failed. Returns what is amiss then; empty: nothing.
std::string PciBus::put_back(const std::string& address, const std::string& driver) const {
  if (driver.empty() || driver_of(address) == driver) {
    (void)put(device(address) / "driver_override", "\n");
    return {};
  }
  // The kernel finds its own drivers by itself, as at boot; one for userspace takes only what names it.
  const auto done = hand_over(address, for_userspace(driver) ? driver : "");
  if (done && wait_until([&] { return driver_of(address) == driver; })) return {};
  const std::string now = driver_of(address);
  return "and it is not back at its driver " + driver + ", " +
         (done ? "which did not take it" : done.error().what) + ": it has " +
         (now.empty() ? "none" : now + " now");
}

Result<void> PciBus::release(const std::string& address, const std::string& former) const {
  auto done = hand_over(address, "");
  const bool known = !former.empty() && has_driver(former);
  if (done && known && wait_until([&] { return !driver_of(address).empty(); }) &&
      driver_of(address) != former) {
    if (hand_over(address, former) && wait_until([&] { return driver_of(address) == former; })) {
      // It stays with the driver that it has; the next time, the kernel chooses again.
      done = put(device(address) / "driver_override", "\n");
    } else {
      // The driver that the kernel chose is better than none.
      done = hand_over(address, "");
      (void)wait_until([&] { return !driver_of(address).empty(); });
    }
  }
  if (done) return {};
  return message(MessageId::bind_failed, "PCI device " + address,
                 "cannot be given back to the kernel: " + done.error().what,
                 "Is a process still using it? It takes root");
}

}  // namespace hvs
