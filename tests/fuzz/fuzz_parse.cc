// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "bpf/steer_abi.h"
#include "tests/support/steer_cases.h"

// What holds for parse_frame and steer_rule whatever the bytes are. Reads beyond the frame are the
// sanitizer's to find.
namespace hvs {
namespace {

using Kind = Parsed::Kind;
using What = SteerMatch::What;

void check_offsets(const Parsed& p, std::size_t size) {
  if (p.kind == Kind::other) return;
  HVS_CHECK(p.vlan_tags <= HVS_MAX_VLAN_TAGS && p.l3 == sizeof(EthHdr) + p.vlan_tags * sizeof(VlanTag));
  const std::size_t header = p.family == Family::ipv4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr);
  HVS_CHECK(p.l3 + header <= p.end && p.end <= size);
  if (p.kind == Kind::later_fragment) return;
  HVS_CHECK(p.l4 >= p.l3 + header && p.l4 + sizeof(L4Ports) <= p.end);
  HVS_CHECK(p.l4 + sizeof(L4Ports) <= HVS_MAX_HEADER_BYTES);
  if (p.kind == Kind::icmp_query) {
    HVS_CHECK(p.l4 + sizeof(IcmpQueryHdr) <= p.end && is_icmp(static_cast<IpProto>(p.protocol)));
    return;
  }
  if (p.kind == Kind::flow) {
    HVS_CHECK(p.protocol == 6 || p.protocol == 17 || p.protocol == 132);
    const std::size_t l4_bytes = p.protocol == 6    ? sizeof(TcpHdr)
                                 : p.protocol == 17 ? sizeof(UdpHdr)
                                                    : sizeof(SctpHdr);
    HVS_CHECK(p.defect == Parsed::Defect::l4 || p.defect == Parsed::Defect::tiny_fragment ||
              p.defect == Parsed::Defect::ipv6_extensions || p.defect == Parsed::Defect::ipv4_source_route ||
              p.l4 + l4_bytes <= p.end);
    return;
  }
  HVS_CHECK(p.quote_l3 == p.l4 + sizeof(IcmpHdr) && p.quote_l4 >= p.quote_l3 + header);
  if (quotes_tunnel(p)) {  // no ports, and what follows the quoted IP header may be cut off
    HVS_CHECK(p.quote_l3 + header <= p.end && p.quote_l3 + header <= HVS_MAX_HEADER_BYTES);
    return;
  }
  HVS_CHECK(p.quote_l4 + sizeof(L4Ports) <= p.end && p.quote_l4 + sizeof(L4Ports) <= HVS_MAX_HEADER_BYTES);
}

bool known_slot(const SteerRows& rows, ServiceSlot slot) {
  const auto same = [slot](const auto& row) { return row.slot == slot; };
  return std::any_of(rows.services.begin(), rows.services.end(), same) ||
         std::any_of(rows.ranges.begin(), rows.ranges.end(), same);
}

void check_rule(Reader frame, const Parsed& parsed) {
  static const SteerTable table(test::case_rows());
  const SteerMatch match = steer_rule(frame, parsed, table, test::kPortMac);
  if (match.what == What::pass) return;
  HVS_CHECK(frame.at<EthHdr>(0)->dst == test::kPortMac);
  HVS_CHECK((match.what == What::fragment) == (parsed.kind == Kind::later_fragment));
  HVS_CHECK(match.what != What::service || known_slot(table.rows(), match.slot));
  const MacAddr other = {2, 0, 0, 0, 0, 0xee};
  HVS_CHECK(steer_rule(frame, parsed, table, other).what == What::pass);
  // Bytes behind the IP packet are padding: the rule says the same without them.
  const Reader unpadded = frame.first(parsed.end);
  HVS_CHECK(steer_rule(unpadded, parse_frame(unpadded), table, test::kPortMac).what == match.what);
}

}  // namespace
}  // namespace hvs

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hvs::Reader frame{data, size};
  const hvs::Parsed parsed = hvs::parse_frame(frame);
  HVS_CHECK(parsed == hvs::detail::parse_any_frame(frame));
  hvs::check_offsets(parsed, size);
  hvs::check_rule(frame, parsed);
  return 0;
}
