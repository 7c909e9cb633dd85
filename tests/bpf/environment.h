// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "pmd/steering.h"
#include "pmd/steering/fd.h"
#include "pmd/steering/program.h"
#include "tests/support/packet.h"

// The whole binary runs in a network namespace of its own, which ends with it, so a veth pair of a test that
// died is no trouble to anybody; pins and lock files are under names with the process id.
namespace hvs::test {

/// Where the objects are: next to the build, or HVS_BPF_DIR.
std::filesystem::path bpf_dir();

/// Runs a command in the namespace; its output goes to the test's log. True when it succeeded.
bool run(const std::string& command);

/// An instance name and directories for one test, removed at its end.
class TestPaths {
 public:
  explicit TestPaths(const std::string& name);
  ~TestPaths();
  TestPaths(const TestPaths&) = delete;
  TestPaths& operator=(const TestPaths&) = delete;
  [[nodiscard]] const SteeringPaths& get() const { return paths_; }
  /// The same directories, another instance.
  [[nodiscard]] SteeringPaths other(const std::string& instance) const;

 private:
  SteeringPaths paths_;
};

/// A veth pair, up; `outer` is the port under test.
class VethPair {
 public:
  VethPair(std::string outer, std::string peer);
  ~VethPair();
  VethPair(const VethPair&) = delete;
  VethPair& operator=(const VethPair&) = delete;
  [[nodiscard]] std::uint32_t ifindex() const;
  [[nodiscard]] const std::string& name() const { return outer_; }
  [[nodiscard]] const std::string& peer() const { return peer_; }

 private:
  std::string outer_;
  std::string peer_;
};

/// Does to an interface what DPDK's PMD does: loads bootstrap.bpf.o and attaches it where nothing is.
/// Returns the XSKMAP, or nothing when attaching failed.
Fd attach_bootstrap(std::uint32_t ifindex, std::uint32_t mode_flags = 0);

/// Name of the program on the interface, empty: none.
std::string attached_name(std::uint32_t ifindex);

/// One steering program, loaded and configured but attached nowhere, for BPF_PROG_TEST_RUN.
class LoadedProgram {
 public:
  LoadedProgram();
  void configure(std::uint32_t on_down, std::uint64_t hold_ns, std::uint64_t heartbeat_ns,
                 std::uint32_t version = HVS_STEER_ABI_VERSION);
  /// Verdict (XDP_*) for one frame of at least 14 bytes.
  [[nodiscard]] std::uint32_t run(const Bytes& frame) const;
  [[nodiscard]] const SharedMaps& maps() const { return *maps_; }

 private:
  std::unique_ptr<SteerProgram> program_;
  std::unique_ptr<SharedMaps> maps_;
};

}  // namespace hvs::test
