// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/headers.h"

namespace hvs {

/// Mends the checksum of an SCTP packet of `bytes` bytes after its ports were changed from `before`
/// (RFC 9260, 6.8: a CRC over the packet alone, so addresses do not matter). Zero, which says that there is
/// none where both ends have agreed on that (RFC 9653), stays; where they have not, it is as wrong as it was.
void mend_sctp_checksum(SctpHdr& sctp, const L4Ports& before, std::size_t bytes);

}  // namespace hvs
