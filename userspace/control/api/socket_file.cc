// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "model/message_id.h"

namespace hvs {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr int kBacklog = 64;

Error failed(const char* what, const std::string& path, int code, const std::string& fix = {}) {
  return message(MessageId::control_socket, path, std::string(what) + ": " + std::strerror(code), fix);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

constexpr const char* kRunRoot = "/run/hvs";

bool is_ours(const std::filesystem::path& directory) { return directory.parent_path() == kRunRoot; }

/// Of HVS's own the missing ones are created with 0755, whatever the umask.
Result<void> make_directories(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::is_directory(directory, error)) return {};
  if (auto made = make_directories(directory.parent_path()); !made) return made;
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return failed("cannot create the directory of the control socket", directory, errno,
                  "run as root, or set control.socket to a place that is writable");
  }
  if (chmod(directory.c_str(), 0755) != 0) return failed("cannot set mode 0755", directory, errno);
  return {};
}

/// A socket is there, and not nothing; anything else is in the way.
Result<bool> is_there(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return false;
    return failed("cannot look at the control socket", path, errno);
  }
  if (S_ISDIR(info.st_mode)) {
    return message(
        MessageId::control_socket, path, "is a directory, where the control socket is to be",
        "Name a socket in it: control.socket: " + (std::filesystem::path(path) / "api.sock").string());
  }
  if (!S_ISSOCK(info.st_mode)) {
    return message(MessageId::control_socket, path, "is in the way of the control socket, and is no socket",
                   "remove it, or set control.socket to another path");
  }
  return true;
}

Result<void> nobody_listens(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failed("cannot open a socket", path, errno);
  const sockaddr_un address = address_of(path);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int code = errno;
  close(fd);
  if (connected || code == EAGAIN) {  // EAGAIN: alive, its backlog is full
    return message(MessageId::control_socket, path, "another process listens on the control socket",
                   "stop it first, or give this instance another name");
  }
  if (code != ECONNREFUSED) return failed("cannot tell whether the control socket is in use", path, code);
  return {};
}

Result<void> remove_stale(const std::string& path) {
  const auto there = is_there(path);
  if (!there) return there.error();
  if (!*there) return {};
  if (auto stale = nobody_listens(path); !stale) return stale;
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return failed("cannot remove the stale control socket", path, errno);
  }
  return {};
}

}  // namespace

Result<SocketFile> SocketFile::listen(const std::string& path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return message(MessageId::control_socket, path, "path of the control socket is empty or too long",
                   "give 1 to " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes (unix(7))");
  }
  if (auto there = check_directory(path); !there) return there.error();
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (is_ours(directory)) {
    if (auto made = make_directories(directory); !made) return made.error();
  }
  if (auto removed = remove_stale(path); !removed) return removed.error();
  SocketFile file;
  file.fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file.fd_ < 0) return failed("cannot open a socket", path, errno);
  // The mode of the descriptor becomes that of the file, less the umask: it is never wider than meant, and
  // the process's umask is left alone.
  if (fchmod(file.fd_, kSocketMode) != 0) return failed("cannot set the socket's mode", path, errno);
  const sockaddr_un address = address_of(path);
  if (bind(file.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("cannot create the control socket", path, errno, "check the directory's permissions");
  }
  struct stat info {};
  if (chmod(path.c_str(), kSocketMode) != 0 || lstat(path.c_str(), &info) != 0) {
    return failed("cannot set the control socket's mode", path, errno);
  }
  file.path_ = path;
  file.device_ = info.st_dev;
  file.inode_ = info.st_ino;
  if (::listen(file.fd_, kBacklog) != 0) return failed("cannot listen", path, errno);
  return file;
}

Result<void> SocketFile::check_directory(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code error;  // no permission to look is no answer
  const auto status = std::filesystem::status(directory, error);
  if (std::filesystem::is_directory(status) || is_ours(directory)) return {};
  if (std::filesystem::exists(status))
    return message(MessageId::control_socket, "control.socket", directory.string() + " is no directory",
                   "Name another place");
  if (status.type() != std::filesystem::file_type::not_found) return {};
  return message(MessageId::control_socket, "control.socket", "there is no directory " + directory.string(),
                 "Make it (`mkdir -p " + directory.string() + "`), or leave control.socket out");
}

Result<void> SocketFile::check_place(const std::string& path, bool runs) {
  // No permission to ask is no answer.
  if (access(std::filesystem::path(path).parent_path().c_str(), X_OK) != 0) return {};
  const auto there = is_there(path);
  if (!there) return there.error();
  if (!*there || runs || access(path.c_str(), W_OK) != 0) return {};
  return nobody_listens(path);
}

SocketFile::~SocketFile() {
  if (fd_ >= 0) close(fd_);
  struct stat info {};
  if (path_.empty() || lstat(path_.c_str(), &info) != 0) return;
  if (info.st_dev == device_ && info.st_ino == inode_) unlink(path_.c_str());
}

int SocketFile::release_fd() { return std::exchange(fd_, -1); }

void SocketFile::swap(SocketFile& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
}

}  // namespace hvs
