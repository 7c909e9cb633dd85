// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/conn/worker_tables.h"
#include "dataplane/schedule/place_at_dest.h"

namespace hvs {

/// A new connection's hold on the template of its client, given back unless it is kept. Of services with
/// persistence; for others it is nothing.
class ClientTemplate {
 public:
  ClientTemplate(WorkerTables& tables, std::uint32_t now_ms) : tables_(tables), now_ms_(now_ms) {}
  ClientTemplate(const ClientTemplate&) = delete;
  ClientTemplate& operator=(const ClientTemplate&) = delete;
  ~ClientTemplate() {
    if (HVS_UNLIKELY(at_.has_value())) tables_.shared().templates.release(*at_, now_ms_);
  }

  /// The dest that the client had, else one that the scheduler picks and that the client has from now on. A
  /// template counts more than a bound of connections, as in IPVS.
  const Dest* find(PlaceAtDest& place, const Service& service, SchedulerState& scheduler,
                   const PickContext& context);
  template <typename F>
  void keep(Connection<F>& conn) {
    if (HVS_LIKELY(!at_.has_value())) return;
    tables_.attach_template(conn, *at_);
    at_.reset();
  }

 private:
  WorkerTables& tables_;
  std::uint32_t now_ms_;
  std::optional<std::uint32_t> at_;
};

}  // namespace hvs
