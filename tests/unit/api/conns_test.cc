// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// /v1/conns: filters, and a stream that is never ahead of its reader by more than buffers.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "api_fixture.h"

namespace hvs::test {
namespace {

using Json = nlohmann::json;

std::vector<Json> parse_lines(const std::string& text) {
  std::vector<Json> lines;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
  }
  return lines;
}

class ConnsTest : public ApiTest {
 protected:
  std::vector<Json> conns(const std::string& query) {
    const Answer answer = get("/v1/conns" + query);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return parse_lines(answer.body);
  }
  std::uint64_t count(const std::string& query) {
    return Json::parse(get("/v1/conns/count" + query).body)["connections"].get<std::uint64_t>();
  }
};

/// Undoes the chunked encoding of a whole answer; `complete` says whether the last chunk was there.
std::string dechunk(std::string_view answer, bool& complete) {
  std::string body;
  std::string_view rest = answer.substr(answer.find("\r\n\r\n") + 4);
  complete = false;
  while (!rest.empty()) {
    std::size_t size = 0;
    const char* stop = std::from_chars(rest.data(), rest.data() + rest.size(), size, 16).ptr;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()) + 2);
    if (size == 0) {
      complete = rest == "\r\n";
      break;
    }
    body += rest.substr(0, size);
    rest.remove_prefix(size + 2);
  }
  return body;
}

TEST_F(ConnsTest, OneConnectionALine) {
  backend_.conns = 4;
  serve();
  const auto lines = conns("");
  ASSERT_EQ(lines.size(), 4U);
  const Json tcp = {{"worker", 0},
                    {"protocol", "tcp"},
                    {"mode", "fullnat"},
                    {"client", "10.0.0.2:1026"},
                    {"vip", "10.10.0.100:80"},
                    {"lip", "10.20.0.10:10242"},
                    {"dest", "10.20.0.22:8080"},
                    {"state", "established"},
                    {"idle_ms", 2},
                    {"expires_ms", 900000},
                    {"service", "web"}};
  EXPECT_EQ(lines[2], tcp);
  EXPECT_EQ(lines[1]["vip"], "[fd00::100]:80");
  EXPECT_EQ(lines[1]["service"], "dns \"x\"");
  EXPECT_EQ(lines[1]["state"], "replied");
  EXPECT_EQ(lines[1]["mode"], "nat");
  EXPECT_EQ(lines[1]["lip"], "") << "mode nat has none";
  EXPECT_EQ(lines[3]["state"], "unreplied");
}

TEST_F(ConnsTest, FiltersAndCounts) {
  backend_.conns = 1000;
  serve();
  EXPECT_EQ(conns("").size(), 1000U);
  EXPECT_EQ(conns("?limit=7").size(), 7U);
  EXPECT_EQ(conns("?limit=5000").size(), 1000U);
  EXPECT_EQ(conns("?proto=udp&limit=400").size(), 400U);
  EXPECT_EQ(conns("?service=web").size(), 500U);
  EXPECT_EQ(conns("?client=10.0.0.9").size(), 1U);
  EXPECT_EQ(conns("?client=10.9.0.9").size(), 0U);
  EXPECT_EQ(conns("?dest=10.20.0.21&proto=tcp").size(), 167U);
  EXPECT_EQ(count(""), 1000U);
  EXPECT_EQ(count("?service=dns+%22x%22"), 500U);
  EXPECT_EQ(count("?client=10.9.0.9"), 0U);
  EXPECT_EQ(count("?dest=10.20.0.21&proto=tcp"), 167U);
  EXPECT_EQ(backend_.scans_open, 0);
}

