// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/schema.h"
#include "control/config/settings.h"

namespace hvs::config {

namespace {

/// As ipvsadm's. A connection's stamp is 32 bits of milliseconds, or 49 days: what is over is found long
/// before it would look young again.
constexpr Range kTimeoutRange = {1, 31 * 86400};

Setting<Timeouts> timeout(std::string key, std::chrono::seconds Timeouts::*member, std::string help) {
  return Make<Timeouts>::duration(std::move(key), member, kTimeoutRange, std::move(help));
}

}  // namespace

std::optional<YamlNode> write_timeouts(const Timeouts& timeouts, const Timeouts& defaults) {
  const YamlNode known = write_section(timeouts_section(), defaults);
  const YamlNode all = write_section(timeouts_section(), timeouts);
  YamlNode out = YamlNode::map();
  for (std::size_t i = 0; i < all.entries(); ++i) {
    if (all.value(i).text != known.value(i).text) out.put(all.key(i).text, all.value(i));
  }
  if (out.items.empty()) return std::nullopt;
  return out;
}

const Section<Timeouts>& timeouts_section() {
  static const Section<Timeouts> section{
      "timeouts",
      "Idle time after which a connection is forgotten. At the top level: defaults for all services; within "
      "a "
      "service: for that service.",
      {timeout("tcp_syn_sent", &Timeouts::tcp_syn_sent, "SYN from the client, no answer yet."),
       timeout("tcp_syn_recv", &Timeouts::tcp_syn_recv, "The dest answered, the client has not yet."),
       timeout("tcp_established", &Timeouts::tcp_established, "Established."),
       timeout("tcp_fin_wait", &Timeouts::tcp_fin_wait,
               "The client has closed, the dest has not, as far as is seen."),
       timeout("tcp_time_wait", &Timeouts::tcp_time_wait, "Both sides have closed."),
       timeout("tcp_close_wait", &Timeouts::tcp_close_wait, "The dest has closed, the client has not."),
       timeout("tcp_last_ack", &Timeouts::tcp_last_ack, "Waiting for the last acknowledgement."),
       timeout("tcp_close", &Timeouts::tcp_close, "Reset."),
       timeout("udp", &Timeouts::udp, "UDP whose client went on after an answer."),
       timeout("udp_unreplied", &Timeouts::udp_unreplied, "UDP before that; short, to bound spoofed floods."),
       timeout("sctp_init", &Timeouts::sctp_init, "SCTP until the association is established."),
       timeout("sctp_established", &Timeouts::sctp_established, "SCTP, established."),
       timeout("sctp_shutdown", &Timeouts::sctp_shutdown, "SCTP, one side shuts the association down."),
       timeout("sctp_close", &Timeouts::sctp_close, "SCTP, shut down or aborted."),
       timeout("icmp", &Timeouts::icmp, "ICMP queries, in mode `snat`.")},
      {}};
  return section;
}

}  // namespace hvs::config
