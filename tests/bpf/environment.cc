// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bpf/environment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/check.h"
#include "pmd/steering/xdp_link.h"

namespace hvs::test {

namespace fs = std::filesystem;

fs::path bpf_dir() {
  const char* dir = std::getenv("HVS_BPF_DIR");
  return dir != nullptr ? dir : HVS_TEST_BPF_DIR;
}

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

TestPaths::TestPaths(const std::string& name) {
  const std::string unique = "hvstest-" + std::to_string(getpid());
  paths_.instance = name;
  paths_.bpf_dir = bpf_dir();
  paths_.pin_root = fs::path("/sys/fs/bpf") / unique;
  paths_.run_root = fs::path("/tmp") / unique;
}

TestPaths::~TestPaths() {
  std::error_code error;
  fs::remove_all(paths_.pin_root, error);
  fs::remove_all(paths_.run_root, error);
}

SteeringPaths TestPaths::other(const std::string& instance) const {
  SteeringPaths out = paths_;
  out.instance = instance;
  return out;
}

VethPair::VethPair(std::string outer, std::string peer) : outer_(std::move(outer)), peer_(std::move(peer)) {
  HVS_CHECK(run("ip link add " + outer_ + " type veth peer name " + peer_));
  HVS_CHECK(run("ip link set " + outer_ + " address 02:00:00:00:00:01 up && ip link set " + peer_ + " up"));
}
VethPair::~VethPair() { run("ip link del " + outer_ + " 2>/dev/null"); }
std::uint32_t VethPair::ifindex() const { return if_nametoindex(outer_.c_str()); }

Fd attach_bootstrap(std::uint32_t ifindex, std::uint32_t mode_flags) {
  const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
      bpf_object__open_file((bpf_dir() / "bootstrap.bpf.o").c_str(), nullptr), bpf_object__close);
  if (!object || bpf_object__load(object.get()) != 0) return Fd();
  const int program = bpf_program__fd(bpf_object__find_program_by_name(object.get(), "hvs_bootstrap"));
  if (!attach_xdp(ifindex, program, mode_flags)) return Fd();
  return Fd(dup(bpf_object__find_map_fd_by_name(object.get(), "xsks_map")));
}

std::string attached_name(std::uint32_t ifindex) {
  const auto found = query_xdp(ifindex);
  return found && found.value().has_value() ? found.value()->name : "";
}

LoadedProgram::LoadedProgram() {
  auto program = SteerProgram::load_first(bpf_dir() / "steer.bpf.o");
  if (!program) std::cerr << program.error().message() << "\n";
  HVS_CHECK(program);
  program_ = std::make_unique<SteerProgram>(std::move(program).value());
  auto maps = program_->shared_maps();
  HVS_CHECK(maps);
  maps_ = std::make_unique<SharedMaps>(std::move(maps).value());
}

void LoadedProgram::configure(std::uint32_t on_down, std::uint64_t hold_ns, std::uint64_t heartbeat_ns,
                              std::uint32_t version) {
  hvs_steer_config row{};
  row.abi_version = version;
  row.on_down = on_down;
  row.hold_ns = hold_ns;
  row.rare = HVS_STEER_RARE_RANGES | HVS_STEER_RARE_NAT_ANY;
  row.heartbeat_ns = heartbeat_ns;
  std::copy(kPortMac.begin(), kPortMac.end(), row.mac);
  const std::uint32_t zero = 0;
  HVS_CHECK(bpf_map_update_elem(program_->map("steer_config"), &zero, &row, BPF_ANY) == 0);
}

std::uint32_t LoadedProgram::run(const Bytes& frame) const {
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(),
              .data_size_in = static_cast<__u32>(frame.size()), .repeat = 1);
  HVS_CHECK(bpf_prog_test_run_opts(program_->fd(), &options) == 0);
  return options.retval;
}

}  // namespace hvs::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (geteuid() != 0) {
    std::cerr << "skipped: loading BPF programs needs root\n";
    return 77;
  }
  struct statfs info {};
  if (statfs("/sys/fs/bpf", &info) != 0 || static_cast<unsigned long>(info.f_type) != BPF_FS_MAGIC) {
    std::cerr << "skipped: no bpffs; mount -t bpf bpf /sys/fs/bpf\n";
    return 77;
  }
  HVS_CHECK(unshare(CLONE_NEWNET) == 0);
  return RUN_ALL_TESTS();
}
