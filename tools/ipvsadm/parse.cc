// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "control/config/utf8.h"
#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/parser.h"

namespace hvs::ipvs {

namespace {

constexpr std::uint64_t kMaxThreshold = 4294967295;
constexpr std::uint64_t kMaxTableSize = 4294967295;

ParseError senseless(std::string text) {
  return {std::move(text) + "\nTry 'hvs-ipvsadm -h' for more information.", kRefused};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end != begin) out.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

ParseResult Parser::run() {
  if (arguments_.empty()) return ParseResult(Command{});  // as ipvsadm: the list
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (config::first_non_utf8(arguments_[i]))
      return bad("word " + std::to_string(i + 1) + " is no text: it is not UTF-8, or has control characters");
  }
  if (auto error = take_command(); error) return *error;
  while (at_ < arguments_.size()) {
    if (auto error = take_option(); error) return *error;
  }
  if (auto error = finish(); error) return *error;
  return command_;
}

Outcome Parser::take_command() {
  const std::string first = arguments_[at_++];
  const ActionInfo* action = nullptr;
  std::string rest;
  if (first.starts_with("--")) {
    const std::string word = first.substr(2);
    if (word == "start-daemon" || word == "stop-daemon") {
      return bad("--" + word + ": connections are not synchronised between balancers yet; run without it");
    }
    action = find_action(std::string_view(word));
  } else if (first.size() > 1 && first[0] == '-') {
    action = find_action(first[1]);
    rest = first.substr(2);
  }
  if (action == nullptr) return senseless("'" + first + "' is no command; a command line begins with one");
  command_.action = action->action;
  if (command_.action == Action::set_timeouts) return take_timeouts();
  return rest.empty() ? std::nullopt : take_letters(rest);
}

Outcome Parser::take_timeouts() {
  if (arguments_.size() - at_ != 3)
    return bad("--set takes three values: tcp tcpfin udp, in seconds; 0 leaves one as it is");
  for (std::uint64_t& value : command_.timeouts) {
    const std::string& text = arguments_[at_++];
    const auto number = parse_number(text, kMaxTimeout);
    if (!number)
      return bad("'" + text + "' is no timeout: give seconds, at most " + std::to_string(kMaxTimeout));
    value = *number;
  }
  return std::nullopt;
}

Outcome Parser::take_option() {
  const std::string& argument = arguments_[at_++];
  if (argument.size() < 2 || argument[0] != '-') return bad("unexpected argument '" + argument + "'");
  if (!argument.starts_with("--")) return take_letters(std::string_view(argument).substr(1));
  const std::size_t equals = argument.find('=');
  const std::string word = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
  const OptionInfo* info = find_option(std::string_view(word));
  if (info == nullptr) {
    return senseless(find_action(std::string_view(word)) != nullptr
                         ? "several commands: " + name() + " and --" + word
                         : "unknown option --" + word);
  }
  std::optional<std::string> value;
  if (equals != std::string::npos) value = argument.substr(equals + 1);
  return accept(*info, std::move(value));
}

/// "-Ln" is "-L -n", and "-w10" is "-w 10".
Outcome Parser::take_letters(std::string_view letters) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const OptionInfo* info = find_option(command_.action, letters[i]);
    if (info == nullptr) {
      return senseless(find_action(letters[i]) != nullptr
                           ? "several commands: " + name() + " and -" + std::string(1, letters[i])
                           : "unknown option -" + std::string(1, letters[i]));
    }
    std::optional<std::string> value;
    if (info->takes != Takes::nothing && i + 1 < letters.size()) {
      value = letters.substr(letters[i + 1] == '=' ? i + 2 : i + 1);
      i = letters.size();
    }
    if (auto error = accept(*info, std::move(value)); error) return error;
  }
  return std::nullopt;
}

Outcome Parser::accept(const OptionInfo& info, std::optional<std::string> value) {
  if (info.takes == Takes::nothing && value) return bad(spelled(info) + " takes no value");
  if (info.takes != Takes::nothing && !value) {
    const bool more = at_ < arguments_.size();
    if (info.takes == Takes::value && !more) return bad(spelled(info) + " needs a value");
    if (more && (info.takes == Takes::value || !arguments_[at_].starts_with('-'))) value = arguments_[at_++];
  }
  if (!allowed(command_.action, info.option)) return bad(spelled(info) + " does not go with " + name());
  if (!given_.insert(info.option).second) return bad(spelled(info) + " is given twice");
  if (const auto why = refusal(info.option); !why.empty())
    return bad(spelled(info) + ": " + std::string(why));
  return apply(info, value.value_or(std::string()));
}

