// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace hvs {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

SdNotify::SdNotify() : socket_(environment("NOTIFY_SOCKET")) {}

bool SdNotify::send(const std::string& message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return false;
  socket_.copy(address.sun_path, socket_.size());
  // "@name" is the abstract socket that begins with a zero byte; its length is part of the name.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const ssize_t sent = sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), length);
  close(fd);
  return sent == static_cast<ssize_t>(message.size());
}

bool SdNotify::ready(std::string_view status) const { return send("READY=1\nSTATUS=" + std::string(status)); }

bool SdNotify::reloading() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec));
}

bool SdNotify::stopping() const { return send("STOPPING=1"); }
bool SdNotify::watchdog() const { return send("WATCHDOG=1"); }
bool SdNotify::status(std::string_view text) const { return send("STATUS=" + std::string(text)); }

std::optional<std::chrono::microseconds> SdNotify::watchdog_period() {
  const auto usec = number(environment("WATCHDOG_USEC"));
  const std::string pid = environment("WATCHDOG_PID");
  if (!usec || *usec == 0 || (!pid.empty() && number(pid) != static_cast<std::uint64_t>(getpid()))) {
    return std::nullopt;
  }
  return std::chrono::microseconds(*usec / 2);
}

}  // namespace hvs
