// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/save.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace hvs::ctl {

namespace {

constexpr mode_t kNewFile = 0640;  // a configuration names addresses that are nobody's business

Error failed(const char* step, const std::string& path) {
  return {std::string(step) + ": " + std::strerror(errno), path, ""};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> fill(int fd, const std::string& path, const std::string& scratch, std::string_view text) {
  struct stat old {};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) return Error{"is no regular file", path, "Name a file"};
  if (exists && fchown(fd, old.st_uid, old.st_gid) != 0) return failed("cannot keep its owner", path);
  if (fchmod(fd, exists ? old.st_mode & 07777 : kNewFile) != 0) return failed("cannot set its mode", scratch);
  if (!write_all(fd, text)) return failed("cannot write", scratch);
  if (fsync(fd) != 0) return failed("cannot write", scratch);
  return {};
}

}  // namespace

Result<void> replace_file(const std::string& given, std::string_view text) {
  std::error_code none;
  const std::filesystem::path real = std::filesystem::weakly_canonical(given, none);
  const std::string path = none ? given : real.string();
  std::string scratch = path + ".XXXXXX";
  const int fd = mkostemp(scratch.data(), O_CLOEXEC);
  if (fd < 0) return failed("cannot write beside it", path);
  auto done = fill(fd, path, scratch, text);
  close(fd);
  if (done && rename(scratch.c_str(), path.c_str()) != 0) done = failed("cannot replace it", path);
  if (!done) {
    unlink(scratch.c_str());
    return done;
  }
  // The name, too, is to survive a power failure.
  const std::string directory = std::filesystem::path(path).parent_path();
  const int dir = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0) {
    (void)fsync(dir);
    close(dir);
  }
  return {};
}

}  // namespace hvs::ctl
