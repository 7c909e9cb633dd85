// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/unknown_word.h"
#include "tools/hvsctl/app.h"
#include "tools/hvsctl/nics.h"

using hvs::ctl::Command;
using hvs::ctl::Options;

namespace {

constexpr const char* kFooter =
    "Without --instance and --socket that of $HVS_INSTANCE is asked, else the one running instance\n"
    "(/run/hvs/*/api.sock).\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no daemon reached.";

CLI::App* add(CLI::App& app, Options& options, const char* name, const char* help, Command command) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->callback([&options, command] { options.command = command; });
  sub->fallthrough();
  return sub;
}

/// An option whose value goes to the API as the query parameter `key`.
CLI::Option* add_param(CLI::App* sub, Options& options, const char* name, const char* key, const char* help) {
  return sub
      ->add_option_function<std::string>(
          name, [&options, key](const std::string& value) { options.query.emplace_back(key, value); }, help)
      ->take_last();
}

/// The whole range in CLI11's words would be 300 digits long.
std::string check_limit(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && text.find_first_not_of('0') != std::string::npos) return {};
  return text + " is no whole number from 1";
}

void add_commands(CLI::App& app, Options& options) {
  add(app, options, "status", "What runs, since when, how full", Command::status);
  add(app, options, "services", "Services and their counters", Command::services);
  auto* dests = add(app, options, "dests", "Real servers and their counters", Command::dests);
  add_param(dests, options, "SERVICE", "service", "Only those of this service");
  auto* conns = add(app, options, "conns", "Connections, as they are found", Command::conns);
  add_param(conns, options, "--service", "service", "Only of this service");
  add_param(conns, options, "--client", "client", "Only from this address")->type_name("ADDRESS");
  add_param(conns, options, "--dest", "dest", "Only to the real server of this address")
      ->type_name("ADDRESS");
  add_param(conns, options, "--proto", "proto", "Only of this protocol")
      ->check(CLI::IsMember({"tcp", "udp", "sctp", "icmp", "icmpv6"}));
  auto* limit = add_param(conns, options, "--limit", "limit", "At most so many");
  limit->check(check_limit)->type_name("N");
  conns->add_flag("--count", options.count, "Only how many there are")->excludes(limit);
  auto* drops = add(app, options, "drops", "Dropped frames, by reason", Command::drops);
  drops->add_flag("--all", options.style.all_drops, "Reasons that never happened, too");
  add(app, options, "ports", "Ports and their counters", Command::ports);
  add(app, options, "workers", "Workers and their counters", Command::workers);
  add(app, options, "reload", "Read the configuration file again", Command::reload);
  auto* config = app.add_subcommand("config", "The configuration");
  config->require_subcommand(1);
  config->fallthrough();
  add(*config, options, "show", "The configuration in force, as YAML", Command::config);
  add(*config, options, "diff", "What a reload would change and undo", Command::config_diff);
  auto* edit = add(*config, options, "edit", "Change the configuration in force", Command::config_edit);
  edit->add_option("OPERATIONS", options.operations, "JSON as in docs/api.md; -: from standard input")
      ->required();
  auto* save =
      add(*config, options, "save", "Write the configuration in force to a file", Command::config_save);
  save->add_option("FILE", options.save_file, "Instead of the file that the daemon reads");
  save->add_flag("--force", options.force, "Although that file has changes that were not loaded");
}

/// Commands that need no daemon. Whichever is given leaves its work in `work`.
void add_nic_commands(CLI::App& app, hvs::ctl::NicOptions& nic, std::function<int()>& work) {
  auto* bind = app.add_subcommand("bind", "Take NICs from the kernel for native ports (no daemon is asked)");
  bind->add_option("DEVICE", nic.devices, "Network interfaces or PCI addresses")->required();
  bind->add_option("-d,--driver", nic.driver, "vfio-pci, uio_pci_generic or igb_uio")
      ->check(CLI::IsMember({"vfio-pci", "uio_pci_generic", "igb_uio"}));
  bind->add_flag("--force", nic.force, "Although the default route or somebody's session leads through it");
  bind->callback([&] { work = [&nic] { return hvs::ctl::bind_nic(nic, stdout, stderr); }; });
  auto* unbind = app.add_subcommand("unbind", "Give such NICs back to the kernel (no daemon is asked)");
  unbind->add_option("DEVICE", nic.devices, "PCI addresses, or the names of the interfaces that they were")
      ->required();
  unbind->callback([&] { work = [&nic] { return hvs::ctl::unbind_nic(nic, stdout, stderr); }; });
}

/// CLI11 says that a command is missing, and not which ones there are.
bool lacks_command(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;  // the innermost that was named
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return error.get_name() == "RequiredError" && command->get_require_subcommand_min() != 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Looks into a running hvsd, edits its configuration, and has it reload.", "hvsctl");
  app.footer(kFooter);
  hvs::name_in_failures(app);
  app.set_version_flag("--version", HVS_VERSION);
  auto* instance = app.add_option("-i,--instance", options.instance, "Name of the instance");
  app.add_option("-s,--socket", options.socket, "Path of the control socket")->excludes(instance);
  app.add_flag("-j,--json", options.json, "Print the API's JSON as it is (conns: an object a line)");
  app.add_flag("-H,--human", options.style.human, "Rounded numbers with units");
  app.add_option("-w,--watch", options.watch_s, "Repeat every so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0));
  app.require_subcommand(1);
  add_commands(app, options);
  hvs::ctl::NicOptions nic;
  std::function<int()> nic_work;
  add_nic_commands(app, nic, nic_work);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string wrong = error.get_exit_code() == 0 ? "" : hvs::unknown_word(app); !wrong.empty()) {
      std::fprintf(stderr, "hvsctl: %s\n", wrong.c_str());
      return hvs::ctl::kUsage;
    }
    if (lacks_command(app, error)) {
      std::fprintf(stderr, "hvsctl: which command?\n\n%s", app.help().c_str());
      return hvs::ctl::kUsage;
    }
    return app.exit(error) == 0 ? hvs::ctl::kOk : hvs::ctl::kUsage;
  }
  if (nic_work) return nic_work();
  if (options.watch_s && (options.command == Command::reload || options.command == Command::config_edit ||
                          options.command == Command::config_save)) {
    std::fprintf(stderr, "hvsctl: --watch goes with commands that show something\n");
    return hvs::ctl::kUsage;
  }
  return hvs::ctl::run(options, stdout, stderr);
}
