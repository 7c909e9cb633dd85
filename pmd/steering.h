// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "bpf/steer_abi.h"
#include "model/config.h"
#include "model/ids.h"
#include "model/steer_table.h"
#include "net/headers.h"

namespace hvs {

struct SteeringPaths {
  std::string instance;
  std::filesystem::path bpf_dir;  // holds steer.bpf.o
  std::filesystem::path pin_root = "/sys/fs/bpf/hvs";
  std::filesystem::path run_root = "/run/hvs";  // lock files
};

/// The steering program of one instance: its shared maps, its pins, and its attachment to every af_xdp port.
/// Knows libbpf and nothing of DPDK. One thread (control) calls it.
///
/// The order at start: open, then per port prepare, make_room -> the PMD starts with bootstrap.bpf.o ->
/// put_back; sync; per port attach. From then on heartbeat once a second, and sync on every new snapshot. At
/// the end detach_all, then the PMD stops.
class Steering {
 public:
  /// Creates the instance's pin directory (0700) with the shared maps, empty. An instance of that name that
  /// runs is an error; what a dead one left behind is removed. Needs root and a mounted bpffs.
  static Result<std::unique_ptr<Steering>> open(SteeringPaths paths);
  /// The process of the instance of that name that runs; 0: none does.
  static int running(const SteeringPaths& paths);
  /// No instance of another name that runs has the interface; else the error that prepare() would give.
  static Result<void> is_free(const SteeringPaths& paths, std::uint32_t ifindex);
  ~Steering();
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;

  /// From here on no other instance gets the interface. A live instance that has it and anybody else's
  /// program are errors that name them.
  Result<void> prepare(std::uint32_t ifindex);

  /// Makes a prepared interface free for the PMD, which refuses one that has a program: what a dead process
  /// left there is detached, and what put_back() put there.
  Result<void> make_room(std::uint32_t ifindex);
  /// Puts the steering program of a dead process in the place of the bootstrap that the PMD has attached
  /// meanwhile: until attach() it does with frames of services what its on_down says.
  Result<void> put_back(std::uint32_t ifindex);
  /// From here on such programs are not needed.
  void forget_dead();
  /// The start failed, and the PMD has stopped: what make_room() has detached is attached again, unless it
  /// was forgotten. The end of this object does it, too.
  void attach_dead();

  /// Puts the steering program in the place of the bootstrap, or of what put_back() put there, with the PMD's
  /// own xsks_map, and pins the port's maps. Between the two no frame is unguarded, except when generic mode
  /// is asked for on a device that took the bootstrap in native mode. Returns the mode that the kernel runs
  /// it in.
  Result<XdpMode> attach(const PortConfig& port, std::uint32_t ifindex, const MacAddr& mac);

  /// The port of this name has the steering program.
  [[nodiscard]] bool attached(const std::string& port) const;

  /// Looks for the program of an attached port: nothing is returned when it is on its interface, else what is
  /// there in its place; an empty text: nothing is.
  [[nodiscard]] std::optional<std::string> missing(const std::string& port) const;
  /// Attaches it again where nothing is attached, in the mode it had.
  Result<void> attach_again(const std::string& port);

  /// Changes on_down, hold and the MAC address of an attached port.
  Result<void> update(const PortConfig& port, const MacAddr& mac);

  /// Brings the maps to these rows. New rows are in before old ones go, so a service that is in both is never
  /// missing; counters of a slot that is taken into use start from zero. An error names the row; the rows
  /// before it are in.
  Result<void> sync(const SteerRows& rows);

  /// Tells every port's program that the daemon lives (HVS_ON_DOWN_HOLD counts from here).
  Result<void> heartbeat();

  /// Summed over CPUs, since the slot was taken into use.
  [[nodiscard]] hvs_steer_stats read_stats(ServiceSlot slot) const;
  /// LIP traffic and later fragments, which belong to no service's row.
  [[nodiscard]] hvs_steer_stats read_unowned_stats() const;

  /// Detaches our program (and only ours) from every port, and what put_back() put there, removes the pins
  /// and gives up the ports. Those stay ours, until this object ends, that have a bootstrap yet, or that such
  /// a program is going to be attached to again; so does the instance.
  void detach_all();

  /// <pin_root>/<instance>.
  [[nodiscard]] const std::filesystem::path& pin_dir() const;

 private:
  struct State;
  explicit Steering(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvs
