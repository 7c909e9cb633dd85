// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <thread>
#include <utility>

namespace hvs::test {

/// Removes a directory as often as it is found empty, as whoever takes the last file out of it would.
class RemovesDirectory {
 public:
  explicit RemovesDirectory(std::filesystem::path directory)
      : thread_([path = std::move(directory)](const std::stop_token& end) {
          while (!end.stop_requested()) {
            rmdir(path.c_str());
            std::this_thread::sleep_for(std::chrono::microseconds(1));
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace hvs::test
