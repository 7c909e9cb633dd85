// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "pmd/steering/fd.h"

namespace hvs {

/// A lock that the kernel gives back when its holder dies, in whatever way (flock). The file says who holds
/// it.
class FileLock {
 public:
  FileLock() = default;
  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { release(); }

  /// Takes the lock and writes `holder` into the file, one line. Taken by somebody else: `what` of the Error
  /// is the holder's line, and `where` the path.
  static Result<FileLock> acquire(const std::filesystem::path& path, const std::string& holder);
  /// The line in the file, or an empty string.
  static std::string holder_of(const std::filesystem::path& path);
  /// The same while somebody holds the lock, empty if it is not written yet; nothing when nobody does.
  static std::optional<std::string> holder_now(const std::filesystem::path& path);
  /// Removes the file and gives the lock up.
  void release();
  /// Gives the lock up and leaves the file, with this line in it: what its holder had is still there.
  void leave(const std::string& holder);
  [[nodiscard]] bool held() const { return static_cast<bool>(fd_); }
  /// The line that was in the file before: of the last holder, when that did not remove it.
  [[nodiscard]] const std::string& former() const { return former_; }

 private:
  FileLock(std::filesystem::path path, Fd fd, std::string former)
      : path_(std::move(path)), fd_(std::move(fd)), former_(std::move(former)) {}
  std::filesystem::path path_;
  Fd fd_;
  std::string former_;
};

}  // namespace hvs