Outcome Parser::apply(const OptionInfo& info, const std::string& value) {
  Format& format = command_.format;
  bool nothing = false;
  const auto set = [](bool& flag, bool on = true) {
    flag = on;
    return std::nullopt;
  };
  const auto forward = [&](Forward how) {
    command_.forward = how;
    return std::nullopt;
  };
  const auto checksum = [&](TunnelChecksum how) {
    command_.tunnel.checksum = how;
    return std::nullopt;
  };
  switch (info.option) {
    case Opt::tcp_service: return set_service(info, L4Proto::tcp, value);
    case Opt::udp_service: return set_service(info, L4Proto::udp, value);
    case Opt::sctp_service: return set_service(info, L4Proto::sctp, value);
    case Opt::scheduler: return set_text(command_.scheduler, value);
    case Opt::persistent: return set_persistent(info, value);
    case Opt::netmask: return set_text(netmask_text_.emplace(), value);
    case Opt::ops: return set(command_.one_packet);
    case Opt::sched_flags: command_.scheduler_flags = split(value, ','); return std::nullopt;
    case Opt::mh_table_size: return set_number(info, value, kMaxTableSize, command_.mh_table_size.emplace());
    case Opt::hash_target: return check_hash_target(info, value);
    case Opt::synproxy: return check_synproxy(info, value);
    case Opt::lip_pool: return set_text(command_.lip_pool.emplace(), value);
    case Opt::real_server: return set_text(server_text_.emplace(), value);
    case Opt::gatewaying: return forward(Forward::gatewaying);
    case Opt::ipip: return forward(Forward::ipip);
    case Opt::masquerading: return forward(Forward::masquerading);
    case Opt::fullnat: return forward(Forward::fullnat);
    case Opt::weight: return set_weight(info, value);
    case Opt::u_threshold: return set_number(info, value, kMaxThreshold, command_.upper_threshold);
    case Opt::l_threshold: return set_number(info, value, kMaxThreshold, command_.lower_threshold);
    case Opt::tun_type: return set_tunnel_type(value);
    case Opt::tun_port: return set_tunnel_port(info, value);
    case Opt::tun_nocsum: return checksum(TunnelChecksum::off);
    case Opt::tun_csum: return checksum(TunnelChecksum::on);
    case Opt::gue_variant: return set_gue_variant(info, value);
    case Opt::local_address: return set_local_address(info, value);
    case Opt::ifname: return set_text(command_.port_name.emplace(), value);
    case Opt::connection: return set(format.connections);
    case Opt::numeric: return set(format.numeric);
    case Opt::timeout: return set(format.timeout);
    case Opt::stats: return set(format.stats);
    case Opt::rate: return set(format.rate);
    case Opt::exact: return set(format.exact);
    case Opt::thresholds: return set(format.thresholds);
    case Opt::persistent_conn: return set(format.persistent);
    case Opt::tun_info: return set(format.tunnels);
    case Opt::sort: return set(format.sort);
    case Opt::nosort: return set(format.sort, false);
    case Opt::fwmark_service:
    case Opt::match:
    case Opt::snat:
    case Opt::ipv6:
    case Opt::persistence_engine:
    case Opt::tun_remcsum:
    case Opt::daemon: return set(nothing);
  }
  return std::nullopt;
}

Outcome Parser::require(bool is_given, const std::string& what) const {
  if (is_given) return std::nullopt;
  return bad(name() + " needs " + what);
}

/// What options need of each other.
Outcome Parser::finish() {
  const Action action = command_.action;
  const bool server =
      action == Action::add_server || action == Action::edit_server || action == Action::delete_server;
  const bool local = action == Action::add_laddr || action == Action::delete_laddr;
  if (action == Action::add_service || action == Action::edit_service || action == Action::delete_service ||
      server || local) {
    if (auto error = require(command_.service.has_value(), "a service: -t or -u ADDRESS:PORT"); error)
      return error;
  }
  if (server) {
    if (auto error = require(server_text_.has_value(), "a real server: -r ADDRESS[:PORT]"); error)
      return error;
    const auto address = parse_host_port(*server_text_, command_.service->protocol);
    if (!address) return bad("-r (--real-server): " + address.error().message());
    command_.server = ServerAddress{address->host, address->port};
  }
  if (local) {
    if (auto error = require(command_.local_address.has_value(), "a local address: -z ADDRESS"); error)
      return error;
  }
  const int forwards =
      given(Opt::gatewaying) + given(Opt::ipip) + given(Opt::masquerading) + given(Opt::fullnat);
  if (forwards > 1) return bad("more than one of -g, -i, -m and -b");
  if (auto error = check_tunnel(); error) return error;
  if (auto error = check_netmask(); error) return error;
  if (given(Opt::hash_target) && command_.scheduler != "conhash")
    return bad("--hash-target goes with -s conhash");
  if (command_.one_packet && command_.service->protocol != L4Proto::udp)
    return bad("-o (--ops) is for UDP services");
  // Who forgets a port does not mean any, unless clients are to return whatever port they come to.
  if ((action == Action::add_service || action == Action::edit_service) && port_left_out_ &&
      !command_.persistent)
    return bad(name() + ": name a port; 0 is any port, and it may be left out with -p");
  return check_listing();
}

/// Of --stats, --rate, --thresholds, --persistent-conn and --tun-info the first one counts, as with ipvsadm.
Outcome Parser::check_listing() const {
  const Format& f = command_.format;
  if (f.connections && f.timeout) return bad("-c and --timeout together");
  if (f.timeout && command_.service) return bad("--timeout is for all services");
  if ((f.connections || f.timeout) && (f.stats || f.rate || f.thresholds))
    return bad("-c and --timeout do not go with --stats, --rate and --thresholds");
  if (f.timeout && f.persistent) return bad("--timeout does not go with --persistent-conn");
  return std::nullopt;
}

ParseResult parse_command(const std::vector<std::string>& arguments) { return Parser(arguments).run(); }

Result<std::optional<std::string>> take_instance(std::vector<std::string>& arguments) {
  std::optional<std::string> instance;
  for (std::size_t i = 0; i < arguments.size();) {
    constexpr std::string_view kOption = "--instance";
    if (!arguments[i].starts_with(kOption)) {
      ++i;
      continue;
    }
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    if (arguments[i].size() > kOption.size() && arguments[i][kOption.size()] == '=') {
      instance = arguments[i].substr(kOption.size() + 1);
      arguments.erase(at);
    } else if (arguments[i] == kOption && i + 1 < arguments.size()) {
      instance = arguments[i + 1];
      arguments.erase(at, at + 2);
    } else {
      return Error{"--instance needs the name of an instance", {}, ""};
    }
  }
  return instance;
}

}  // namespace hvs::ipvs
