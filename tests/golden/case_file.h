// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/golden/rig.h"

namespace hvs::golden {

/// A frame at a port, as a case names it: "outside", or "outside.1" for another queue than 0.
struct PortFrame {
  std::string port;
  std::uint16_t queue = 0;
  Bytes bytes;
  std::string text;  // what the case says it is
};

/// One step: something happens, the workers turn, and this must have come of it.
struct Step {
  std::string title;
  std::uint32_t advance_ms = 0;
  std::string config;  // file to load before, if any
  std::string world;
  unsigned turns = 1;
  std::vector<PortFrame> in;
  std::vector<PortFrame> out;
  std::vector<PortFrame> punts;
  std::vector<std::string> asks;               // "IFINDEX ADDRESS"
  std::map<std::string, std::int64_t> counts;  // what a counter moves by; those not named stay
};

/// tests/golden/cases/MODE/NAME: config.yaml, world.txt and case.txt, all of them written by make_cases.py,
/// whose checksums are scapy's. case.txt, a line each, # begins a comment:
///
///     sizes CONNECTIONS LIP_PAIRS     of a worker
///     step TITLE
///     advance MS | config FILE | world FILE | turns N
///     in PORT | out PORT | punt PORT  then the frame: indented lines of hexadecimal
///     ask IFINDEX ADDRESS
///     count NAME DELTA
struct CaseFile {
  std::filesystem::path directory;
  Rig::Sizes sizes;
  std::vector<Step> steps;

  /// Throws std::runtime_error with file, line and problem.
  static CaseFile load(const std::filesystem::path& directory);
};

/// The whole file; throws when it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace hvs::golden
