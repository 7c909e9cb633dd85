// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

namespace hvs {
namespace {

std::string note(std::uint64_t lost) { return "lost " + std::to_string(lost) + "\n"; }

/// A pipe of one page.
class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    EXPECT_GE(fcntl(ends_[1], F_SETPIPE_SZ, 4096), 0);
  }
  ~LogWriterTest() override {
    writer_.reset();
    close(ends_[0]);
    close(ends_[1]);
  }

  void open(LogWriter::Limits limits) { writer_ = std::make_unique<LogWriter>(ends_[1], note, limits); }

  /// Lines of 100 bytes, from `first` up to `end`.
  static std::string lines(int first, int end) {
    std::string text;
    for (int i = first; i < end; ++i) {
      const std::string number = std::to_string(i);
      text += number + std::string(99 - number.size(), '.') + "\n";
    }
    return text;
  }
  void write(int first, int end) {
    for (int i = first; i < end; ++i) writer_->write(lines(i, i + 1));
  }
  /// Reads up to a text of this size, or to the pipe's end.
  std::string read(std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t part = ::read(ends_[0], text.data() + got, size - got);
      if (part <= 0) break;
      got += static_cast<std::size_t>(part);
    }
    text.resize(got);
    return text;
  }
  /// All that is in the pipe now.
  std::string take() {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string text = read(1 << 20);
    fcntl(ends_[0], F_SETFL, 0);
    return text;
  }

  std::array<int, 2> ends_{};
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogWriterTest, ALineIsOutWhenWriteReturns) {
  open({64_KiB, 1min, 1min});
  writer_->write("one\n");
  EXPECT_EQ(take(), "one\n");
  write(0, 20);
  EXPECT_EQ(take(), lines(0, 20));
}

TEST_F(LogWriterTest, WhatNobodyReadsWaitsInOrder) {
  open({64_KiB, 1ms, 1min});
  write(0, 200);  // five pipes full
  EXPECT_EQ(read(20'000), lines(0, 200));
  writer_.reset();
  EXPECT_EQ(take(), "");  // no note
}

TEST_F(LogWriterTest, ThePatienceIsSpentOnceForAReaderThatHangs) {
  open({1_MiB, 1s, 1min});
  write(0, 10'000);  // a second each would be hours
  EXPECT_EQ(read(1'000'000), lines(0, 10'000));
  // It has read everything, and so it is waited for again.
  writer_->write("again\n");
  writer_->write("again\n");
  writer_.reset();
  EXPECT_EQ(take(), "again\nagain\n");
}

TEST_F(LogWriterTest, TheOldestAreLostAndCounted) {
  open({1000, 1ms, 1min});
  write(0, 100);
  // Where the note stands depends on when the thread took its lines.
  std::string text;
  while (!text.ends_with(lines(99, 100))) text += read(1);
  int next = 0;
  int lost = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("lost ")) {
      const int missing = std::stoi(line.substr(5));
      lost += missing;
      next += missing;
    } else {
      ASSERT_EQ(line + "\n", lines(next, next + 1));
      ++next;
    }
  }
  EXPECT_EQ(next, 100);
  EXPECT_GE(lost, 100 - 40 - 1 - 10);  // in the pipe, on its way, and those that wait
  EXPECT_TRUE(text.ends_with(lines(90, 100)));
  writer_.reset();
  EXPECT_EQ(take(), "");
}

TEST_F(LogWriterTest, ALineLongerThanTheBoundIsNotLost) {
  open({1000, 1min, 1min});
  const std::string line = std::string(2000, 'x') + "\n";
  writer_->write(line);
  EXPECT_EQ(take(), line);
}

TEST_F(LogWriterTest, TheEndWaitsForTheReaderButNotForEver) {
  open({64_KiB, 1ms, 1ms});
  write(0, 100);
  writer_.reset();                         // returns
  EXPECT_EQ(read(10'000), lines(0, 100));  // what is left behind goes on
}

TEST_F(LogWriterTest, WhatIsLeftIsWrittenAtTheEnd) {
  open({64_KiB, 1ms, 1min});
  write(0, 100);
  std::string text;
  std::thread reader([&] { text = read(10'000); });
  writer_.reset();
  reader.join();
  EXPECT_EQ(text, lines(0, 100));
}

TEST_F(LogWriterTest, APipeWithoutReaderLosesLinesOnly) {
  open({64_KiB, 1min, 1min});
  close(ends_[0]);
  write(0, 3);
  const std::string again = "/proc/self/fd/" + std::to_string(ends_[1]);
  ends_[0] = ::open(again.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(ends_[0], 0);
  write(3, 4);
  EXPECT_EQ(take(), "lost 3\n" + lines(3, 4));
}

TEST_F(LogWriterTest, ADescriptorThatDoesNotBlockIsWaitedFor) {
  fcntl(ends_[1], F_SETFL, O_NONBLOCK);
  open({64_KiB, 1ms, 1min});
  write(0, 100);
  EXPECT_EQ(read(10'000), lines(0, 100));
}

TEST_F(LogWriterTest, ItsThreadFollows) {
  open({});
  cpu_set_t before;
  ASSERT_EQ(pthread_getaffinity_np(pthread_self(), sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof one, &one), 0);
  writer_->follow_affinity();
  ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof before, &before), 0);
  bool found = false;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    cpu_set_t now;
    if (name != "hvs-log" || sched_getaffinity(std::stoi(task.path().filename()), sizeof now, &now) != 0)
      continue;
    found |= CPU_EQUAL(&now, &one);  // one of an earlier test may be ending
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace hvs
