// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control/api/backend.h"

// What a request means, without HTTP's machinery: the session carries it out.
namespace hvs {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kJsonLinesType = "application/x-ndjson";

/// A whole answer.
struct Reply {
  unsigned status = 200;
  std::string_view type = kJsonType;
  std::string body;
  std::string_view allow;  // the Allow header of a 405
};
/// Answer with the scan's connections, one JSON object a line, as they come.
struct StreamConns {
  std::unique_ptr<ConnScan> scan;
};
/// Answer with {"connections": N} at the scan's end.
struct CountConns {
  std::unique_ptr<ConnScan> scan;
};
/// Reload, then answer with the outcome.
struct Reload {};
/// Apply the operations of the request's body, then answer with the outcome.
struct Edit {};

using Action = std::variant<Reply, StreamConns, CountConns, Reload, Edit>;

[[nodiscard]] Action route(ControlBackend& backend, std::string_view method, std::string_view target);
/// The answer of route() to a request that is refused whatever its body says.
[[nodiscard]] std::optional<Reply> refusal(std::string_view method, std::string_view target);

[[nodiscard]] Reply error_reply(unsigned status, const Error& error);
[[nodiscard]] Reply count_reply(const ConnScanSummary& summary);
[[nodiscard]] Reply reload_reply(const Result<ReloadView>& result);
[[nodiscard]] Reply edit_reply(const Result<EditView>& result);

}  // namespace hvs
