// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hvs::test {

/// A tree of files that looks like / of some machine; gone at the end.
class FakeRoot {
 public:
  explicit FakeRoot(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("hvs-" + name + "-" + std::to_string(getpid()))) {}
  ~FakeRoot() { std::filesystem::remove_all(path_); }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void file(const std::string& at, const std::string& text) const {
    std::filesystem::create_directories((path_ / at).parent_path());
    std::ofstream(path_ / at) << text;
  }
  void link(const std::string& at, const std::string& target) const {
    std::filesystem::create_directories((path_ / at).parent_path());
    std::filesystem::create_symlink(target, path_ / at);
  }
  [[nodiscard]] std::string read(const std::string& at) const {
    std::ifstream in(path_ / at);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace hvs::test
