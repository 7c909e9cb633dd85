// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/result.h"

namespace hvs {

/// Every frame that `from` receives is received by `to` instead (clsact, u32, mirred). The kernel marks such
/// frames as redirected and keeps generic XDP off them: a steering program there cannot send them round in a
/// circle, which bpf_redirect() would let it do. The redirection goes when `from` goes.
Result<void> redirect_ingress(std::uint32_t from, std::uint32_t to);

}  // namespace hvs
