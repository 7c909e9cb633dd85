// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/schema.h"

#include <algorithm>

#include "control/config/rules.h"
#include "control/config/settings.h"

// The instance: what it is called and what it may take of the machine. Services are in schema_services.cc.
namespace hvs::config {

const Section<Document>& log_section() {
  using M = Make<Document>;
  static const Section<Document> section{"log",
                                         "Logging, to standard error.",
                                         {M::word(
                                             "level", {"trace", "debug", "info", "warning", "error"}, {},
                                             [](Document& d, std::string_view name) { d.log_level = name; },
                                             [](const Document& d) { return std::string_view(d.log_level); },
                                             "How much is logged. Nothing is ever logged per packet.")},
                                         {}};
  return section;
}

const Section<Document>& control_section() {
  using M = Make<Document>;
  static const Section<Document> section{
      "control",
      "The API that `hvsctl` and metric collectors use.",
      {defaults_to("/run/hvs/<instance>/api.sock",
                   M::text("socket", &Document::control_socket, wrong_with_socket_path,
                           "absolute path of at most 107 bytes",
                           "Unix socket of the API. Its directory has to be there; only that of the default, "
                           "and others right in `/run/hvs`, HVS makes itself."))},
      {}};
  return section;
}

const Section<Document>& connections_section() {
  using M = Make<Document>;
  static const Section<Document> section{
      "connections",
      "The connection tables.",
      {M::integer(
           "max", &Document::connections_max, {1024, std::uint64_t{1} << 28},
           "Connections tracked at once, over all workers. Each takes 128 bytes (IPv4) or 192 bytes (IPv6)."),
       unless_default(M::integer(
           "persistent_clients", &Document::persistent_clients, {1024, 1U << 24},
           "Clients whose dests are remembered at once (`persistence` of services), over all services and "
           "workers. Each takes 80 bytes. More, and those that would be forgotten first make way."))},
      {}};
  return section;
}

namespace {

void read_cpus(const YamlNode& node, const Scope& scope, WorkersConfig& out) {
  if (!expect(node, YamlNode::Kind::sequence, scope)) return;
  if (node.items.empty() || node.items.size() > kMaxWorkers) {
    return scope.fail(node, decimal(node.items.size()) + " CPUs", "Name 1 to " + decimal(kMaxWorkers));
  }
  std::vector<unsigned> cpus;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Scope here = scope.item(i);
    std::uint64_t cpu = 0;
    if (!read_number(node.items[i], here, {0, kMaxCpu}, parse_integer, decimal, cpu)) continue;
    if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) {
      here.fail(node.items[i], "CPU " + decimal(cpu) + " is named twice", "A worker has a CPU of its own");
      continue;
    }
    cpus.push_back(static_cast<unsigned>(cpu));
  }
  out.cpus = std::move(cpus);
}

std::optional<YamlNode> write_cpus(const WorkersConfig& from) {
  if (from.cpus.empty()) return std::nullopt;
  YamlNode node = YamlNode::sequence({});
  for (const unsigned cpu : from.cpus) node.items.push_back(YamlNode::scalar(decimal(cpu)));
  return node;
}

Setting<WorkersConfig> cpus_setting() {
  return {{"cpus",
           "list of integers",
           "0 to " + decimal(kMaxCpu),
           "chosen by HVS",
           false,
           "CPUs to run on, one worker on each, instead of `count`.",
           {}},
          read_cpus,
          write_cpus};
}

/// `count` and `cpus` say the same thing; only one may.
void finish_workers(const YamlNode& node, const Scope& scope, WorkersConfig& out) {
  const YamlNode* cpus = node.find("cpus");
  if (cpus != nullptr && node.find("count") != nullptr) {
    scope.key("cpus").fail(*cpus, "given together with `count`", "Keep one of the two");
  }
  if (!out.cpus.empty()) out.count = static_cast<unsigned>(out.cpus.size());
}

