// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "control/api/backend.h"
#include "daemon/conn_scan.h"
#include "model/config.h"

namespace hvs {

class Daemon;

/// Answers the control API out of the running daemon: counters are summed over workers when they are asked
/// for.
class DaemonBackend final : public ControlBackend {
 public:
  explicit DaemonBackend(Daemon& daemon) : daemon_(daemon) {}

  Result<StatusView> status() override;
  Result<std::vector<ServiceView>> services() override;
  Result<std::vector<DestView>> dests(std::optional<std::string_view> service) override;
  Result<std::vector<DropView>> drops() override;
  Result<std::vector<PortView>> ports() override;
  Result<std::vector<WorkerView>> workers() override;
  Result<std::string> config_yaml() override;
  std::optional<ServiceSlot> service_slot(std::string_view name) override;
  std::string_view service_name(ServiceSlot slot) override;
  Result<std::unique_ptr<ConnScan>> scan_conns(const ConnQuery& query) override;
  Result<std::unique_ptr<ConnScan>> scan_templates(const ConnQuery& query) override;
  void reload(std::function<void(Result<ReloadView>)> done) override;
  Result<DiffView> config_diff() override;
  void edit(std::string operations, std::function<void(Result<EditView>)> done) override;

 private:
  Daemon& daemon_;
};

}  // namespace hvs
