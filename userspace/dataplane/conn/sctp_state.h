// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/reader.h"
#include "dataplane/conn/tcp_state.h"
#include "model/names.h"
#include "net/headers.h"

namespace hvs {

/// The state of a tracked SCTP association after `chunk` went in `direction` (RFC 9260, section 4). States
/// have TCP's names for what they mean: syn_sent INIT, syn_recv INIT ACK, fin_wait and close_wait SHUTDOWN
/// from client and dest, last_ack SHUTDOWN ACK.
[[nodiscard]] TcpState next_sctp_state(TcpState state, Direction direction, SctpChunk chunk);

/// The same where only the client's packets pass.
[[nodiscard]] TcpState next_sctp_state_one_way(TcpState state, SctpChunk chunk);

/// The same after a packet whose chunks begin at `at`: by the first one, and by those that may come behind
/// it. Not by what comes behind data or a chunk that is not whole, which receivers do not take either, nor
/// behind the eighth.
[[nodiscard]] TcpState sctp_state_after(Reader packet, std::size_t at, TcpState state, Direction direction,
                                        bool sees_both);

}  // namespace hvs
