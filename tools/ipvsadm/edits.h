// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/ipvsadm/command.h"

// From commands to the operations of the control API (docs/api.md).
namespace hvs::ipvs {

/// The operations that a command comes to. An error: the balancer does not have what the command asks for.
Result<std::vector<nlohmann::ordered_json>> edits_of(const Command& command);

[[nodiscard]] bool is_edit(Action action);

/// A file of commands, as one transaction.
struct Script {
  struct Source {
    std::size_t line = 0;  // counted from 1
    Command command;
  };
  std::string operations;       // a JSON array
  std::vector<Source> sources;  // of each operation
};

/// Reads command lines; empty ones and comments (#) say nothing, and each may begin with the program's name.
/// An error begins with its line's number.
struct ScriptResult {
  Script script;
  std::optional<ParseError> error;
};
ScriptResult read_script(std::string_view text);

}  // namespace hvs::ipvs
