// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "control/api/server.h"
#include "fake_backend.h"
#include "tests/support/eventually.h"

namespace hvs::test {

/// A directory that goes with the object.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A unix socket, byte by byte. Reading gives up after five seconds.
class RawClient {
 public:
  explicit RawClient(const std::string& path);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  bool send(std::string_view bytes);
  void finish_sending();
  /// Up to `max` bytes; empty at the end, or when nothing came in time.
  std::string read(std::size_t max);
  std::string read_all();
  /// Until `text` was seen, the end, or nothing came in time; returns everything so far.
  std::string read_until(std::string_view text);
  void close();

 private:
  int fd_;
};

/// A server on a thread of its own, as the daemon's reactor is.
class ApiTest : public testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  void serve(ApiLimits limits = {});
  void stop();  // the server; the reactor runs on
  void on_reactor(const std::function<void()>& what);
  std::size_t clients();

  struct Answer {
    unsigned status = 0;
    std::string body;
  };
  Answer get(const std::string& target) { return ask("GET", target); }
  Answer ask(std::string_view method, const std::string& target, const std::string& body = {});
  /// Everything the server says to these bytes, after which the client sends no more.
  std::string raw(std::string_view bytes);

  TempDir dir_;
  std::string path_ = dir_.path() / "demo" / "api.sock";
  FakeBackend backend_;

 private:
  struct Reactor;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace hvs::test
