// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/diff.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/long_work.h"
#include "base/units.h"
#include "control/compile/compiler.h"

namespace hvs {

namespace {

std::string text_of(const std::string& value) { return value; }
std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(unsigned value) { return std::to_string(value); }
std::string text_of(std::uint16_t value) { return std::to_string(value); }
std::string text_of(std::chrono::seconds value) { return std::to_string(value.count()) + "s"; }
template <typename E>
requires std::is_enum_v<E> std::string text_of(E value) { return std::string(name_of(value)); }
std::string text_of(bool value) { return value ? "true" : "false"; }

std::string flags_text(const SchedulerFlags& flags) {
  std::string text = flags.port ? "port" : "";
  if (flags.fallback) text += text.empty() ? "fallback" : ", fallback";
  return text.empty() ? "none" : text;
}

std::string dest_text(const DestConfig& dest) {
  return dest.port.value == 0 ? dest.address.text() : dest.address.text(dest.port.value);
}

std::string vips_text(const ServiceConfig& service) {
  std::string text;
  for (const IpAddr& vip : vips_of(service)) text += (text.empty() ? "" : ", ") + vip.text();
  return text;
}

std::string mss_text(const MssClamp& mss) {
  if (mss.automatic) return "auto";
  return mss.most == 0 ? "off" : std::to_string(mss.most);
}
std::string size_text(std::uint64_t bytes) {
  return bytes % 1_MiB == 0 ? std::to_string(bytes / 1_MiB) + "MiB" : std::to_string(bytes);
}
std::string yes_or_no(bool value) { return value ? "true" : "false"; }

/// Notes "key: before -> after" when they differ.
class Differences {
 public:
  template <typename V>
  void compare(const std::string& key, const V& before, const V& after) {
    if (before == after) return;
    list_.push_back(key + ": " + text_of(before) + " -> " + text_of(after));
  }
  void note(std::string line) { list_.push_back(std::move(line)); }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

void compare_timeouts(const Timeouts& a, const Timeouts& b, Differences& out) {
  out.compare("timeouts.tcp_syn_sent", a.tcp_syn_sent, b.tcp_syn_sent);
  out.compare("timeouts.tcp_syn_recv", a.tcp_syn_recv, b.tcp_syn_recv);
  out.compare("timeouts.tcp_established", a.tcp_established, b.tcp_established);
  out.compare("timeouts.tcp_fin_wait", a.tcp_fin_wait, b.tcp_fin_wait);
  out.compare("timeouts.tcp_time_wait", a.tcp_time_wait, b.tcp_time_wait);
  out.compare("timeouts.tcp_close_wait", a.tcp_close_wait, b.tcp_close_wait);
  out.compare("timeouts.tcp_last_ack", a.tcp_last_ack, b.tcp_last_ack);
  out.compare("timeouts.tcp_close", a.tcp_close, b.tcp_close);
  out.compare("timeouts.udp", a.udp, b.udp);
  out.compare("timeouts.udp_unreplied", a.udp_unreplied, b.udp_unreplied);
  out.compare("timeouts.sctp_init", a.sctp_init, b.sctp_init);
  out.compare("timeouts.sctp_established", a.sctp_established, b.sctp_established);
  out.compare("timeouts.sctp_shutdown", a.sctp_shutdown, b.sctp_shutdown);
  out.compare("timeouts.sctp_close", a.sctp_close, b.sctp_close);
  out.compare("timeouts.icmp", a.icmp, b.icmp);
}

void compare_tunnels(const TunnelConfig& a, const TunnelConfig& b, Differences& out) {
  out.compare("tunnel.type", a.type, b.type);
  out.compare("tunnel.port", a.port.value, b.port.value);
  out.compare("tunnel.checksum", a.checksum, b.checksum);
  out.compare("tunnel.gue_variant", a.gue_variant, b.gue_variant);
}

void compare_persistence(const std::optional<PersistenceConfig>& a, const std::optional<PersistenceConfig>& b,
                         Differences& out) {
  if (a.has_value() != b.has_value()) return out.note(b ? "persistence: added" : "persistence: removed");
  if (!a) return;
  out.compare("persistence.timeout", a->timeout, b->timeout);
  out.compare("persistence.v4_mask", a->v4_mask, b->v4_mask);
  out.compare("persistence.v6_prefix", a->v6_prefix, b->v6_prefix);
  out.compare("persistence.on_drain", a->on_drain, b->on_drain);
}

void diff_dests(const ServiceConfig& before, const ServiceConfig& after, ConfigDiff& out) {
  const auto key = [](const DestConfig& d) { return std::pair{d.address, d.port}; };
  const auto name = [&](const DestConfig& d) { return after.name + ": " + dest_text(d); };
  std::map<std::pair<IpAddr, L4Port>, const DestConfig*> old;
  for (const DestConfig& dest : before.dests) {
    old.emplace(key(dest), &dest);
    LongWork::piece_done();
  }
  for (const DestConfig& dest : after.dests) {
    LongWork::piece_done();
    const auto found = old.find(key(dest));
    if (found == old.end()) {
      out.dests_added.push_back(name(dest));
      continue;
    }
    Differences changes;
    changes.compare("weight", found->second->weight, dest.weight);
    changes.compare("mode", found->second->mode.value_or(before.mode), dest.mode.value_or(after.mode));
    changes.compare("max_conn", found->second->max_conn, dest.max_conn);
    changes.compare("min_conn", found->second->min_conn, dest.min_conn);
    const TunnelConfig& was = found->second->tunnel ? *found->second->tunnel : before.tunnel;
    compare_tunnels(was, dest.tunnel ? *dest.tunnel : after.tunnel, changes);
    if (auto list = changes.take(); !list.empty()) out.dests_changed.push_back({name(dest), std::move(list)});
    old.erase(found);
  }
  for (const DestConfig& dest : before.dests) {
    if (old.contains(key(dest))) out.dests_removed.push_back(name(dest));
  }
}

void diff_services(const Config& before, const Config& after, ConfigDiff& out) {
  std::map<ServiceIdentity, const ServiceConfig*> old;
  for (const ServiceConfig& s : before.services) old.emplace(identity_of(s), &s);
  for (const ServiceConfig& s : after.services) {
    const auto found = old.find(identity_of(s));
    if (found == old.end()) {
      out.services_added.push_back(s.name);
      continue;
    }
    const ServiceConfig& was = *found->second;
    Differences changes;
    changes.compare("name", was.name, s.name);
    changes.compare("vips", vips_text(was), vips_text(s));
    changes.compare("port", ports_text(ports_of(was)), ports_text(ports_of(s)));
    changes.compare("mode", was.mode, s.mode);
    compare_tunnels(was.tunnel, s.tunnel, changes);
    changes.compare("scheduler", was.scheduler, s.scheduler);
    changes.compare("scheduler_flags", flags_text(was.scheduler_flags), flags_text(s.scheduler_flags));
    changes.compare("mh_table_size", was.mh_table_size, s.mh_table_size);
    compare_persistence(was.persistence, s.persistence, changes);
    changes.compare("lip_pool", was.lip_pool, s.lip_pool);
    compare_timeouts(was.timeouts, s.timeouts, changes);
    changes.compare("on_dest_removed", was.on_dest_removed, s.on_dest_removed);
    changes.compare("on_no_dest", was.on_no_dest, s.on_no_dest);
    changes.compare("dest_time_wait", was.dest_time_wait, s.dest_time_wait);
    changes.compare("mss", mss_text(was.mss), mss_text(s.mss));
    changes.compare("one_packet", yes_or_no(was.one_packet), yes_or_no(s.one_packet));
    if (auto list = changes.take(); !list.empty()) out.services_changed.push_back({s.name, std::move(list)});
    diff_dests(was, s, out);
    old.erase(found);
  }
  for (const ServiceConfig& s : before.services) {
    if (old.contains(identity_of(s))) out.services_removed.push_back(s.name);
  }
}

std::string text_of(const std::vector<IpPrefix>& list) {
  if (list.empty()) return "everywhere";
  std::string text;
  for (const IpPrefix& prefix : list) text += (text.empty() ? "" : ", ") + prefix.text();
  return text;
}
std::string or_any(const std::string& name) { return name.empty() ? "any" : name; }

void diff_rule(const SnatConfig& was, const SnatConfig& now, ConfigDiff& out) {
  Differences changes;
  changes.compare("from", text_of(was.from), text_of(now.from));
  changes.compare("to", text_of(was.to), text_of(now.to));
  changes.compare("protocol", was.protocol, now.protocol);
  changes.compare("from_ports", was.from_ports.text(), now.from_ports.text());
  changes.compare("to_ports", was.to_ports.text(), now.to_ports.text());
  changes.compare("in", or_any(was.in), or_any(now.in));
  changes.compare("out", or_any(was.out), or_any(now.out));
  changes.compare("lip_pool", was.lip_pool, now.lip_pool);
  compare_timeouts(was.timeouts, now.timeouts, changes);
  if (auto list = changes.take(); !list.empty()) out.snat_changed.push_back({now.name, std::move(list)});
}

/// Their order says which one takes a connection.
void diff_snat(const Config& before, const Config& after, ConfigDiff& out) {
  std::map<std::string, const SnatConfig*> old;
  for (const SnatConfig& rule : before.snat) old.emplace(rule.name, &rule);
  std::vector<std::string> order_now;
  for (const SnatConfig& rule : after.snat) {
    const auto found = old.find(rule.name);
    if (found == old.end()) {
      out.snat_added.push_back(rule.name);
      continue;
    }
    order_now.push_back(rule.name);
    diff_rule(*found->second, rule, out);
    old.erase(found);
  }
  std::vector<std::string> order_before;
  for (const SnatConfig& rule : before.snat) {
    if (old.contains(rule.name)) {
      out.snat_removed.push_back(rule.name);
    } else {
      order_before.push_back(rule.name);
    }
  }
  if (order_before == order_now) return;
  std::string text;
  for (const std::string& name : order_now) text += (text.empty() ? "" : ", ") + name;
  out.pools_changed.push_back("snat rules in another order: " + text);
}

void add_changes(const std::string& kind, const std::vector<ConfigDiff::Change>& changes,
                 std::vector<std::string>& out) {
  for (const ConfigDiff::Change& change : changes) {
    std::string line = kind + " " + change.name + " changed";
    for (std::size_t i = 0; i < change.details.size(); ++i)
      line += (i == 0 ? ": " : ", ") + change.details[i];
    out.push_back(std::move(line));
  }
}

std::string ports_of_pool(const LipPoolConfig& pool) {
  return PortRange{pool.port_low, pool.port_high}.text();
}

/// Pools may be long: only what comes and goes.
void compare_pools(const LipPoolConfig& was, const LipPoolConfig& now, Differences& out) {
  const auto note = [&](const LipPoolConfig& pool, const LipPoolConfig& other, const char* what) {
    for (const IpAddr& addr : pool.addresses) {
      if (std::find(other.addresses.begin(), other.addresses.end(), addr) == other.addresses.end())
        out.note(addr.text() + what);
    }
  };
  note(was, now, " removed");
  note(now, was, " added");
  out.compare("ports", ports_of_pool(was), ports_of_pool(now));
  if (out.empty() && was.addresses != now.addresses) out.note("addresses in another order");
}

void diff_pools(const Config& before, const Config& after, ConfigDiff& out) {
  std::map<std::string, const LipPoolConfig*> old;
  for (const LipPoolConfig& pool : before.lip_pools) old.emplace(pool.name, &pool);
  for (const LipPoolConfig& pool : after.lip_pools) {
    const auto found = old.find(pool.name);
    if (found == old.end()) {
      out.pools_changed.push_back("LIP pool " + pool.name + " added");
      continue;
    }
    Differences changes;
    compare_pools(*found->second, pool, changes);
    if (auto list = changes.take(); !list.empty())
      add_changes("LIP pool", {{pool.name, std::move(list)}}, out.pools_changed);
    old.erase(found);
  }
  for (const LipPoolConfig& pool : before.lip_pools) {
    if (old.contains(pool.name)) out.pools_changed.push_back("LIP pool " + pool.name + " removed");
  }
}

std::string cpu_list(const WorkersConfig& workers) {
  if (workers.cpus.empty()) return "chosen by HVS";
  std::string text;
  for (const unsigned cpu : workers.cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

std::vector<std::string> restart_only(const Config& a, const Config& b) {
  Differences out;
  out.compare("instance", a.instance, b.instance);
  out.compare("control.socket", a.control_socket, b.control_socket);
  out.compare("workers.count", a.workers.count, b.workers.count);
  out.compare("workers.cpus", cpu_list(a.workers), cpu_list(b.workers));
  out.compare("workers.poll", a.workers.poll, b.workers.poll);
  out.compare("workers.simd", a.workers.simd, b.workers.simd);
  out.compare("memory.hugepages", a.memory.hugepages, b.memory.hugepages);
  out.compare("memory.limit", size_text(a.memory.limit_bytes), size_text(b.memory.limit_bytes));
  out.compare("connections.max", a.connections_max, b.connections_max);
  out.compare("connections.persistent_clients", a.persistent_clients, b.persistent_clients);
  std::map<std::string, const PortConfig*> old;
  for (const PortConfig& port : a.ports) old.emplace(port.name, &port);
  for (const PortConfig& port : b.ports) {
    const auto found = old.find(port.name);
    if (found == old.end()) {
      out.note("ports: " + port.name + " added");
      continue;
    }
    const PortConfig& was = *found->second;
    const std::string key = "ports." + port.name + ".";
    out.compare(key + "device", was.device, port.device);
    out.compare(key + "mode", was.mode, port.mode);
    out.compare(key + "xdp", was.xdp, port.xdp);
    out.compare(key + "queues", was.queues, port.queues);
    out.compare(key + "on_down", was.on_down, port.on_down);
    out.compare(key + "hold", was.hold, port.hold);
    out.compare(key + "bind", was.bind, port.bind);
    out.compare(key + "restore_driver", was.restore_driver, port.restore_driver);
    out.compare(key + "force", was.force, port.force);
    out.compare(key + "companion", was.companion, port.companion);
    out.compare(key + "mtu", was.mtu, port.mtu);
    old.erase(found);
  }
  for (const PortConfig& port : a.ports) {
    if (old.contains(port.name)) out.note("ports: " + port.name + " removed");
  }
  // Ports go by their number everywhere but in the file.
  const auto same_name = [](const PortConfig& x, const PortConfig& y) { return x.name == y.name; };
  if (a.ports.size() == b.ports.size() && old.empty() &&
      !std::equal(a.ports.begin(), a.ports.end(), b.ports.begin(), same_name))
    out.note("ports: their order");
  return out.take();
}

}  // namespace

ConfigDiff diff_configs(const Config& before, const Config& after) {
  ConfigDiff out;
  out.needs_restart = restart_only(before, after);
  diff_services(before, after, out);
  diff_pools(before, after, out);
  diff_snat(before, after, out);
  Differences other;
  other.compare("log.level", before.log_level, after.log_level);
  compare_timeouts(before.timeouts, after.timeouts, other);
  out.other_changed = other.take();
  return out;
}

bool ConfigDiff::empty() const { return summary().empty(); }

std::vector<std::string> ConfigDiff::summary() const {
  std::vector<std::string> out;
  for (const std::string& line : needs_restart) out.push_back("needs a restart: " + line);
  for (const std::string& name : services_removed) out.push_back("service " + name + " removed");
  for (const std::string& name : services_added) out.push_back("service " + name + " added");
  add_changes("service", services_changed, out);
  for (const std::string& name : dests_removed) out.push_back("dest " + name + " removed");
  for (const std::string& name : dests_added) out.push_back("dest " + name + " added");
  add_changes("dest", dests_changed, out);
  for (const std::string& name : snat_removed) out.push_back("snat rule " + name + " removed");
  for (const std::string& name : snat_added) out.push_back("snat rule " + name + " added");
  add_changes("snat rule", snat_changed, out);
  out.insert(out.end(), pools_changed.begin(), pools_changed.end());
  out.insert(out.end(), other_changed.begin(), other_changed.end());
  return out;
}

Result<void> ConfigDiff::reloadable() const {
  if (needs_restart.empty()) return {};
  std::string what = "settings that need a restart have changed: ";
  for (std::size_t i = 0; i < needs_restart.size(); ++i) what += (i == 0 ? "" : "; ") + needs_restart[i];
  return Error{what, {}, "Restart HVS, or take these changes back. Nothing was applied"};
}

}  // namespace hvs
