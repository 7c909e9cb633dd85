// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// The server against clients that are many, slow, broken or rude.
#include <sys/stat.h>

#include <string>
#include <thread>
#include <vector>

#include "api_fixture.h"

namespace hvs::test {
namespace {

using HttpTest = ApiTest;

constexpr std::string_view kStatus = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

bool is(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ") &&
         (status == 200 || answer.find("{\"error\":{\"what\":") != std::string::npos);
}

TEST_F(HttpTest, KeepsTheConnectionAndPipelines) {
  serve();
  RawClient client(path_);
  for (int i = 0; i < 3; ++i) {
    client.send(kStatus);
    EXPECT_TRUE(is(client.read_until("}\n"), 200));
  }
  const std::string answers = raw(std::string(kStatus) + std::string(kStatus));
  EXPECT_NE(answers.find("HTTP/1.1 200", 10), std::string::npos);
  const std::string last = raw("GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(last.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(HttpTest, BrokenRequestsAreRefused) {
  serve();
  EXPECT_TRUE(is(raw("nonsense\r\n\r\n"), 400));
  EXPECT_TRUE(is(raw("GET /v1/status HTTP/9.9\r\n\r\n"), 400));
  EXPECT_TRUE(is(raw(std::string_view("\0\0\0\0\0\0\0\0\r\n\r\n", 12)), 400));
  EXPECT_TRUE(is(raw("GET /v1/status HTTP/1.1\r\nNo colon\r\n\r\n"), 400));
  EXPECT_TRUE(is(raw("POST /v1/reload HTTP/1.1\r\nContent-Length: abc\r\n\r\n"), 400));
  EXPECT_TRUE(is(raw("POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400));
  EXPECT_TRUE(is(raw("GET status HTTP/1.1\r\nHost: x\r\n\r\n"), 400));
  EXPECT_EQ(raw(""), "");
  EXPECT_EQ(raw("GET /v1/sta"), "");
  EXPECT_EQ(raw("POST /v1/reload HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"), "");
  EXPECT_EQ(backend_.reloads, 0);
  EXPECT_TRUE(eventually([&] { return clients() == 0; }));
  EXPECT_EQ(get("/v1/status").status, 200U);
}

TEST_F(HttpTest, LimitsAreEnforced) {
  ApiLimits limits;
  limits.body_bytes = 4096;
  serve(limits);
  EXPECT_TRUE(is(raw("GET /v1/status HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), 431));
  EXPECT_TRUE(is(raw("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"), 431));
  std::string many = "GET /v1/status HTTP/1.1\r\n";
  for (int i = 0; i < 1000; ++i) many += "X-Header-" + std::to_string(i) + ": y\r\n";
  EXPECT_TRUE(is(raw(many + "\r\n"), 431));
  const std::string big(5000, 'x');
  EXPECT_TRUE(is(raw("POST /v1/reload HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + big), 413));
  EXPECT_TRUE(is(
      raw("POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + big + "\r\n0\r\n\r\n"),
      413));
  EXPECT_EQ(backend_.reloads, 0);
  EXPECT_TRUE(is(raw("GET /v1/status HTTP/1.1\r\nX: " + std::string(7000, 'x') + "\r\n\r\n"), 200));
}

TEST_F(HttpTest, WhatIsRefusedAnywayIsRefusedBeforeItsBodyIsRead) {
  ApiLimits limits;
  limits.clients = 1;
  serve(limits);
  const auto answer = [&](const std::string& request) {
    RawClient client(path_);
    client.send(request + " HTTP/1.1\r\nContent-Length: 1000\r\n\r\nthe beginning");
    const std::string said = client.read_all();
    EXPECT_TRUE(eventually([&] { return clients() == 0; }));
    return said;
  };
  EXPECT_TRUE(is(answer("POST /v1/nowhere"), 404));
  EXPECT_TRUE(is(answer("POST /v1/status"), 405));
  EXPECT_TRUE(is(answer("POST /v1/reload?now=1"), 400));
  RawClient inside(path_);
  ASSERT_TRUE(eventually([&] { return clients() == 1; }));
  RawClient outside(path_);
  outside.send("POST /v1/reload HTTP/1.1\r\nContent-Length: 1000\r\n\r\nthe beginning");
  EXPECT_TRUE(is(outside.read_all(), 503));
  EXPECT_EQ(backend_.reloads, 0);
}

TEST_F(HttpTest, SilentAndSlowClientsAreDropped) {
  ApiLimits limits;
  limits.request = std::chrono::milliseconds(200);
  serve(limits);
  RawClient silent(path_);
  RawClient slow(path_);
  const auto begin = std::chrono::steady_clock::now();
  while (slow.send("G") && std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(clients(), 0U);
}

TEST_F(HttpTest, TooManyClientsAreTold) {
  serve();
  std::vector<std::unique_ptr<RawClient>> clients_held;
  for (int i = 0; i < 64; ++i) clients_held.push_back(std::make_unique<RawClient>(path_));
  ASSERT_TRUE(eventually([&] { return clients() == 64; }));
  EXPECT_TRUE(is(raw(kStatus), 503));
  for (auto& client : clients_held) {  // those inside are served
    client->send(kStatus);
    EXPECT_TRUE(is(client->read_until("}\n"), 200));
  }
  clients_held.pop_back();
  ASSERT_TRUE(eventually([&] { return clients() == 63; }));
  EXPECT_TRUE(is(raw(kStatus), 200));
}

TEST_F(HttpTest, ManyMoreClientsThanAreAcceptedWaitForTheirTurn) {
  ApiLimits limits;
  limits.clients = 2;
  serve(limits);
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 40; ++i) held.push_back(std::make_unique<RawClient>(path_));
  ASSERT_TRUE(eventually([&] { return clients() == 18; }));  // 2 served, 16 to be refused, 22 in the backlog
  held.clear();
  EXPECT_TRUE(eventually([&] { return clients() == 0; }));
  EXPECT_TRUE(is(raw(kStatus), 200));
}

TEST_F(HttpTest, ClientsInParallel) {
  backend_.conns = 3000;
  serve();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const Answer answer = get(t % 2 == 0 ? "/v1/conns" : "/v1/services");
        const auto lines = std::count(answer.body.begin(), answer.body.end(), '\n');
        if (answer.status == 200 && lines == (t % 2 == 0 ? 3000 : 1)) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
}

TEST_F(HttpTest, SocketIsThereWhileTheServerRuns) {
  const mode_t before = umask(0);
  serve();
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 07777U, 0660U);
  stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace hvs::test
