// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/api/views.h"
#include "model/conn_view.h"

// The JSON of the API. Fields keep the order of the views; bytes that are not UTF-8 become U+FFFD.
namespace hvs {

[[nodiscard]] std::string json_text(const StatusView& view);
[[nodiscard]] std::string json_text(const std::vector<ServiceView>& views);
[[nodiscard]] std::string json_text(const std::vector<DestView>& views);
[[nodiscard]] std::string json_text(const std::vector<DropView>& views);
[[nodiscard]] std::string json_text(const std::vector<PortView>& views);
[[nodiscard]] std::string json_text(const std::vector<WorkerView>& views);
[[nodiscard]] std::string json_text(const ReloadView& view);
[[nodiscard]] std::string json_text(const DiffView& view);
[[nodiscard]] std::string json_text(const EditView& view);
/// {"error": {"what", "where", "fix"}}
[[nodiscard]] std::string json_error(const Error& error);

/// Appends one connection as one line, newline included. `service_json` is the service's name as JSON
/// (json_string), because a walk shows few names many times.
void append_conn_line(std::string& out, const ConnView& conn, std::string_view service_json);
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace hvs
