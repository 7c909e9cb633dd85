// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace hvs::test {

/// The calling thread in a new network namespace, and a second one as its peer. A child process holds the
/// peer, so both are gone when this process is, however it ends.
class Namespaces {
 public:
  Namespaces();
  ~Namespaces();
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  /// Shell commands, here and in the peer; a failure is a test failure.
  void run(const std::string& command) const;
  void peer(const std::string& command) const;
  static bool try_run(const std::string& command);
  /// Calls `work` in the peer's namespace.
  void in_peer(const std::function<void()>& work) const;
  [[nodiscard]] pid_t peer_pid() const { return peer_; }

 private:
  int home_ = -1;
  pid_t peer_ = -1;
};

/// "Needs root" as a reason to skip, or empty.
std::string why_not_here();

}  // namespace hvs::test
