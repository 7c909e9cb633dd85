// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/quoted.h"

#include <cstring>

#include "dataplane/transform/edit.h"
#include "dataplane/transform/sctp.h"

namespace hvs {

namespace {

void rewrite_quoted_sctp(std::uint8_t* frame, const Parsed& p, const L4Ports& before, std::size_t bytes,
                         ChecksumDelta& icmp) {
  if (p.quote_l4 + sizeof(SctpHdr) > p.end || bytes < sizeof(SctpHdr)) return;
  auto& sctp = header_at<SctpHdr>(frame, p.quote_l4);
  const auto checksum = [&sctp] {
    std::uint32_t raw = 0;
    std::memcpy(&raw, sctp.checksum, sizeof raw);
    return raw;
  };
  const std::uint32_t was = checksum();
  mend_sctp_checksum(sctp, before, bytes);
  icmp.replace(was, checksum());
}

}  // namespace

std::uint16_t end_of_quote(const std::uint8_t* frame, const Parsed& p) {
  const bool v4 = p.family == Family::ipv4;
  const unsigned type = frame[p.l4];
  const bool has_length = v4 || type == 1 || type == 3;
  const unsigned length = !has_length ? 0 : v4 ? frame[p.l4 + 5] * 4U : frame[p.l4 + 4] * 8U;
  const unsigned end = p.quote_l3 + length;
  return length == 0 || end <= p.quote_l4 + sizeof(L4Ports) * 2 || end > p.end
             ? p.end
             : static_cast<std::uint16_t>(end);
}

void edit_quoted(Be16& field, std::uint16_t value, ChecksumDelta& l4, ChecksumDelta& icmp) {
  l4.replace(field.raw(), value);
  icmp.replace(field.raw(), value);
  field = Be16::from_raw(value);
}

void edit_quoted_ports(std::uint8_t* frame, const Parsed& p, const FlowPorts& to, std::size_t sctp_bytes,
                       ChecksumDelta l4, ChecksumDelta& icmp) {
  auto& ports = header_at<L4Ports>(frame, p.quote_l4);
  const L4Ports ports_before = ports;
  edit_quoted(ports.src, to.src, l4, icmp);
  edit_quoted(ports.dst, to.dst, l4, icmp);
  if (p.quote_protocol == static_cast<std::uint8_t>(IpProto::sctp))
    return rewrite_quoted_sctp(frame, p, ports_before, sctp_bytes, icmp);
  const bool tcp = p.quote_protocol == static_cast<std::uint8_t>(IpProto::tcp);
  const std::size_t at = p.quote_l4 + (tcp ? offsetof(TcpHdr, checksum) : offsetof(UdpHdr, checksum));
  if (at + sizeof(Be16) > p.end) return;  // RFC 792 promises 8 bytes of L4 only
  auto& checksum = header_at<Be16>(frame, static_cast<std::uint16_t>(at));
  const Be16 before = checksum;
  checksum = tcp ? l4.applied_to(before) : udp_checksum_after(before, l4);
  icmp.replace(before, checksum);
}

}  // namespace hvs
