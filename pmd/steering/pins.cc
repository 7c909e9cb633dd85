// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/pins.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <optional>

#include "model/message_id.h"
#include "pmd/steering/fd.h"

namespace hvs {

namespace fs = std::filesystem;

namespace {

bool on_bpffs(const fs::path& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && static_cast<unsigned long>(info.f_type) == BPF_FS_MAGIC;
}

/// The root of all instances, this instance's directory and that of its ports. The instance that ends last
/// removes the root, perhaps when it has just been found to be there.
Result<void> make_dirs(const fs::path& dir) {
  constexpr unsigned kTries = 100;
  const std::array<fs::path, 3> wanted = {dir.parent_path(), dir, dir / "ports"};
  for (unsigned made = 0, missing = 0; made < wanted.size();) {
    if (mkdir(wanted[made].c_str(), 0700) == 0 || errno == EEXIST) {
      ++made;
    } else if (errno == ENOENT && made != 0 && ++missing < kTries) {
      made = 0;
    } else {
      return message(MessageId::steering_pins, wanted[made].string(),
                     "cannot create the pin directory: " + errno_text(), "Run as root");
    }
  }
  return {};
}

/// <root>/<instance>: the root's parent is where bpffs is mounted.
Result<void> check_bpffs(const fs::path& dir) {
  const fs::path mounted = dir.parent_path().parent_path();
  if (on_bpffs(mounted) || on_bpffs(dir.parent_path())) return {};
  return message(MessageId::bpffs_missing, mounted.string(), "no BPF file system is mounted there",
                 "Mount it: mount -t bpf bpf /sys/fs/bpf (and enter a namespace with nsenter --net, because "
                 "`ip netns exec` hides the mount)");
}

}  // namespace

Result<void> create_pin_dir(const fs::path& dir) {
  if (auto status = check_bpffs(dir); !status) return status;
  std::error_code error;
  fs::remove_all(dir, error);
  if (error)
    return message(MessageId::steering_pins, dir.string(), "cannot remove old pins: " + error.message(),
                   "Run as root");
  return make_dirs(dir);
}

Result<fs::path> create_port_pin_dir(const fs::path& dir, const std::string& port) {
  std::string name = port;
  std::replace(name.begin(), name.end(), '.', '_');
  fs::path path = dir / "ports" / name;
  if (mkdir(path.c_str(), 0700) != 0)
    return message(
        MessageId::steering_pins, path.string(), "cannot create the port's pin directory: " + errno_text(),
        errno == EEXIST ? "Two ports have names that differ only in dots: rename one" : "Run as root");
  return path;
}

Result<void> pin(int fd, const fs::path& path) {
  if (bpf_obj_pin(fd, path.c_str()) != 0)
    return message(MessageId::steering_pins, path.string(), "cannot pin: " + errno_text(), "");
  return {};
}

void remove_pin_dir(const fs::path& dir) {
  std::error_code error;
  fs::remove_all(dir, error);
  fs::remove(dir.parent_path(), error);  // fails, rightly, when another instance has pins there
}

}  // namespace hvs
