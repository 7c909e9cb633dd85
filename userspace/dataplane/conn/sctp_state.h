// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/conn/tcp_state.h"
#include "model/names.h"
#include "net/headers.h"

namespace hvs {

/// The state of a tracked SCTP association after a packet whose first chunk is `chunk` went in `direction`
/// (RFC 9260, section 4; chunks that change the state come first in a packet, or alone). States have TCP's
/// names for what they mean: syn_sent INIT, syn_recv INIT ACK, fin_wait and close_wait SHUTDOWN from client
/// and dest, last_ack SHUTDOWN ACK.
[[nodiscard]] TcpState next_sctp_state(TcpState state, Direction direction, SctpChunk chunk);

/// The same where only the client's packets pass.
[[nodiscard]] TcpState next_sctp_state_one_way(TcpState state, SctpChunk chunk);

}  // namespace hvs
