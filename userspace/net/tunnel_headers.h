// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "net/headers.h"

// What stands between an outer and an inner IP header.
namespace hvs {

/// Of outer packets: those of the field's tunnels (RFC 1700's default).
inline constexpr std::uint8_t kTunnelTtl = 64;

struct GreHdr {  // RFC 2784
  Be16 flags_version;
  Be<EtherType> type;
  static constexpr std::uint16_t kChecksum = 0x8000;  // GreChecksum follows
};
static_assert(sizeof(GreHdr) == 4);

struct GreChecksum {
  Be16 checksum;  // over the GRE header and what follows it
  Be16 reserved;
};
static_assert(sizeof(GreChecksum) == 4);

/// draft-ietf-intarea-gue, variant 0. Variant 1 has no header: an IP packet follows UDP at once, and the
/// first two bits of both IP versions read as variant 1.
struct GueHdr {
  std::uint8_t variant_control_length;  // 2, 1 and 5 bits; length in units of 4 bytes beyond the first 4
  Be<IpProto> protocol;                 // of the inner packet, unless control is set
  Be16 flags;
  [[nodiscard]] unsigned variant() const { return variant_control_length >> 6; }
  [[nodiscard]] bool control() const { return (variant_control_length & 0x20) != 0; }
  [[nodiscard]] unsigned bytes() const { return 4 + (variant_control_length & 0x1fU) * 4; }
};
static_assert(sizeof(GueHdr) == 4);

}  // namespace hvs
