// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/golden/rig.h"

namespace hvs::golden {

/// The ports of traffic_world(), and their addresses.
inline constexpr PortId kOutside{0};
inline constexpr PortId kInside{1};
inline constexpr MacAddr kOutsideMac = {2, 0, 0, 0, 0, 1};
inline constexpr MacAddr kInsideMac = {2, 0, 0, 0, 0, 2};

/// What a file of this text says; throws its problems.
Config config_of(const std::string& text);

/// What the random traffic goes through.
struct Scene {
  bool crosses = false;  // services have dests of both families
  bool modes = false;    // a second VIP of each family: every mode and protocol, several ports, persistent
                         // clients, datagrams placed one by one
  bool fewer = false;    // of the second VIP's services each lacks a dest
  bool parts = false;    // and their connections end with their dest
};

/// Configuration and world of the random traffic: four services with four dests each, few local ports, few
/// connections, short times, one dest whose MAC address is unknown and one behind no route.
std::string traffic_config(const Scene& scene = {});
std::string traffic_world();

/// Random frames as a network would bring them: clients' segments and datagrams, replies and ICMP errors to
/// what HVS sent, fragments, and damage. The same seed and the same learned frames give the same traffic.
class Traffic {
 public:
  struct Sent {
    PortId port;
    Bytes bytes;
  };
  Traffic(unsigned seed, unsigned clients, bool damage, bool modes = false)
      : rng_(seed), clients_(clients), damage_(damage), modes_(modes) {}

  /// The next frame and the port where it comes in.
  Sent next();
  /// From now on (or no longer) most of it is datagrams of new clients.
  void surge(bool on) { surge_ = on; }
  /// What HVS sent out, for answers.
  void learn(const Sent& frame);
  unsigned number(unsigned bound) { return static_cast<unsigned>(rng_() % bound); }

 private:
  Sent from_client();
  Sent to_any_mode();
  Sent from_inside();
  Sent reply();
  Sent icmp_error();
  Sent tunnel_error();
  Sent fragment();
  void spoil(Bytes& frame);
  [[nodiscard]] std::uint8_t ttl() { return number(40) == 0 ? 1 : 64; }
  std::uint8_t flags();
  SctpChunk chunk();

  std::mt19937 rng_;
  unsigned clients_;
  bool damage_;
  bool modes_;
  bool surge_ = false;
  std::vector<Sent> learned_;
  std::vector<Sent> wrapped_;  // into tunnels
};

}  // namespace hvs::golden
