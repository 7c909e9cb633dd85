// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <stdexcept>

#include "control/config/config_file.h"
#include "tests/golden/traffic.h"

namespace hvs::golden {

namespace {

/// Services on the second VIP. In `dests`, "=N" is an address of the VIP's family and "~N" of the other one.
struct ServiceText {
  const char* name;
  const char* protocol;
  const char* port;
  const char* more;
  std::vector<const char*> dests;
};
const ServiceText kAllModes[] = {
    {"nat",
     "tcp",
     "80",
     "mode: nat, scheduler: wrr",
     {"address: =21, port: 8080", "address: =22", "address: =25, weight: 3", "address: =23", "address: =24"}},
    {"direct",
     "tcp",
     "81",
     "mode: dr, scheduler: wlc",
     {"address: =21", "address: =22", "address: =25, weight: 2", "address: =23", "address: =24"}},
    {"wrapped",
     "tcp",
     "82",
     "mode: tunnel, mss: 1200",
     {"address: =21", "address: =22, tunnel: { type: gre }", "address: =25, tunnel: { type: gue }",
      "address: ~21", "address: ~25, tunnel: { type: gue, gue_variant: 1 }", "address: =23"}},
    {"ranges",
     "tcp",
     "[ 443, 8000-8010 ]",
     "mss: 1300, lip_pool: inside",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel",
      "address: =22, port: 8081", "address: =21, port: 8082"}},
    {"held",
     "tcp",
     "[ 90, 91 ]",
     "lip_pool: inside, scheduler: mh, mh_table_size: 251, persistence: { timeout: 3s }",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel",
      "address: =25, port: 8081"}},
    {"mixed",
     "udp",
     "[ 53, 5353 ]",
     "lip_pool: inside, scheduler: lc, persistence: { timeout: 2s, v4_mask: 30 }",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel",
      "address: =21, port: 8081"}},
    {"each",
     "udp",
     "54",
     "one_packet: true",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel",
      "address: =22, port: 5454, mode: nat"}},
    {"each-held",
     "udp",
     "55",
     "one_packet: true, persistence: { timeout: 2s }",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel"}},
    {"any",
     "udp",
     "any",
     "scheduler: sh, scheduler_flags: [ port ]",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel"}},
    {"sctp",
     "sctp",
     "[ 2905, 2910-2912 ]",
     "lip_pool: inside",
     {"address: =21, mode: nat", "address: =22, mode: dr", "address: =25, mode: tunnel",
      "address: =21, port: 8081", "address: =22, port: 8082, mode: nat"}},
};

std::string services_of_all_modes(bool v4, const Scene& scene) {
  std::string text;
  bool resets = v4;
  for (const ServiceText& s : kAllModes) {
    text += "  - { name: " + std::string(s.name) + (v4 ? "-4" : "-6") +
            ", vip: " + (v4 ? "10.10.0.101" : "\"fd10::101\"") + ", protocol: " + s.protocol +
            ", port: " + s.port + ", " + s.more +
            (scene.parts ? resets ? ", on_dest_removed: reset" : ", on_dest_removed: reschedule" : "") +
            ", timeouts: { udp_unreplied: 2s, udp: 5s, tcp_established: 6s, sctp_init: 3s, "
            "sctp_established: 6s, sctp_shutdown: 3s }, dests: [ ";
    for (std::size_t i = scene.fewer ? 1 : 0; i < s.dests.size(); ++i) {
      std::string dest = s.dests[i];
      const std::size_t at = dest.find_first_of("=~");
      const bool v4_dest = (dest[at] == '=') == v4;
      dest.replace(at, 3, "\"" + std::string(v4_dest ? "10.20.0." : "fd20::") + dest.substr(at + 1, 2) + '"');
      text += "{ " + dest + " }, ";
    }
    text += "] }\n";
    resets = !resets;
  }
  return text;
}

}  // namespace

Config config_of(const std::string& text) {
  auto parsed = parse_config(text, "golden");
  if (!parsed) throw std::runtime_error(parsed.problems().text());
  return *parsed;
}

std::string traffic_config(const Scene& scene) {
  std::string text =
      "instance: golden\nports:\n  - { name: outside, device: out0 }\n  - { name: inside, device: in0 }\n"
      "lip_pools:\n  - name: inside\n    addresses: [ 10.20.0.10, \"fd20::10\" ]\n    ports: "
      "20001-20064\n  - { name: public, addresses: [ 10.10.0.10, \"fd10::10\" ], ports: 20001-20064 }\n"
      "snat:\n  - { name: office, from: [ 10.30.0.0/24, \"fd30::/64\" ], in: inside, out: outside, lip_pool: "
      "public, "
      "timeouts: { udp_unreplied: 2s, icmp: 2s } }\nservices:\n";
  for (const bool v4 : {true, false}) {
    for (const bool tcp : {true, false}) {
      text += std::string("  - name: ") + (tcp ? "web" : "dns") + (v4 ? "4" : "6") +
              "\n    vip: " + (v4 ? "10.10.0.100" : "\"fd10::100\"") +
              "\n    protocol: " + (tcp ? "tcp" : "udp") +
              "\n    port: 80\n    scheduler: " + (tcp ? "wrr" : "rr") +
              "\n    lip_pool: inside\n    timeouts: { udp_unreplied: 2s, udp: 5s, tcp_established: 6s }\n   "
              " dests:\n";
      for (const unsigned n : {21U, 22U, 23U, 24U}) {
        const bool v4_dest = scene.crosses && n % 2 == 0 ? !v4 : v4;
        const std::string net = v4_dest ? "10.20.0." : "fd20::";
        text += "      - { address: \"" + net + std::to_string(n) +
                "\", port: 8080, weight: " + std::to_string(n - 20) + " }\n";
      }
    }
    if (scene.modes) text += services_of_all_modes(v4, scene);
  }
  return text;
}

std::string traffic_world() {
  return R"(
port outside mac 02:00:00:00:00:01
port inside mac 02:00:00:00:00:02
interface 1 outside address 10.10.0.1 address fd10::1
interface 2 inside mtu 1400 address 10.20.0.1 address fd20::1
route 10.20.0.0/24 dev 2
route 10.20.0.24/32 unreachable
route 10.30.0.0/24 dev 2 via 10.20.0.21
route 0.0.0.0/0 dev 1 via 10.10.0.254
route fd20::/64 dev 2
route fd30::/64 dev 2 via fd20::21
route fd20::24/128 dev 77
route ::/0 dev 1 via fd10::fe
neighbour 1 10.10.0.254 02:00:00:00:01:fe
neighbour 2 10.20.0.21 02:00:00:00:02:21
neighbour 2 10.20.0.22 02:00:00:00:02:22
neighbour 2 10.20.0.23 unresolved
neighbour 2 10.20.0.25 02:00:00:00:02:25
neighbour 1 fd10::fe 02:00:00:00:01:fe
neighbour 2 fd20::21 02:00:00:00:02:21
neighbour 2 fd20::22 02:00:00:00:02:22
neighbour 2 fd20::25 02:00:00:00:02:25
)";
}

}  // namespace hvs::golden
