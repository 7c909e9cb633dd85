// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string_view>

// What text a setting accepts. Each returns what is wrong, or nothing.
namespace hvs::config {

inline constexpr const char* kNameRule = "1 to 64 letters, digits and . _ : - [ ]";

std::string_view wrong_with_name(std::string_view text);
/// Becomes a directory below /run/hvs and /sys/fs/bpf/hvs (bpffs refuses dots).
std::string_view wrong_with_instance(std::string_view text);
/// A netdev name (IFNAMSIZ) or a full PCI address.
std::string_view wrong_with_device(std::string_view text);
std::string_view wrong_with_netdev(std::string_view text);
/// sockaddr_un's sun_path holds 107 bytes and a terminator.
std::string_view wrong_with_socket_path(std::string_view text);
bool is_pci_address(std::string_view text);

}  // namespace hvs::config
