// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/hvsctl/table.h"

// From the API's JSON to tables for people. A field that this version does not find is shown as "-".
namespace hvs::ctl {

struct Style {
  bool human = false;      // rounded numbers with units
  bool all_drops = false;  // also reasons that never happened
};

enum class Listing { status, services, dests, drops, ports, workers };

/// Prints the answer to the API's resource of that name; an error means that it is not what the API sends.
Result<void> print_listing(Listing what, std::string_view json, const Style& style,
                           const Table::Write& write);

/// The columns of the connections; rows come from conn_cells().
[[nodiscard]] std::vector<Column> conn_columns();
Result<std::vector<std::string>> conn_cells(std::string_view json_line);

/// What a reload would change, and what it would undo.
Result<void> print_edit(std::string_view text, const Table::Write& write);
Result<void> print_diff(std::string_view json, const Table::Write& write);
/// The path that `status` names.
Result<std::string> config_file_of(std::string_view json);
/// Of /v1/config/diff: what stands in the file and was never in force.
Result<std::vector<std::string>> unloaded_changes(std::string_view json);
/// "reloaded, generation 4" and the changes.
Result<void> print_reload(std::string_view json, const Table::Write& write);
Result<std::string> count_text(std::string_view json, const Style& style);

/// The error that the API sent, or one that quotes what came instead.
[[nodiscard]] Error api_error(unsigned status, std::string_view body);

}  // namespace hvs::ctl
