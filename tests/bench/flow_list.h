// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/ids.h"
#include "model/names.h"
#include "net/ip_addr.h"

namespace hvs::bench {

/// What differs between the frames of two flows, as it lies in the frame: source address, destination
/// address, source port, destination port are neighbours in both families when there are no options. Small
/// enough to have ten million of them, and read from first to last, so that making a frame costs no cache
/// miss.
class FlowList {
 public:
  static constexpr std::size_t kBytesV4 = 12;
  static constexpr std::size_t kBytesV6 = 36;

  FlowList(Family family, L4Proto protocol) : family_(family), protocol_(protocol) {}

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] L4Proto protocol() const { return protocol_; }
  [[nodiscard]] std::size_t flow_bytes() const { return family_ == Family::ipv4 ? kBytesV4 : kBytesV6; }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size() / flow_bytes(); }
  [[nodiscard]] const std::uint8_t* at(std::uint64_t i) const { return bytes_.data() + i * flow_bytes(); }

  void clear() { bytes_.clear(); }
  void reserve(std::uint64_t flows) { bytes_.reserve(flows * flow_bytes()); }
  void add(const IpAddr& src, L4Port src_port, const IpAddr& dst, L4Port dst_port);
  /// The flow of a frame whose addresses and ports lie at `tuple`, as it is; room was reserved. Cheap, since
  /// it may be on the clock.
  void add_frame(const std::uint8_t* tuple) { bytes_.insert(bytes_.end(), tuple, tuple + flow_bytes()); }
  /// Makes each flow that of the answers to it.
  void turn_round();
  /// Random order, the same for every run. Each flow still comes once a round, the worst that can happen to a
  /// cache: no flow comes again while its lines may still be there from the last time.
  void shuffle(std::uint64_t seed);

 private:
  Family family_;
  L4Proto protocol_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace hvs::bench
