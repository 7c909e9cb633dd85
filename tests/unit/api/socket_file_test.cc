// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "api_fixture.h"

namespace hvs::test {
namespace {

class SocketFileTest : public testing::Test {
 protected:
  TempDir dir_;
  std::string path_ = dir_.path() / "api.sock";
};

TEST_F(SocketFileTest, TakesThePlaceOfAStaleSocket) {
  const std::string kept = dir_.path() / "kept";
  {
    auto first = SocketFile::listen(path_);
    ASSERT_TRUE(first.ok());
    ASSERT_EQ(link(path_.c_str(), kept.c_str()), 0);
  }
  ASSERT_EQ(rename(kept.c_str(), path_.c_str()), 0);  // as after a crash: a file, and nobody behind it
  auto second = SocketFile::listen(path_);
  EXPECT_TRUE(second.ok()) << second.error().message();
}

TEST_F(SocketFileTest, LeavesALiveSocketAlone) {
  auto first = SocketFile::listen(path_);
  ASSERT_TRUE(first.ok());
  for (int i = 0; i < 200; ++i) {  // also when its backlog is full
    const auto second = SocketFile::listen(path_);
    ASSERT_FALSE(second.ok());
    ASSERT_EQ(second.error().what, "another process listens on the control socket [control_socket]");
    ASSERT_EQ(second.error().where, path_);
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SocketFileTest, LeavesOtherFilesAlone) {
  std::ofstream(path_) << "precious";
  const auto made = SocketFile::listen(path_);
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().what.find("is no socket"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(SocketFileTest, ADirectoryInItsPlaceIsNotToBeRemoved) {
  std::filesystem::create_directory(path_);
  const auto made = SocketFile::listen(path_);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message(),
            path_ +
                ": is a directory, where the control socket is to be [control_socket]. "
                "Name a socket in it: control.socket: " +
                path_ + "/api.sock");
  const auto checked = SocketFile::check_place(path_);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().message(), made.error().message());
}

TEST_F(SocketFileTest, ACheckSaysWhatAStartWouldAndTakesNothing) {
  EXPECT_TRUE(SocketFile::check_place(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  const std::string kept = dir_.path() / "kept";
  {
    auto alive = SocketFile::listen(path_);
    ASSERT_TRUE(alive.ok());
    const auto checked = SocketFile::check_place(path_);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().what, "another process listens on the control socket [control_socket]");
    EXPECT_TRUE(SocketFile::check_place(path_, true).ok()) << "it is our own";
    ASSERT_EQ(link(path_.c_str(), kept.c_str()), 0);
  }
  ASSERT_EQ(rename(kept.c_str(), path_.c_str()), 0);
  EXPECT_TRUE(SocketFile::check_place(path_).ok()) << "nobody is behind it";
  EXPECT_TRUE(std::filesystem::exists(path_));
  std::filesystem::remove(path_);
  std::ofstream(path_) << "precious";
  for (const bool runs : {false, true}) {
    const auto checked = SocketFile::check_place(path_, runs);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().message(), SocketFile::listen(path_).error().message());
  }
}

TEST_F(SocketFileTest, RemovesOnlyItsOwn) {
  {
    auto mine = SocketFile::listen(path_);
    ASSERT_TRUE(mine.ok());
    std::filesystem::rename(path_, dir_.path() / "moved");
    std::ofstream(path_) << "somebody else's";
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SocketFileTest, TheUmaskNeverWidensOrNarrowsTheMode) {
  for (const mode_t mask : {0000, 0022, 0077}) {
    const mode_t before = umask(mask);
    auto made = SocketFile::listen(path_);
    umask(before);
    ASSERT_TRUE(made.ok());
    struct stat info {};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0660U);
  }
}

TEST_F(SocketFileTest, ADirectoryThatIsNotThereIsNotMade) {
  const auto missing = dir_.path() / "mistyped" / "hvs";
  const auto made = SocketFile::listen(missing / "api.sock");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message(), "control.socket: there is no directory " + missing.string() +
                                        " [control_socket]. Make it (`mkdir -p " + missing.string() +
                                        "`), or leave control.socket out");
  EXPECT_FALSE(std::filesystem::exists(missing.parent_path()));
  std::ofstream(dir_.path() / "file") << "precious";
  EXPECT_FALSE(SocketFile::listen(dir_.path() / "file" / "api.sock").ok());
  EXPECT_FALSE(SocketFile::check_directory("/run/hvs-elsewhere/x/api.sock").ok());
  EXPECT_TRUE(SocketFile::check_directory("/run/hvs/no-such-instance/api.sock").ok());
  EXPECT_FALSE(SocketFile::check_directory("/run/hvs/no-such-instance/deeper/api.sock").ok());
  EXPECT_FALSE(std::filesystem::exists("/run/hvs/no-such-instance"));
}

TEST_F(SocketFileTest, RefusesPathsThatDoNotFit) {
  EXPECT_FALSE(SocketFile::listen("").ok());
  const auto longer = SocketFile::listen(dir_.path() / std::string(120, 'x'));
  ASSERT_FALSE(longer.ok());
  EXPECT_NE(longer.error().fix.find("107"), std::string::npos);
}

}  // namespace
}  // namespace hvs::test
