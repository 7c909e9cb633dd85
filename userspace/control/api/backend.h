// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/api/views.h"
#include "model/conn_view.h"

namespace hvs {

struct ConnQuery {
  ConnFilter filter;
  std::optional<std::uint64_t> limit;  // connections to deliver; none: all
  bool count_only = false;             // deliver no connection, only the summary
};

struct ConnScanSummary {
  std::uint64_t visited = 0;  // connections looked at
  std::uint64_t matched = 0;  // of those, accepted by the filter
};

struct ConnBatch {
  std::vector<ConnView> conns;
  bool end = false;         // nothing follows, and `summary` is final
  ConnScanSummary summary;  // so far
};

/// A walk over all workers' connections, drawn by its reader: what is not asked for is not looked up, so a
/// slow reader slows the walk and nothing piles up. Destroying it ends the walk at any time, also from within
/// the callback; a callback that is outstanding then is never called.
class ConnScan {
 public:
  using Ready = std::function<void(Result<ConnBatch>)>;

  ConnScan() = default;
  ConnScan(const ConnScan&) = delete;
  ConnScan& operator=(const ConnScan&) = delete;
  virtual ~ConnScan() = default;

  /// Asks for the next 1 to `max` connections; none only with `end`. `ready` is called once, on the reactor
  /// thread, from its event loop and never from within next(). One call may be outstanding. After an error
  /// or `end` there is no further call.
  virtual void next(std::size_t max, Ready ready) = 0;
};

/// What the API needs from the daemon. Everything is called on the reactor thread and returns at once: views
/// are read from counters and the configuration in force; what has to wait for workers is asynchronous and
/// reports on the reactor thread.
class ControlBackend {
 public:
  virtual ~ControlBackend() = default;

  [[nodiscard]] virtual Result<StatusView> status() = 0;
  [[nodiscard]] virtual Result<std::vector<ServiceView>> services() = 0;
  /// Of all services, or of the one named, which exists (service_slot).
  [[nodiscard]] virtual Result<std::vector<DestView>> dests(std::optional<std::string_view> service) = 0;
  /// Every reason of kDropInfo, in its order, summed over workers.
  [[nodiscard]] virtual Result<std::vector<DropView>> drops() = 0;
  [[nodiscard]] virtual Result<std::vector<PortView>> ports() = 0;
  [[nodiscard]] virtual Result<std::vector<WorkerView>> workers() = 0;
  /// The configuration in force, with defaults filled in.
  [[nodiscard]] virtual Result<std::string> config_yaml() = 0;

  /// The slot of a service of the configuration in force.
  [[nodiscard]] virtual std::optional<ServiceSlot> service_slot(std::string_view name) = 0;
  /// The name of a service, also while a removed one still has connections. Valid until control returns to
  /// the event loop.
  [[nodiscard]] virtual std::string_view service_name(ServiceSlot slot) = 0;

  [[nodiscard]] virtual Result<std::unique_ptr<ConnScan>> scan_conns(const ConnQuery& query) = 0;
  /// The same for clients of persistent services (ConnView::template_of).
  [[nodiscard]] virtual Result<std::unique_ptr<ConnScan>> scan_templates(const ConnQuery& query) = 0;
  /// Reads the configuration file again. An error means that nothing has changed. `done` is called once, on
  /// the reactor thread, from its event loop.
  virtual void reload(std::function<void(Result<ReloadView>)> done) = 0;
  /// Compares the configuration file with the configuration in force. An error: the file is not acceptable.
  [[nodiscard]] virtual Result<DiffView> config_diff() = 0;
  /// Applies a JSON array of operations to the configuration in force, all or none (control/config/edit.h).
  /// `done` as above.
  virtual void edit(std::string operations, std::function<void(Result<EditView>)> done) = 0;
};

}  // namespace hvs
