// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <utility>

#include "model/message_id.h"
#include "pmd/steering/file_lock.h"
#include "pmd/steering/interface_claims.h"
#include "pmd/steering/pins.h"
#include "pmd/steering/program.h"
#include "pmd/steering/row_sync.h"
#include "pmd/steering/xdp_link.h"

namespace hvs {

namespace fs = std::filesystem;

namespace {

/// The clock of bpf_ktime_get_ns.
std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

XdpMode mode_of(const AttachedXdp& attached) {
  return attached.generic() ? XdpMode::generic : XdpMode::native;
}

hvs_steer_config config_row(const PortConfig& port, const MacAddr& mac, std::uint16_t rare) {
  hvs_steer_config row{};
  row.abi_version = HVS_STEER_ABI_VERSION;
  row.on_down = port.on_down == OnDown::hold ? HVS_ON_DOWN_HOLD : HVS_ON_DOWN_PASS;
  row.hold_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(port.hold).count());
  row.heartbeat_ns = monotonic_ns();
  std::copy(mac.begin(), mac.end(), row.mac);
  row.rare = rare;
  return row;
}

struct AttachedPort {
  std::uint32_t ifindex = 0;
  std::uint32_t mode_flags = 0;
  hvs_steer_config config{};
  SteerProgram program;
  fs::path pins;

  Result<void> write_config() {
    const std::uint32_t zero = 0;
    if (bpf_map_update_elem(program.map("steer_config"), &zero, &config, BPF_ANY) != 0)
      return Error{"cannot write steer_config: " + errno_text(), device_name(ifindex), ""};
    return {};
  }
};

}  // namespace

struct Steering::State {
  explicit State(SteeringPaths given)
      : paths(std::move(given)),
        pin_dir(paths.pin_root / paths.instance),
        claims(paths.run_root, paths.instance) {}

  SteeringPaths paths;
  fs::path pin_dir;
  FileLock instance_lock;
  InterfaceClaims claims;
  SharedMaps maps;
  std::map<std::string, AttachedPort> ports;  // by our name
  bool leftovers_removed = false;
  std::uint16_t rare = 0;  // of the rows in the maps

  [[nodiscard]] fs::path object() const { return paths.bpf_dir / "steer.bpf.o"; }
  Result<void> pin_shared() const;
  Result<void> swap_in(const PortConfig& port, AttachedPort& attached, const AttachedXdp& before,
                       const Fd& before_fd);
  Result<void> pin_port(const std::string& name, AttachedPort& port) const;
  Result<void> write_rare(std::uint16_t now);
  void detach(const std::string& name, const AttachedPort& port) const;
};

Steering::Steering(std::unique_ptr<State> state) : state_(std::move(state)) {}
Steering::~Steering() {
  detach_all();
  attach_dead();
  state_->claims.release_all();
  if (!state_->instance_lock.held()) return;
  state_->instance_lock.release();
  std::error_code ignored;
  fs::remove(state_->paths.run_root / state_->paths.instance, ignored);  // stays when others have files there
}
const fs::path& Steering::pin_dir() const { return state_->pin_dir; }

namespace {
fs::path instance_lock_path(const SteeringPaths& paths) {
  return paths.run_root / paths.instance / "steering.lock";
}
}  // namespace

int Steering::running(const SteeringPaths& paths) {
  return holder_process(FileLock::holder_now(instance_lock_path(paths)).value_or(""));
}

Result<void> Steering::is_free(const SteeringPaths& paths, std::uint32_t ifindex) {
  const auto holder = FileLock::holder_now(interface_lock(paths.run_root, ifindex));
  if (!holder || holder->starts_with(paths.instance + " ")) return {};
  return used_by(*holder, ifindex);
}

