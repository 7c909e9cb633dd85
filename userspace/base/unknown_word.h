// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.h"

namespace hvs {

/// CLI11's messages begin with the program's name, as all others do.
inline void name_in_failures(CLI::App& app) {
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return failed->get_name() + ": " + CLI::FailureMessage::simple(failed, error);
  });
}

/// Of a command line that CLI11 refused: which word means nothing, and what it may have meant. Empty when
/// that is not what is wrong with it.
inline std::string unknown_word(const CLI::App& app) {
  const CLI::App* command = &app;  // the innermost that was named
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> extras = app.remaining(true);
  // CLI11 puts options in front of words or behind them, as it likes; the option is what explains the words.
  std::string wrong;
  for (const std::string& word : extras) {
    if (wrong.empty() || (word.starts_with('-') && !wrong.starts_with('-'))) wrong = word;
  }
  if (wrong.empty() || wrong == "-") return {};
  if (wrong.starts_with('-')) {
    wrong = wrong.substr(0, wrong.find('='));
    std::vector<std::string> names;
    for (const CLI::App* level : {command, &app}) {
      for (const CLI::Option* option : level->get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view near = nearest(wrong, known);
    return "unknown option " + wrong +
           (near.empty() ? ". Try --help" : ". Did you mean `" + std::string(near) + "`?");
  }
  std::vector<std::string_view> known;
  std::vector<std::string> names;
  for (const CLI::App* each : command->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(each->get_name());
  known.assign(names.begin(), names.end());
  if (known.empty()) return "unexpected argument '" + wrong + "'. Try --help";
  return "unknown command '" + wrong + "'. " + did_you_mean(wrong, known);
}

}  // namespace hvs
