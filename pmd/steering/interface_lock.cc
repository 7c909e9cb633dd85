// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/interface_lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace hvs {

namespace fs = std::filesystem;

std::string holder_line(const std::string& instance) { return instance + " " + std::to_string(getpid()); }

std::string holder_text(const std::string& line) {
  const auto space = line.find(' ');
  if (space == std::string::npos) return "another instance";
  return "instance '" + line.substr(0, space) + "' (process " + line.substr(space + 1) + ")";
}

int holder_process(const std::string& line) {
  const auto space = line.find(' ');
  return space == std::string::npos ? 0 : std::atoi(line.c_str() + space);
}

// The directory cannot be mistaken for an instance's: names of instances have no dots.
fs::path interface_locks(const fs::path& run_root) { return run_root / ".ports"; }

/// An index means nothing outside its network namespace.
std::string interface_lock_prefix() {
  struct stat info {};
  if (stat("/proc/thread-self/ns/net", &info) != 0) return "0-";
  return std::to_string(info.st_ino) + "-";
}

fs::path interface_lock(const fs::path& run_root, std::uint32_t ifindex) {
  return interface_locks(run_root) / (interface_lock_prefix() + std::to_string(ifindex));
}

std::vector<fs::path> interface_locks_elsewhere(const fs::path& run_root) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(interface_locks(run_root), error)) {
    if (!entry.path().filename().string().starts_with(interface_lock_prefix())) out.push_back(entry.path());
  }
  return out;
}

}  // namespace hvs
