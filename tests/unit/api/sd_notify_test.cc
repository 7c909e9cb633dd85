// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <ctime>

#include "api_fixture.h"

namespace hvs::test {
namespace {

/// A datagram socket as the service manager's.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { close(fd_); }
  std::string received() {
    char text[512];
    const ssize_t size = recv(fd_, text, sizeof text, 0);
    return size < 0 ? "(nothing)" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

TEST(SdNotify, SendsEachMessage) {
  const TempDir dir;
  const std::string path = dir.path() / "notify";
  Manager manager(path);
  const SdNotify notify(path);
  EXPECT_TRUE(notify.ready("2 services"));
  EXPECT_EQ(manager.received(), "READY=1\nSTATUS=2 services");
  EXPECT_TRUE(notify.stopping());
  EXPECT_EQ(manager.received(), "STOPPING=1");
  EXPECT_TRUE(notify.watchdog());
  EXPECT_EQ(manager.received(), "WATCHDOG=1");
  EXPECT_TRUE(notify.status("busy"));
  EXPECT_EQ(manager.received(), "STATUS=busy");
}

TEST(SdNotify, ReloadingCarriesTheTime) {
  const TempDir dir;
  const std::string path = dir.path() / "notify";
  Manager manager(path);
  EXPECT_TRUE(SdNotify(path).reloading());
  const std::string text = manager.received();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(text.starts_with(head)) << text;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  EXPECT_NEAR(std::stod(text.substr(head.size())) / 1e6, static_cast<double>(now.tv_sec), 5);
}

TEST(SdNotify, KnowsAbstractNames) {
  const std::string name = "@hvs-api-test-" + std::to_string(getpid());
  Manager manager(name);
  EXPECT_TRUE(SdNotify(name).watchdog());
  EXPECT_EQ(manager.received(), "WATCHDOG=1");
}

TEST(SdNotify, WithoutAManagerItDoesNothing) {
  EXPECT_FALSE(SdNotify("").ready("x"));
  EXPECT_FALSE(SdNotify("/nonexistent/notify").ready("x"));
  EXPECT_FALSE(SdNotify(std::string(200, 'x')).ready("x"));
}

TEST(SdNotify, WatchdogPeriodIsHalfAndOnlyOurs) {
  unsetenv("WATCHDOG_PID");
  unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(SdNotify::watchdog_period().has_value());
  setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(SdNotify::watchdog_period(), std::chrono::microseconds(1500000));
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(SdNotify::watchdog_period(), std::chrono::microseconds(1500000));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(SdNotify::watchdog_period().has_value());
  setenv("WATCHDOG_PID", "", 1);
  setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(SdNotify::watchdog_period().has_value());
  unsetenv("WATCHDOG_PID");
  unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace hvs::test
