// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/result.h"
#include "tools/ipvsadm/command.h"
#include "tools/ipvsadm/edits.h"

// The daemon's refusals speak of operations, and of settings by their paths in a configuration. Who typed a
// command knows neither.
namespace hvs::ipvs {

/// The refusal of a command's operation, in the words of ipvsadm: "-t 192.0.2.10:80" for "services[0]".
Error in_words_of(const Command& command, const Error& error);

/// The same of a command of a script, said about its line.
Error in_terms_of_lines(const Script& script, const Error& error);

}  // namespace hvs::ipvs
