// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// Which instance shares which interface with the kernel: files that are locked while it does (docs/adr/0006).
namespace hvs {

/// What goes into a lock file: "INSTANCE PROCESS", and how an error says it: "instance 'demo' (process
/// 4711)".
std::string holder_line(const std::string& instance);
std::string holder_text(const std::string& line);
/// The process of such a line; 0: it names none.
int holder_process(const std::string& line);

/// Where the locks of interfaces are, and how their names begin in the network namespace of the calling
/// thread; an interface's index follows.
std::filesystem::path interface_locks(const std::filesystem::path& run_root);
std::string interface_lock_prefix();
std::filesystem::path interface_lock(const std::filesystem::path& run_root, std::uint32_t ifindex);
/// Files of interfaces in other network namespaces, whether they are locked or not.
std::vector<std::filesystem::path> interface_locks_elsewhere(const std::filesystem::path& run_root);

}  // namespace hvs
