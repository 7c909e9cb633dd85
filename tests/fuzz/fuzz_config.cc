// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "control/compile/compiler.h"
#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "control/config/plan.h"

// Any text is refused with a message or becomes a configuration that can be written, read back, compiled and
// planned.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = hvs::parse_config(text, "fuzz.yaml");
  if (!parsed) {
    HVS_CHECK(!parsed.problems().list.empty());
    for (const hvs::Error& error : parsed.problems().list) HVS_CHECK(error.where.starts_with("fuzz.yaml"));
    return 0;
  }
  const auto again = hvs::parse_config(hvs::config_to_yaml(*parsed), "again.yaml");
  HVS_CHECK(again.ok());
  HVS_CHECK(*again == *parsed);
  HVS_CHECK(hvs::diff_configs(*parsed, *again).empty());

  hvs::SnapshotCompiler compiler;
  const auto compiled = compiler.compile(*parsed, {});
  HVS_CHECK(compiled.ok());
  HVS_CHECK(compiled->fresh_services.size() == parsed->services.size());
  HVS_CHECK(!hvs::make_plan(*parsed, {}, {}, {}).text().empty());
  return 0;
}
