// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/reader.h"
#include "model/ids.h"
#include "model/steer_table.h"
#include "net/headers.h"
#include "net/parse.h"

namespace hvs {

/// Whose a frame is, by the steering rule (bpf/steer_abi.h).
struct SteerMatch {
  enum class What : std::uint8_t {
    pass,      // the kernel's
    service,   // addressed to a service, or an ICMP error that quotes a packet which the service sent
    lip,       // a LIP's port: a reply from a dest, or an ICMP error about a packet sent from the LIP
    nat_dest,  // a reply from a real server in mode nat, or an ICMP error about a packet sent to one
    tunnel,    // an ICMP error about a packet of a tunnel of ours
    inside,    // from an inside network to an outside one (mode snat), or an ICMP error about a packet that
               // came from there
    fragment,  // a later fragment to a VIP or LIP, from a real server in mode nat, or from an inside network:
               // its ports travelled in another frame
  };
  What what = What::pass;
  ServiceSlot slot{};  // of `service`
};

/// The rule that the steering program applies in the kernel, over the same rows. `parsed` is what
/// parse_frame(frame) returned; a frame to another MAC address than `port_mac` passes.
[[nodiscard]] SteerMatch steer_rule(Reader frame, const Parsed& parsed, const SteerTable& table,
                                    const MacAddr& port_mac);

}  // namespace hvs
