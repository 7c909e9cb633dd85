// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tools/hvsctl/tables.h"

namespace hvs::ctl {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,    // the daemon refused it, or it went wrong
  kUsage = 2,     // the command line makes no sense
  kNoDaemon = 3,  // no daemon could be reached
};

enum class Command {
  status,
  services,
  dests,
  conns,
  drops,
  ports,
  workers,
  reload,
  config,
  config_diff,
  config_edit,
  config_save
};

struct Options {
  Command command = Command::status;
  std::optional<std::string> instance;
  std::optional<std::string> socket;
  bool json = false;
  bool count = false;                    // conns
  std::optional<std::string> save_file;  // config_save; none: the daemon's own
  bool force = false;                    // config_save: over changes that were not loaded
  std::string operations;                // config_edit: JSON, or "-" for standard input
  Style style;
  std::optional<double> watch_s;
  std::vector<std::pair<std::string, std::string>> query;  // parameters of the API's resource
};

/// Carries out one command line: what was asked for goes to `out`, complaints to `err`.
ExitCode run(const Options& options, std::FILE* out, std::FILE* err);

}  // namespace hvs::ctl
