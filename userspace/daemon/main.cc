// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/unknown_word.h"
#include "control/config/config_file.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/exit_status.h"
#include "daemon/log.h"

namespace {

/// Signals without a meaning here, whose default is to end the process. SIGPIPE: a client that leaves is none
/// of a whole daemon's business.
void ignore_signals() {
  for (const int signal : {SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM}) std::signal(signal, SIG_IGN);
}

/// A standard descriptor that is closed would be the next file's or socket's, which then takes the log.
void open_standard_files() {
  int fd = 0;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

/// --bpf-dir, else $HVS_BPF_DIR, else where it was installed, else where it was built.
std::string find_bpf_dir(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* env = std::getenv("HVS_BPF_DIR")) return env;
  const std::filesystem::path beside =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf";
  for (const std::filesystem::path& dir : {beside, std::filesystem::path(HVS_BPF_INSTALL_DIR)}) {
    if (std::filesystem::exists(dir / "steer.bpf.o")) return dir;
  }
  return HVS_BPF_INSTALL_DIR;
}

int run(const std::string& config_file, const std::string& bpf_dir) {
  ignore_signals();
  auto loaded = hvs::load_config(config_file);
  if (!loaded) {
    std::fputs(loaded.problems().text().c_str(), stderr);
    return hvs::kWrongFile;
  }
  hvs::start_log(loaded.value().log_level);
  if (geteuid() != 0) {
    spdlog::error(
        "hvsd must run as root: it loads BPF programs and opens AF_XDP sockets. Use sudo, or the systemd "
        "unit");
    return hvs::kFailed;
  }
  const std::string objects = find_bpf_dir(bpf_dir);
  if (const auto there = hvs::find_steering_program(objects); !there) {
    spdlog::error("{}", there.error().message());
    return hvs::kFailed;
  }
  hvs::Preflight preflight = hvs::inspect(loaded.value());
  for (const hvs::Error& warning : preflight.plan.warnings) spdlog::warn("{}", warning.message());
  for (const hvs::Error& problem : preflight.plan.problems) hvs::log_error(problem);
  if (!preflight.plan.ok()) {
    spdlog::error("not started: {} problem(s); `hvsd --check {}` shows the whole plan",
                  preflight.plan.problems.size(), config_file);
    return hvs::kFailed;
  }
  hvs::Daemon daemon({std::filesystem::absolute(config_file), objects}, loaded.value(),
                     std::move(preflight.cpus));
  try {
    if (auto started = daemon.start(); !started) {
      hvs::log_error(started.error());
      return hvs::kFailed;
    }
    return daemon.run();
  } catch (const std::exception& error) {
    spdlog::critical("ended by an exception: {}", error.what());
  }
  daemon.stop();
  return hvs::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_files();
  CLI::App app("HVS, a layer-4 load balancer: forwards what the configuration file says", "hvsd");
  hvs::name_in_failures(app);
  std::string config_file;
  std::string check_file;
  std::string bpf_dir;
  app.add_option("--config", config_file, "Configuration file (YAML) to run with");
  const auto* check_option =
      app.add_option("--check", check_file,
                     "Print the plan for this file, or what is wrong with it, and exit; else for --config's")
          ->type_name("[FILE]")
          ->expected(0, 1);
  app.add_option("--bpf-dir", bpf_dir,
                 "Directory of the BPF objects; else $HVS_BPF_DIR, else where they were installed");
  app.add_flag_callback(
      "--reference",
      [] {
        std::fputs(hvs::config_reference().c_str(), stdout);
        throw CLI::Success();
      },
      "Print the reference of all settings and exit");
  app.set_version_flag("--version", "hvsd " HVS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string wrong = error.get_exit_code() == 0 ? "" : hvs::unknown_word(app); !wrong.empty()) {
      std::fprintf(stderr, "hvsd: %s\n", wrong.c_str());
      return hvs::kWrongOptions;
    }
    return app.exit(error) == 0 ? 0 : hvs::kWrongOptions;
  }
  const bool checks = check_option->count() != 0;
  if (!check_file.empty() && !config_file.empty()) {
    std::fprintf(stderr, "hvsd: --check and --config name a file each. Give one of them\n");
    return hvs::kWrongOptions;
  }
  if (checks && check_file.empty()) check_file = config_file;
  if (check_file.empty() && config_file.empty()) {
    std::fprintf(stderr, "hvsd: %s. Give --config FILE to run or --check FILE to try a file\n",
                 checks ? "no file to check" : "nothing to do");
    return hvs::kWrongOptions;
  }
  if (checks) return hvs::check(check_file, find_bpf_dir(bpf_dir));
  return run(config_file, bpf_dir);
}
