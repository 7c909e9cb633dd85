// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "control/api/backend.h"
#include "dataplane/conn/templates.h"
#include "model/snapshot.h"

namespace hvs {

/// One listing of the clients that persistent services remember, out of the table that the workers share
/// (null: there is none). The control thread reads it in slices, between which it does other work; workers
/// are not asked, and do not wait. `now_ms` is their clock. What clients the dests of `services` have is
/// shown with the addresses of now.
std::unique_ptr<ConnScan> start_template_scan(boost::asio::io_context& io, const Templates* templates,
                                              const Snapshot& snapshot, const ConnQuery& query,
                                              std::function<std::uint32_t()> now_ms);

}  // namespace hvs
