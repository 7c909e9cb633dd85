// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace hvs {

/// A listening unix stream socket and its file (mode 0660). The file goes with the object,
/// unless somebody has put another one in its place.
class SocketFile {
 public:
  /// Takes the place of a socket on which nobody listens; refuses a live one, and a file that is no socket.
  static Result<SocketFile> listen(const std::string& path);
  /// Whether there is a directory for it. Below /run/hvs it is HVS's own, and listen() makes it, with 0755;
  /// any other is somebody's who gave it an owner and a mode, and a path that is mistyped leads nowhere.
  static Result<void> check_directory(const std::string& path);
  /// Whether listen() would find its place free: nothing there, or a socket on which nobody listens, or our
  /// own instance, if that `runs`.
  static Result<void> check_place(const std::string& path, bool runs = false);

  SocketFile() = default;
  SocketFile(SocketFile&& other) noexcept { swap(other); }
  SocketFile& operator=(SocketFile&& other) noexcept {
    SocketFile(std::move(other)).swap(*this);
    return *this;
  }
  ~SocketFile();

  /// The descriptor, which is the caller's from now on; the file stays this object's.
  [[nodiscard]] int release_fd();

 private:
  void swap(SocketFile& other) noexcept;

  std::string path_;
  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace hvs