Setting<Document> timeouts_setting() {
  auto setting = Make<Document>::map("timeouts", &Document::timeouts, timeouts_section());
  setting.write = [](const Document& from) { return write_timeouts(from.timeouts, Timeouts{}); };
  return setting;
}

/// Services, and rules of mode snat, inherit the default timeouts, so they are written with those that
/// differ.
template <typename V>
Setting<Document> with_timeouts(const char* key, std::vector<V> Document::*member, const Section<V>& section,
                                std::size_t max) {
  auto setting = Make<Document>::list(key, member, section, max, [](const Document& d) {
    V fresh;
    fresh.timeouts = d.timeouts;  // which is why `timeouts` stands above
    return fresh;
  });
  setting.write = [member, write = setting.write](const Document& from) {
    auto node = write(from);
    for (std::size_t i = 0; i < (from.*member).size(); ++i) {
      auto own = write_timeouts((from.*member)[i].timeouts, from.timeouts);
      if (own) {
        *node->items[i].find("timeouts") = std::move(*own);
      } else {
        node->items[i].drop("timeouts");
      }
    }
    return node;
  };
  return setting;
}

}  // namespace

const Section<WorkersConfig>& workers_section() {
  using M = Make<WorkersConfig>;
  static const Section<WorkersConfig> section = [] {
    auto count = M::integer("count", &WorkersConfig::count, {1, kMaxWorkers},
                            "How many workers: threads that forward, each on a CPU of its own.");
    count.write = [write = count.write](const WorkersConfig& from) {
      return from.cpus.empty() ? write(from) : std::nullopt;
    };
    return Section<WorkersConfig>{
        "workers",
        "The threads that forward.",
        {std::move(count), cpus_setting(),
         M::choice(
             "poll", &WorkersConfig::poll,
             "`busy` polls without pause, for the lowest latency; `adaptive` sleeps when nothing arrives."),
         M::choice(
             "simd", &WorkersConfig::simd,
             "`auto` compares with the CPU's vector instructions; `off` without: slower, for comparison.")},
        finish_workers};
  }();
  return section;
}

const Section<MemoryConfig>& memory_section() {
  using M = Make<MemoryConfig>;
  static const Section<MemoryConfig> section{
      "memory",
      "Memory for packet buffers.",
      {M::choice(
           "hugepages", &MemoryConfig::hugepages,
           "`auto` uses hugepages when enough are free and 4 KiB pages otherwise: slower, and the kernel "
           "copies each frame of an af_xdp port, whatever its driver can do. `required` refuses to start "
           "without them."),
       M::bytes("limit", &MemoryConfig::limit_bytes, {64_MiB, 1024 * 1_GiB},
                "Upper bound of what is taken for packet buffers.")},
      {}};
  return section;
}

namespace {

Setting<PortConfig> yes_or_no(std::string key, bool PortConfig::*member, std::string help) {
  return Make<PortConfig>::word(
      std::move(key), {"false", "true"}, {},
      [=](PortConfig& port, std::string_view word) { port.*member = word == "true"; },
      [=](const PortConfig& port) { return std::string_view(port.*member ? "true" : "false"); },
      std::move(help));
}

void finish_port(const YamlNode&, const Scope&, PortConfig& port) {
  if (!port.name.empty()) return;
  port.name = port.device;
  // The kernel allows more characters in an interface's name than a name may have here.
  for (char& c : port.name) {
    if (!wrong_with_name(std::string_view(&c, 1)).empty()) c = '_';
  }
}

}  // namespace

