// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "model/ids.h"
#include "model/names.h"
#include "net/ip_addr.h"

// One command line of ipvsadm as a value. What the options mean is in options.cc; what comes of it in
// edits.cc.
namespace hvs::ipvs {

enum class Action {
  add_service,
  edit_service,
  delete_service,
  clear,
  restore,
  save,
  add_server,
  edit_server,
  delete_server,
  list,
  zero,
  set_timeouts,
  add_laddr,
  delete_laddr,
  list_laddr,
  help,
  version
};

/// How a real server is reached; gatewaying is what ipvsadm takes when nothing is said.
enum class Forward { gatewaying, ipip, masquerading, fullnat };

struct ServiceAddress {
  L4Proto protocol = L4Proto::tcp;
  IpAddr address;
  PortRange port;
};

struct ServerAddress {
  IpAddr address;
  std::optional<L4Port> port;  // none, or 0: the service's
};

/// What `list` prints.
struct Format {
  bool connections = false;
  bool timeout = false;
  bool stats = false;
  bool rate = false;
  bool exact = false;
  bool thresholds = false;
  bool persistent = false;
  bool tunnels = false;
  bool sort = true;
  bool numeric = false;
  bool one_service = false;  // no heading of the whole table
};

struct Command {
  Action action = Action::list;
  std::optional<ServiceAddress> service;
  std::string scheduler = "wlc";
  std::vector<std::string> scheduler_flags;
  std::optional<std::uint64_t> mh_table_size;
  std::optional<std::uint32_t> persistent;  // seconds
  std::optional<unsigned> netmask_bits;
  bool one_packet = false;
  std::optional<std::string> lip_pool;

  std::optional<ServerAddress> server;
  Forward forward = Forward::gatewaying;
  std::uint64_t weight = 1;
  std::uint64_t upper_threshold = 0;
  std::uint64_t lower_threshold = 0;
  TunnelConfig tunnel;  // with ipip

  std::optional<IpAddr> local_address;
  std::optional<std::string> port_name;     // of the instance; that there is one is for who asks the daemon
  std::array<std::uint64_t, 3> timeouts{};  // tcp, tcpfin, udp, in seconds; 0: stays
  Format format;
};

/// Exit statuses, as ipvsadm has them.
enum ExitCode : int {
  kOk = 0,
  kNotFound = 1,   // the service to list
  kBadValue = 2,   // an option's value, an option that is missing or does not belong; also: no daemon
  kRefused = 255,  // a command line that makes no sense, and everything that the daemon refuses
};

struct ParseError {
  std::string text;
  ExitCode code = kBadValue;
};

class [[nodiscard]] ParseResult {
 public:
  ParseResult(Command command) : command_(std::move(command)) {}  // NOLINT: implicit on purpose
  ParseResult(ParseError error) : error_(std::move(error)) {}     // NOLINT: implicit on purpose
  explicit operator bool() const { return command_.has_value(); }
  const Command& operator*() const { return *command_; }
  const Command* operator->() const { return &*command_; }
  [[nodiscard]] const ParseError& error() const { return error_; }

 private:
  std::optional<Command> command_;
  ParseError error_;
};

/// Parses the arguments that follow the program's name.
ParseResult parse_command(const std::vector<std::string>& arguments);

/// Takes `--instance NAME` out of the arguments; nothing when it is not there.
Result<std::optional<std::string>> take_instance(std::vector<std::string>& arguments);

[[nodiscard]] std::string usage();

}  // namespace hvs::ipvs