Result<std::unique_ptr<Steering>> Steering::open(SteeringPaths paths) {
  const fs::path lock_path = instance_lock_path(paths);
  auto lock = FileLock::acquire(lock_path, holder_line(paths.instance));
  if (!lock) {
    if (!lock.error().fix.empty()) return lock.error();
    return message(MessageId::instance_running, paths.instance,
                   holder_text(lock.error().what) + " is running",
                   "Stop it, or give this configuration another `instance` name");
  }
  std::unique_ptr<Steering> out(new Steering(std::make_unique<State>(std::move(paths))));
  // From here on its destructor cleans up.
  State& own = *out->state_;
  own.instance_lock = std::move(lock).value();
  if (auto status = create_pin_dir(own.pin_dir); !status) return status.error();
  auto program = SteerProgram::load_first(own.object());
  if (!program) return program.error();
  auto maps = program->shared_maps();
  if (!maps) return maps.error();
  own.maps = std::move(maps).value();
  if (auto status = own.pin_shared(); !status) return status.error();
  return out;
}

Result<void> Steering::State::pin_shared() const {
  const std::pair<const char*, const Fd*> shared[] = {
      {"steer_services", &maps.services}, {"steer_vips", &maps.vips},     {"steer_lips", &maps.lips},
      {"steer_dests", &maps.dests},       {"steer_inside", &maps.inside}, {"steer_outside", &maps.outside},
      {"steer_stats", &maps.stats}};
  for (const auto& [name, fd] : shared) {
    if (auto status = pin(fd->get(), pin_dir / name); !status) return status;
  }
  return {};
}

Result<void> Steering::prepare(std::uint32_t ifindex) { return state_->claims.claim(ifindex); }
Result<void> Steering::make_room(std::uint32_t ifindex) {
  if (!state_->claims.holds(ifindex)) return Error{"make_room without prepare", device_name(ifindex), ""};
  return state_->claims.make_room(ifindex);
}
Result<void> Steering::put_back(std::uint32_t ifindex) {
  if (!state_->claims.holds(ifindex)) return Error{"put_back without prepare", device_name(ifindex), ""};
  return state_->claims.put_back(ifindex);
}
void Steering::forget_dead() { state_->claims.forget_dead(); }
void Steering::attach_dead() { state_->claims.attach_dead(); }

Result<XdpMode> Steering::attach(const PortConfig& port, std::uint32_t ifindex, const MacAddr& mac) {
  const std::string device = device_name(ifindex);
  if (!state_->claims.holds(ifindex)) return Error{"attach without prepare", device, ""};
  if (state_->ports.count(port.name) != 0)
    return Error{"port " + port.name + " is attached already", device, ""};
  auto found = query_xdp(ifindex);
  if (!found) return found.error();
  if (!found->has_value())
    return message(MessageId::steering_program, device, "the driver attached no XDP program",
                   "Is bootstrap.bpf.o its xdp_prog?");
  const AttachedXdp& before = **found;
  auto before_fd = open_program(before.id);
  if (!before_fd) return before_fd.error();
  auto xsks = state_->claims.take_sockets_map(ifindex, before, before_fd->get());
  if (!xsks) return xsks.error();
  if (port.xdp == XdpMode::native && !before.native())
    return message(MessageId::xdp_mode, device, "no native XDP on this device",
                   "Set `xdp: auto` or `xdp: generic` for port " + port.name);

  auto program = SteerProgram::load_for_port(state_->object(), state_->maps, xsks->get());
  if (!program) return program.error();
  AttachedPort attached{
      ifindex, before.flags, config_row(port, mac, state_->rare), std::move(program).value(), {}};
  if (auto status = attached.write_config(); !status) return status.error();
  if (auto status = state_->swap_in(port, attached, before, *before_fd); !status) return status.error();
  if (auto status = state_->pin_port(port.name, attached); !status) {
    state_->detach(port.name, attached);
    return status.error();
  }
  auto now = query_xdp(ifindex);
  const XdpMode mode = now && now->has_value() ? mode_of(**now) : mode_of(before);
  state_->ports.emplace(port.name, std::move(attached));
  return mode;
}