const Section<PortConfig>& port_section() {
  using M = Make<PortConfig>;
  static const Section<PortConfig> section{
      "ports[]",
      "The network ports that traffic arrives at and leaves by. At least one.",
      {defaults_to("the device", M::text("name", &PortConfig::name, wrong_with_name, kNameRule,
                                         "What the port is called in commands and metrics. Unique.")),
       required(M::text("device", &PortConfig::device, wrong_with_device,
                        "network interface, or PCI address such as 0000:01:00.0",
                        "The device behind the port.")),
       M::choice(
           "mode", &PortConfig::mode,
           "`af_xdp` shares the NIC with the kernel; `native` takes it over (DPDK driver); `auto` is af_xdp "
           "for a device that the kernel drives, native for one that is bound to a DPDK-compatible driver. "
           "Settings of one kind have no effect on a port of the other; the plan warns of them."),
       M::choice("xdp", &PortConfig::xdp,
                 "How the steering program is attached (af_xdp): by the `native` driver hook, by the slower "
                 "`generic` one, or whichever works."),
       M::integer("queues", &PortConfig::queues, {1, 64},
                  "Receive queues, and as many transmit queues. af_xdp: as many as the NIC receives on "
                  "(`ethtool -L DEV combined N`)."),
       M::choice(
           "on_down", &PortConfig::on_down,
           "What happens to traffic of services after a crash of HVS (af_xdp): `hold` drops it, so that "
           "a SYN is sent again and finds the next HVS; `pass` gives it to the kernel. After a "
           "regular stop the kernel has it at once."),
       M::duration("hold", &PortConfig::hold, {0, 86400}, "How long `hold` lasts; then it passes."),
       unless_default(
           M::choice("bind", &PortConfig::bind,
                     "The kernel driver that a NIC gets when HVS takes it from the kernel (native): "
                     "`vfio-pci` needs an "
                     "IOMMU, `uio_pci_generic` and `igb_uio` need hugepages; `none` takes only what is bound "
                     "already. A "
                     "NIC whose DPDK driver works beside the kernel's (mlx5) is never bound to another.")),
       unless_default(
           yes_or_no("restore_driver", &PortConfig::restore_driver,
                     "Give the NIC back to its kernel driver when HVS ends (native). The companion "
                     "goes then, and with it its addresses and routes.")),
       unless_default(yes_or_no("force", &PortConfig::force,
                                "Take the NIC even though the default route or a session of this machine "
                                "leads through it (native).")),
       unless_default(
           defaults_to("the netdev's name, else the port's; `hvs-PORT` where the NIC keeps its netdev (mlx5)",
                       M::text("companion", &PortConfig::companion, wrong_with_netdev, "network interface",
                               "The netdev by which the kernel knows the port (native): it has the "
                               "NIC's MAC address, and addresses and routes are set on it."))),
       unless_default(defaults_to(
           "the netdev's MTU, else 1500",
           M::integer("mtu", &PortConfig::mtu, {576, 9600}, "MTU of the NIC and its companion (native).")))},
      finish_port};
  return section;
}

const Section<Document>& document_section() {
  using M = Make<Document>;
  static const Section<Document> section{
      "",
      "",
      {M::text("instance", &Document::instance, wrong_with_instance, "1 to 32 of a-z, 0-9 and -",
               "Name of this instance: of its directories `/run/hvs/<instance>/` and "
               "`/sys/fs/bpf/hvs/<instance>/`."),
       M::group("log", log_section()), M::group("control", control_section()),
       M::map("workers", &Document::workers, workers_section()),
       M::map("memory", &Document::memory, memory_section()), M::group("connections", connections_section()),
       timeouts_setting(),
       required(M::list("ports", &Document::ports, port_section(), kMaxPorts,
                        [](const Document&) { return PortConfig{}; })),
       M::list("lip_pools", &Document::lip_pools, lip_pool_section(), kMaxLips,
               [](const Document&) { return LipPoolConfig{}; }),
       with_timeouts("services", &Document::services, service_section(), kMaxServices),
       with_timeouts("snat", &Document::snat, snat_section(), kMaxSnatRules)},
      [](const YamlNode&, const Scope&, Document& d) {
        if (d.control_socket.empty()) d.control_socket = "/run/hvs/" + d.instance + "/api.sock";
      }};
  return section;
}

}  // namespace hvs::config
