// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/hvsctl/tables.h"

namespace hvs::ctl {

/// The fields of one JSON object as text for people; a field is named by its path ("to_dest/packets").
class Row {
 public:
  Row(const nlohmann::json& object, const Style& style) : object_(object), style_(style) {}

  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] std::string count(const char* key) const;
  [[nodiscard]] std::string bytes(const char* key) const;
  [[nodiscard]] std::uint64_t number(const char* key) const;  // 0 when there is none
  /// How many a list has.
  [[nodiscard]] std::size_t items(const char* key) const;
  [[nodiscard]] std::string endpoint(const char* address, const char* port) const;
  /// The items of a list, with commas.
  [[nodiscard]] std::string list(const char* key) const;

 private:
  [[nodiscard]] const nlohmann::json* find(const char* key) const;
  [[nodiscard]] std::string scaled(const char* key, std::string (*human)(std::uint64_t)) const;

  const nlohmann::json& object_;
  const Style& style_;
};

/// How a resource that is a list becomes a table.
struct Shape {
  std::vector<Column> columns;
  const char* empty_text;
  std::vector<std::string> (*cells)(const Row&);
};

[[nodiscard]] Shape service_shape();
[[nodiscard]] Shape dest_shape();
[[nodiscard]] Shape drop_shape();
[[nodiscard]] Shape port_shape();
[[nodiscard]] Shape worker_shape();

}  // namespace hvs::ctl
