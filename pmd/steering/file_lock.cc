// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "model/message_id.h"

namespace hvs {

namespace {

constexpr unsigned kLooks = 1000;
constexpr unsigned kLookMicroseconds = 1000;

/// The holder before us removes the file when it lets go, so the lock that we got may be on a file without
/// name.
bool still_named(int fd, const std::filesystem::path& path) {
  struct stat ours {};
  struct stat named {};
  return fstat(fd, &ours) == 0 && stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

/// Nobody has it to keep: somebody asks just now who does (holder_now), which takes a moment.
bool only_looked_at(int fd) {
  if (flock(fd, LOCK_SH | LOCK_NB) != 0) return false;
  flock(fd, LOCK_UN);
  usleep(kLookMicroseconds);
  return true;
}

bool write_line(int fd, const std::string& holder) {
  const std::string line = holder + "\n";
  return ftruncate(fd, 0) == 0 && pwrite(fd, line.data(), line.size(), 0) >= 0;
}

}  // namespace

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    path_ = std::move(other.path_);
    fd_ = std::move(other.fd_);
    former_ = std::move(other.former_);
  }
  return *this;
}

std::string FileLock::holder_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<std::string> FileLock::holder_now(const std::filesystem::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd || flock(fd.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return std::nullopt;
  return holder_of(path);
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path, const std::string& holder) {
  constexpr unsigned kTries = 100;
  for (unsigned missing = 0, looked_at = 0;;) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    // Whoever lets go of the last lock may remove the directory.
    if (!fd && errno == ENOENT && ++missing < kTries) continue;
    if (!fd)
      return message(MessageId::lock_file, path.string(), "cannot open the lock file: " + errno_text(),
                     "Run as root");
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK)
        return message(MessageId::lock_file, path.string(), "cannot lock: " + errno_text(),
                       "Is its directory on a local file system?");
      if (only_looked_at(fd.get()) && ++looked_at < kLooks) continue;
      return Error{holder_of(path), path.string(), ""};
    }
    if (!still_named(fd.get(), path)) continue;
    std::string former = holder_of(path);
    if (!write_line(fd.get(), holder))
      return message(MessageId::lock_file, path.string(), "cannot write the lock file: " + errno_text(),
                     "Is its file system full?");
    return FileLock(path, std::move(fd), std::move(former));
  }
}

void FileLock::leave(const std::string& holder) {
  if (!fd_) return;
  (void)write_line(fd_.get(), holder);
  fd_ = Fd();
}

void FileLock::release() {
  if (!fd_) return;
  unlink(path_.c_str());
  fd_ = Fd();
}

}  // namespace hvs