Result<void> Steering::State::swap_in(const PortConfig& port, AttachedPort& attached,
                                      const AttachedXdp& before, const Fd& before_fd) {
  if (port.xdp != XdpMode::generic || before.generic())
    return replace_xdp(attached.ifindex, attached.program.fd(), before_fd.get(), before.flags);
  // The two modes exclude each other on a device, so there is no atomic way from one to the other.
  if (auto status = detach_xdp(attached.ifindex, before_fd.get(), before.flags); !status) return status;
  attached.mode_flags = XDP_FLAGS_SKB_MODE;
  return attach_xdp(attached.ifindex, attached.program.fd(), XDP_FLAGS_SKB_MODE);
}

Result<void> Steering::State::pin_port(const std::string& name, AttachedPort& port) const {
  auto dir = create_port_pin_dir(pin_dir, name);
  if (!dir) return dir.error();
  port.pins = *dir;
  if (auto status = pin(port.program.map("steer_config"), port.pins / "steer_config"); !status) return status;
  return pin(port.program.map("xsks_map"), port.pins / "xsks_map");
}

bool Steering::attached(const std::string& port) const { return state_->ports.count(port) != 0; }

std::optional<std::string> Steering::missing(const std::string& port) const {
  const auto found = state_->ports.find(port);
  if (found == state_->ports.end()) return std::nullopt;
  const auto now = query_xdp(found->second.ifindex);
  if (!now) return std::nullopt;  // the device has gone, of which the kernel tells by itself
  if (!now->has_value()) return "";
  if ((*now)->id == found->second.program.id()) return std::nullopt;
  return (*now)->text();
}

Result<void> Steering::attach_again(const std::string& port) {
  const auto found = state_->ports.find(port);
  if (found == state_->ports.end()) return Error{"port is not attached", port, ""};
  const AttachedPort& attached = found->second;
  return attach_xdp(attached.ifindex, attached.program.fd(), attached.mode_flags);
}

Result<void> Steering::update(const PortConfig& port, const MacAddr& mac) {
  const auto found = state_->ports.find(port.name);
  if (found == state_->ports.end()) return Error{"port is not attached", port.name, ""};
  found->second.config = config_row(port, mac, state_->rare);
  return found->second.write_config();
}

Result<void> Steering::State::write_rare(std::uint16_t now) {
  if (now == rare) return {};
  rare = now;
  for (auto& [name, port] : ports) {
    port.config.rare = now;
    if (auto status = port.write_config(); !status) return status;
  }
  return {};
}

Result<void> Steering::sync(const SteerRows& rows) {
  // The programs look for rare rows before the first is there, and until the last has gone.
  const std::uint16_t wanted = rare_rows(rows);
  if (auto status = state_->write_rare(state_->rare | wanted); !status) return status;
  if (auto status = sync_rows(state_->maps, rows); !status) return status;
  return state_->write_rare(wanted);
}

Result<void> Steering::heartbeat() {
  if (!std::exchange(state_->leftovers_removed, true)) state_->claims.remove_leftovers();
  for (auto& [name, port] : state_->ports) {
    port.config.heartbeat_ns = monotonic_ns();
    if (auto status = port.write_config(); !status) return status;
  }
  return {};
}

hvs_steer_stats Steering::read_stats(ServiceSlot slot) const {
  return read_stats_row(state_->maps, stats_row(slot));
}
hvs_steer_stats Steering::read_unowned_stats() const {
  return read_stats_row(state_->maps, kUnownedStatsRow);
}

void Steering::State::detach(const std::string& name, const AttachedPort& port) const {
  if (auto status = detach_xdp(port.ifindex, port.program.fd(), port.mode_flags); status) {
    spdlog::info("port {}: XDP program detached from {}", name, device_name(port.ifindex));
  } else {
    spdlog::warn("port {}: {}", name, status.error().message());
  }
}

void Steering::detach_all() {
  for (const auto& [name, port] : state_->ports) state_->detach(name, port);
  state_->ports.clear();
  state_->claims.take_out_dead();
  state_->claims.release_unused();
  if (state_->instance_lock.held()) remove_pin_dir(state_->pin_dir);
}

}  // namespace hvs
