// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/rules.h"

#include <algorithm>
#include <cstddef>

namespace hvs::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name_char(char c) {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') ||
         std::string_view("._:-[]").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view wrong_with_name(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > 64) return "is too long";
  if (!std::all_of(text.begin(), text.end(), is_name_char)) return "has a character that names cannot have";
  return {};
}

std::string_view wrong_with_instance(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > 32) return "is too long";
  const bool good =
      std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
  return good ? std::string_view{} : "has a character that an instance's name cannot have";
}

bool is_pci_address(std::string_view text) {  // dddd:bb:ss.f
  constexpr std::string_view kShape = "hhhh:hh:hh.f";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    const bool good = kShape[i] == 'h' ? is_hex(c) : kShape[i] == 'f' ? c >= '0' && c <= '7' : c == kShape[i];
    if (!good) return false;
  }
  return true;
}

std::string_view wrong_with_device(std::string_view text) {
  if (text.starts_with("vdev:")) return text.size() > 5 ? std::string_view{} : "names no DPDK device";
  if (is_pci_address(text)) return {};
  return wrong_with_netdev(text);
}

std::string_view wrong_with_netdev(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text == "." || text == "..") return "is no interface name";
  if (text.size() > 15) return "is too long for an interface name, and no PCI address";
  // As the kernel's dev_valid_name(), less what would need quoting everywhere.
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '"' && c != '\\' && c != ',';
  });
  return good ? std::string_view{} : "is neither an interface name nor a full PCI address";
}

std::string_view wrong_with_socket_path(std::string_view text) {
  if (text.empty() || text.front() != '/') return "is not an absolute path";
  if (text.size() > 107) return "is too long for a socket";
  if (text.back() == '/') return "names a directory";
  if (text.back() == ' ') return "ends with a space";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::any_of(text.begin(), text.end(), control) ? "has a control character" : std::string_view{};
}

}  // namespace hvs::config
