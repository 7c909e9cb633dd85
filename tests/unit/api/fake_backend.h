// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/api/backend.h"
#include "model/config.h"

namespace hvs::test {

/// The n-th connection of the fake: clients 10.0.x.y, alternating protocols and services.
ConnView fake_conn(std::uint32_t n);

/// The n-th persistent client of the fake: one of 198.51.0.0/16, with n connections.
ConnView fake_template(std::uint32_t n);

/// A daemon without a data path. Set it up before the server starts, or on the reactor thread.
class FakeBackend final : public ControlBackend {
 public:
  /// Runs a function on the reactor thread, later.
  std::function<void(std::function<void()>)> post;

  StatusView status_view;
  std::vector<ServiceView> service_views;
  std::vector<DestView> dest_views;
  std::vector<DropView> drop_views;
  std::vector<PortView> port_views;
  std::vector<WorkerView> worker_views;
  std::string yaml = "instance: demo\n";
  Config config;  // what edits change
  std::vector<std::string> edit_warnings;
  DiffView diff_view;
  std::optional<Error> failure;  // of every call, when set
  std::optional<Error> reload_failure;
  bool reload_never_ends = false;
  std::uint32_t conns = 0;      // how many fake_conn() there are
  std::uint32_t templates = 0;  // and how many fake_template()
  std::optional<std::uint32_t> scan_fails_at;

  std::atomic<std::uint64_t> drawn{0};  // connections handed to the server
  std::atomic<int> scans_open{0};
  std::atomic<int> reloads{0};
  std::vector<std::string> zeroed;  // services whose counters began anew, by edits

  FakeBackend();

  Result<StatusView> status() override { return or_failure(status_view); }
  Result<std::vector<ServiceView>> services() override { return or_failure(service_views); }
  Result<std::vector<DestView>> dests(std::optional<std::string_view> service) override;
  Result<std::vector<DropView>> drops() override { return or_failure(drop_views); }
  Result<std::vector<PortView>> ports() override { return or_failure(port_views); }
  Result<std::vector<WorkerView>> workers() override { return or_failure(worker_views); }
  Result<std::string> config_yaml() override { return or_failure(yaml); }
  std::optional<ServiceSlot> service_slot(std::string_view name) override;
  std::string_view service_name(ServiceSlot slot) override;
  Result<std::unique_ptr<ConnScan>> scan_conns(const ConnQuery& query) override;
  Result<std::unique_ptr<ConnScan>> scan_templates(const ConnQuery& query) override;
  void reload(std::function<void(Result<ReloadView>)> done) override;
  Result<DiffView> config_diff() override { return or_failure(diff_view); }
  void edit(std::string operations, std::function<void(Result<EditView>)> done) override;

 private:
  template <typename T>
  Result<T> or_failure(const T& value) {
    if (failure) return *failure;
    return value;
  }
};

}  // namespace hvs::test
