// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/words.h"

#include <array>
#include <cstdlib>
#include <regex>
#include <string>
#include <string_view>
#include <utility>

#include "tools/ipvsadm/options.h"
#include "tools/ipvsadm/spellings.h"

namespace hvs::ipvs {

namespace {

using Pair = std::pair<std::string_view, Opt>;

/// The settings that have an option, by the last key of their path.
constexpr std::array kSettings = {
    Pair{"scheduler", Opt::scheduler},     Pair{"scheduler_flags", Opt::sched_flags},
    Pair{"one_packet", Opt::ops},          Pair{"mh_table_size", Opt::mh_table_size},
    Pair{"persistence", Opt::persistent},  Pair{"timeout", Opt::persistent},
    Pair{"v4_mask", Opt::netmask},         Pair{"v6_prefix", Opt::netmask},
    Pair{"lip_pool", Opt::lip_pool},       Pair{"weight", Opt::weight},
    Pair{"max_conn", Opt::u_threshold},    Pair{"min_conn", Opt::l_threshold},
    Pair{"tunnel", Opt::tun_type},         Pair{"type", Opt::tun_type},
    Pair{"gue_variant", Opt::gue_variant},
};

/// What of the command the setting at `path` is; empty: nothing. What begins with the address does not need
/// it in front.
std::string subject(const Command& c, std::string_view path, std::string_view what) {
  const std::string_view key = path.substr(path.rfind('.') + 1);
  const auto named = [&](const std::string& option, const IpAddr& address, const std::string& value) {
    return what.starts_with(address.text()) ? option : option + " " + value;
  };
  if (path.starts_with("timeouts")) return "--set: " + std::string(key);
  for (const auto& [setting, option] : kSettings) {
    if (setting == key && allowed(c.action, option)) return spelled(info_of(option));
  }
  if (c.server && path.find(".dests[") != std::string_view::npos) {
    const std::uint16_t port = c.server->port.value_or(L4Port{}).value;
    const IpAddr& address = c.server->address;
    return named("-r", address, port == 0 ? address.text() : address.text(port));
  }
  if (c.local_address && path.starts_with("lip_pools"))
    return named("-z", *c.local_address, c.local_address->text());
  if (c.service && path.starts_with("services"))
    return named(service_option(c.service->protocol), c.service->address,
                 endpoint_text(c.service->address, c.service->port.text()));
  return {};
}

/// Names of the API's things within a sentence.
std::string translated(std::string text) {
  struct Rule {
    std::regex wrong;
    const char* right;
  };
  const std::string endpoint = R"re([ :]((?:[0-9.]+|\[[0-9a-fA-F:.]+\]):(?:[0-9,-]+|any))"?)re";
  static const std::array rules = {
      Rule{std::regex(R"re(pool "((?:tcp|udp|sctp):[^"]*)")re"), "the pool of $1"},
      Rule{std::regex("(^|[^`])\"?\\btcp" + endpoint), "$1-t $2"},
      Rule{std::regex("(^|[^`])\"?\\budp" + endpoint), "$1-u $2"},
      Rule{std::regex("(^|[^`])\"?\\bsctp" + endpoint), "$1--sctp-service $2"},
      Rule{std::regex(R"re((service (\S+ \S+) already): \2$)re"), "$1"},  // it is called by its address
      Rule{std::regex(R"re( is dests\[[0-9]+\] already)re"), " is there already"},
      Rule{std::regex("`hvsctl (services|dests)`"), "`hvs-ipvsadm -Ln`"},
      Rule{std::regex(R"re(\bdest(s?)\b(?!\[))re"), "real server$1"},
      Rule{std::regex(R"re(\(edit_service\))re"), "(-E)"},
      Rule{std::regex(R"re(\(edit_dest\))re"), "(-e)"},
      Rule{std::regex("\\bmax_conn\\b"), "-x"},
      Rule{std::regex("\\bmin_conn\\b"), "-y"},
      Rule{std::regex("\\bone_packet\\b"), "-o"},
      Rule{std::regex("\\bmh_table_size\\b"), "--mh-table-size"},
      Rule{std::regex("`lip_pool`"), "--lip-pool"},
  };
  for (const Rule& rule : rules) text = std::regex_replace(text, rule.wrong, rule.right);
  return text;
}

/// Without addresses the service's own pool goes, and the service is left without what its dests need.
bool is_last_local_address(const Command& command, const Error& error) {
  return command.action == Action::delete_laddr && command.service && command.local_address &&
         error.what.ends_with("`lip_pool` is missing");
}

}  // namespace

Error in_words_of(const Command& command, const Error& error) {
  if (is_last_local_address(command, error)) {
    const ServiceAddress& service = *command.service;
    return {"-z " + command.local_address->text() + ": it is the last local address of " +
                service_option(service.protocol) + " " + endpoint_text(service.address, service.port.text()) +
                ", and every connection to its real servers in full NAT would be lost",
            error.where, "Add another one first (-P), or remove these real servers (-d)"};
  }
  std::string what = error.what;
  static const std::regex path_in_front(
      R"re(^((?:services|lip_pools|timeouts)(?:[a-z0-9_.]|\[(?:[0-9]+|"[^"]*")\])*): )re");
  if (std::smatch match; std::regex_search(what, match, path_in_front)) {
    const std::string path = match[1];
    const std::string rest = match.suffix();
    if (const std::string words = subject(command, path, rest); !words.empty()) what = words + ": " + rest;
  }
  return {translated(std::move(what)), error.where, translated(error.fix)};
}

Error in_terms_of_lines(const Script& script, const Error& error) {
  constexpr std::string_view kOperation = "operation ";
  if (!error.where.starts_with(kOperation)) return error;
  const auto number =
      static_cast<std::size_t>(std::strtoul(error.where.c_str() + kOperation.size(), nullptr, 10));
  if (number == 0 || number > script.sources.size()) return error;
  const Script::Source& source = script.sources[number - 1];
  Error out = in_words_of(source.command, error);
  out.where = "line " + std::to_string(source.line);
  return out;
}

}  // namespace hvs::ipvs
