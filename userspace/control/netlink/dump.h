// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/netlink/mirror_state.h"
#include "control/netlink/socket.h"

namespace hvs::netlink {

/// One full reading of the kernel's tables into a fresh state, in slices: a million routes take seconds, and
/// the reactor must not wait for them. Events that arrive meanwhile are given to later(); finish() applies
/// them on top, so the result is the state of now and not of the beginning. An object is good for one
/// reading: the kernel refuses a second dump on a socket whose first one was abandoned.
class Dump {
 public:
  enum class Status : std::uint8_t { running, done, failed };

  static Result<Dump> open();
  [[nodiscard]] int fd() const { return socket_.fd(); }

  Status start() { return request(); }
  /// Takes in at most `datagrams`.
  Status step(std::size_t datagrams);
  /// step() until done, for the first dump.
  Result<void> run();

  void later(const nlmsghdr* event);
  /// The state of now.
  MirrorState finish();

  [[nodiscard]] Error error() const;
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  explicit Dump(Socket socket) : socket_(std::move(socket)) {}
  Status request();
  void take(nlmsghdr* message);

  Socket socket_;
  MirrorState state_;
  std::vector<std::uint32_t> later_;  // nlmsghdr after nlmsghdr, aligned
  std::size_t table_ = 0;
  std::uint32_t sequence_ = 0;
  unsigned restarts_ = 0;
  bool table_done_ = false;
  bool interrupted_ = false;  // the kernel's list changed under the dump: rows may be missing
  int error_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace hvs::netlink
