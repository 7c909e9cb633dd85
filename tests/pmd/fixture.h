// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pmd/mempool.h"

struct rte_mempool;

namespace hvs::test {

/// The pool of the whole test process: EAL starts once, in main.
rte_mempool* pool();
/// How many of its buffers are free, every cache included.
unsigned free_mbufs();

/// Lines that DPDK logged so far.
std::vector<std::string> logged_lines();

/// Runs a command of iproute2 or ethtool; its failure fails the test.
void run(const std::string& command);

/// A file of /sys/class/net/DEVICE, of the namespace of this process.
std::string read_attribute(const char* device, const char* file);

/// A veth pair in the namespace of this process; gone at the end.
class VethPair {
 public:
  explicit VethPair(const std::string& extra = "");
  ~VethPair();
  VethPair(const VethPair&) = delete;
  VethPair& operator=(const VethPair&) = delete;
  static constexpr const char* kPort = "hvsP-port";
  static constexpr const char* kPeer = "hvsP-peer";
};

/// Sends and receives whole frames on the peer.
class RawSocket {
 public:
  explicit RawSocket(const char* device);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  void send(const std::vector<std::uint8_t>& frame) const;
  /// The next frame of our EtherType, or an empty one after the time.
  [[nodiscard]] std::vector<std::uint8_t> receive(int timeout_ms) const;

 private:
  int fd_;
};

/// A frame of an EtherType that no kernel sends by itself; `size` bytes, numbered.
std::vector<std::uint8_t> test_frame(std::uint32_t number, std::size_t size = 64);
std::uint32_t number_of(const std::uint8_t* frame);

/// Id of the program that is attached to the device; 0: none.
std::uint32_t attached_program(const char* device);
/// Puts redirect_all in the place of the attached program, with that program's xsks_map.
void replace_with_redirect_all(const char* device);
/// Attaches redirect_all with a map of its own, as a stranger would.
void attach_stranger(const char* device);

}  // namespace hvs::test
