// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/instances.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hvs::ctl {
namespace {

Liveness probe(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Liveness::dead;
  path.copy(address.sun_path, path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Liveness::dead;
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int code = errno;
  close(fd);
  if (connected || code == EAGAIN) return Liveness::live;  // EAGAIN: its backlog is full
  return code == EACCES || code == EPERM ? Liveness::forbidden : Liveness::dead;
}

std::string names_of(const std::vector<Instance>& instances) {
  std::string text;
  for (const Instance& instance : instances) text += (text.empty() ? "" : ", ") + instance.name;
  return text;
}

}  // namespace

std::string run_dir() {
  const char* set = std::getenv("HVS_RUN_DIR");
  return set != nullptr && *set != '\0' ? set : "/run/hvs";
}

std::string instance_socket(const std::string& run_dir, const std::string& name) {
  return run_dir + "/" + name + "/api.sock";
}

std::vector<Instance> find_instances(const std::string& run_dir) {
  std::vector<Instance> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(run_dir, error), end; !error && it != end;
       it.increment(error)) {
    Instance instance{it->path().filename(), it->path() / "api.sock", Liveness::dead};
    std::error_code missing;
    const auto kind = std::filesystem::status(instance.socket, missing).type();
    if (kind == std::filesystem::file_type::not_found) continue;
    instance.liveness = probe(instance.socket);
    found.push_back(std::move(instance));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

Result<Instance> only_instance(const std::vector<Instance>& instances, const std::string& run_dir) {
  std::vector<Instance> live;
  std::vector<Instance> forbidden;
  for (const Instance& instance : instances) {
    if (instance.liveness == Liveness::live) live.push_back(instance);
    if (instance.liveness == Liveness::forbidden) forbidden.push_back(instance);
  }
  if (live.size() == 1) return live.front();
  if (live.size() > 1) {
    return Error{"several instances are running: " + names_of(live), run_dir,
                 "choose one with --instance NAME"};
  }
  if (!forbidden.empty()) {
    return Error{"permission denied for " + names_of(forbidden), run_dir, "run it with sudo"};
  }
  if (!instances.empty()) {
    return Error{"no instance is running; " + names_of(instances) + " left a socket behind", run_dir,
                 "see: systemctl status hvsd@" + instances.front().name};
  }
  return Error{"no instance is running", run_dir,
               "start one (systemctl start hvsd@NAME), or name its socket with --socket PATH"};
}

Result<std::string> find_socket(const std::optional<std::string>& instance) {
  const std::string directory = run_dir();
  if (instance) return instance_socket(directory, *instance);
  const char* environment = std::getenv("HVS_INSTANCE");
  if (environment != nullptr && *environment != '\0') return instance_socket(directory, environment);
  const auto only = only_instance(find_instances(directory), directory);
  if (!only) return only.error();
  return only->socket;
}

}  // namespace hvs::ctl
