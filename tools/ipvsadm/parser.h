// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/ipvsadm/command.h"
#include "tools/ipvsadm/options.h"

// Between parse.cc and parse_values.cc.
namespace hvs::ipvs {

constexpr std::uint64_t kMaxTimeout = 31 * 86400;  // seconds

using Outcome = std::optional<ParseError>;

inline ParseError bad(std::string text) { return {std::move(text), kBadValue}; }

/// Walks the arguments: first a command, then its options in any order, each at most once.
class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  ParseResult run();

 private:
  Outcome take_command();
  Outcome take_option();
  Outcome take_letters(std::string_view letters);
  Outcome accept(const OptionInfo& info, std::optional<std::string> value);
  Outcome apply(const OptionInfo& info, const std::string& value);
  static Outcome set_text(std::string& out, const std::string& value);
  static Outcome set_number(const OptionInfo& info, const std::string& value, std::uint64_t max,
                            std::uint64_t& out);
  Outcome set_weight(const OptionInfo& info, const std::string& value);
  Outcome set_service(const OptionInfo& info, L4Proto protocol, const std::string& value);
  Outcome set_persistent(const OptionInfo& info, const std::string& value);
  static Outcome check_hash_target(const OptionInfo& info, const std::string& value);
  static Outcome check_synproxy(const OptionInfo& info, const std::string& value);
  Outcome set_tunnel_type(const std::string& value);
  Outcome set_tunnel_port(const OptionInfo& info, const std::string& value);
  Outcome set_gue_variant(const OptionInfo& info, const std::string& value);
  Outcome set_local_address(const OptionInfo& info, const std::string& value);
  Outcome take_timeouts();
  Outcome finish();
  Outcome check_tunnel() const;
  Outcome check_netmask();
  Outcome check_listing() const;
  Outcome require(bool given, const std::string& what) const;
  [[nodiscard]] bool given(Opt option) const { return given_.contains(option); }
  [[nodiscard]] std::string name() const { return spelled(info_of(command_.action)); }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  Command command_;
  std::set<Opt> given_;
  std::optional<std::string> server_text_;
  std::optional<std::string> netmask_text_;
  bool port_left_out_ = false;
};

}  // namespace hvs::ipvs