TEST_F(ConnsTest, IsChunkedAndKeepsTheConnection) {
  backend_.conns = 600;
  serve();
  RawClient client(path_);
  for (int round = 0; round < 2; ++round) {
    client.send("GET /v1/conns HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.read_until("\r\n0\r\n\r\n");
    EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Content-Type: application/x-ndjson\r\n"), std::string::npos);
    bool complete = false;
    EXPECT_EQ(parse_lines(dechunk(answer, complete)).size(), 600U);
    EXPECT_TRUE(complete);
  }
}

TEST_F(ConnsTest, Http10GetsPlainLinesUntilTheEnd) {
  backend_.conns = 600;
  serve();
  const std::string answer = raw("GET /v1/conns HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_EQ(parse_lines(answer.substr(answer.find("\r\n\r\n") + 4)).size(), 600U);
}

// The reader stops for a while, then reads a little at a time. What the server has drawn beyond what was read
// lies in the socket's buffer (some 200 KiB by net.core.wmem_default) and in one batch of the session.
TEST_F(ConnsTest, SlowReaderHoldsTheSourceBack) {
  constexpr std::uint32_t kConns = 200000;
  constexpr std::uint64_t kAhead = 8000;
  backend_.conns = kConns;
  serve();
  RawClient client(path_);
  client.send("GET /v1/conns HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::string answer = client.read_until("\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend_.drawn > 256; }));
  std::uint64_t drawn = 0;
  ASSERT_TRUE(eventually([&] {  // it comes to a halt
    const std::uint64_t before = std::exchange(drawn, backend_.drawn.load());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return before == drawn;
  }));
  EXPECT_LT(drawn, kAhead);

  std::uint64_t lines = static_cast<std::uint64_t>(std::count(answer.begin(), answer.end(), '\n'));
  std::uint64_t most_ahead = 0;
  for (std::string piece = client.read(40000); !piece.empty(); piece = client.read(40000)) {
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    // Chunk headers are lines too, so this is less than what was drawn ahead, by one in 128 at most.
    const std::uint64_t at = backend_.drawn;
    most_ahead = std::max(most_ahead, at > lines ? at - lines : 0);
    answer += piece;
  }
  EXPECT_LT(most_ahead, kAhead);
  bool complete = false;
  const std::string body = dechunk(answer, complete);
  EXPECT_TRUE(complete);
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), kConns);
  EXPECT_EQ(backend_.drawn, kConns);
}

TEST_F(ConnsTest, ClientThatLeavesEndsTheScan) {
  backend_.conns = 2000000;
  serve();
  {
    RawClient client(path_);
    client.send("GET /v1/conns HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("\"service\"");
    EXPECT_EQ(backend_.scans_open, 1);
  }
  EXPECT_TRUE(eventually([&] { return backend_.scans_open == 0 && clients() == 0; }));
  EXPECT_LT(backend_.drawn, 2000000U);
  EXPECT_EQ(get("/v1/status").status, 200U);
}

TEST_F(ConnsTest, ReaderThatStopsForTooLongIsDropped) {
  backend_.conns = 200000;
  ApiLimits limits;
  limits.stream = std::chrono::milliseconds(100);
  serve(limits);
  RawClient client(path_);
  client.send("GET /v1/conns HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return backend_.drawn > 0; }));
  EXPECT_TRUE(eventually([&] { return backend_.scans_open == 0; }));
  EXPECT_EQ(clients(), 0U);
}

TEST_F(ConnsTest, ServerThatStopsEndsTheScan) {
  backend_.conns = 2000000;
  serve();
  RawClient client(path_);
  client.send("GET /v1/conns HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("\"service\"");
  stop();
  EXPECT_EQ(backend_.scans_open, 0);
}

TEST_F(ConnsTest, FailureOnTheWayIsTheLastLineOfABrokenAnswer) {
  backend_.conns = 1000;
  backend_.scan_fails_at = 600;
  serve();
  const std::string answer = raw("GET /v1/conns HTTP/1.1\r\nHost: x\r\n\r\n");
  bool complete = true;
  const auto lines = parse_lines(dechunk(answer, complete));
  EXPECT_FALSE(complete);
  ASSERT_EQ(lines.size(), 513U);  // two batches, and the error
  EXPECT_EQ(lines.back()["error"]["what"], "worker 1 is gone");
  EXPECT_EQ(get("/v1/conns/count").status, 500U);
}

TEST_F(ConnsTest, PersistentClientsAreAStreamOfTheirOwn) {
  backend_.conns = 1;
  backend_.templates = 3;
  serve();
  const auto lines = parse_lines(get("/v1/templates").body);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[2].dump(),
            R"({"client":"198.51.0.2","connections":2,"dest":"10.20.0.21:8080","expires_ms":300000,)"
            R"("mode":"fullnat","protocol":"tcp","service":"web","vip":"10.10.0.100:80"})");
  EXPECT_EQ(lines[1]["dest"], "10.20.0.21:0");
  EXPECT_EQ(parse_lines(get("/v1/templates?client=198.51.0.1").body).size(), 1U);
  EXPECT_EQ(parse_lines(get("/v1/templates?limit=2").body).size(), 2U);
  EXPECT_EQ(get("/v1/templates?service=nope").status, 404U);
  EXPECT_EQ(get("/v1/templates?dst=10.0.0.1").status, 400U);
}

TEST_F(ConnsTest, EmptyTableIsAnEmptyStream) {
  serve();
  EXPECT_TRUE(conns("").empty());
  EXPECT_EQ(count(""), 0U);
}

}  // namespace
}  // namespace hvs::test
