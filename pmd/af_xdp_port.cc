// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/af_xdp_port.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "model/message_id.h"
#include "pmd/eal.h"
#include "pmd/ethtool.h"
#include "pmd/mbuf_ring.h"
#include "pmd/mempool.h"
#include "pmd/probe.h"
#include "pmd/xdp_program.h"
#include "pmd/xsk_rings.h"

namespace hvs {
namespace {

// The kernel explains a refused attachment in a message that only libbpf sees.
class LibbpfMessages {
 public:
  LibbpfMessages() : previous_(libbpf_set_print(take)) { text().clear(); }
  ~LibbpfMessages() { libbpf_set_print(previous_); }
  LibbpfMessages(const LibbpfMessages&) = delete;
  LibbpfMessages& operator=(const LibbpfMessages&) = delete;

  static std::string& text() {
    static std::string collected;  // the control thread's
    return collected;
  }

 private:
  __attribute__((format(printf, 2, 0))) static int take(libbpf_print_level level, const char* format,
                                                        va_list args) {
    if (level == LIBBPF_DEBUG) return 0;
    char line[256];
    const int size = std::vsnprintf(line, sizeof line, format, args);
    std::string& all = text();
    if (all.size() < 1024) all += (all.empty() ? "" : "; ") + std::string(line);
    while (!all.empty() && all.back() == '\n') all.pop_back();
    return size;
  }
  libbpf_print_fn_t previous_;
};

PortInfo make_info(const PortConfig& config, const DeviceFacts& facts, PortId id) {
  PortInfo info;
  info.id = id;
  info.name = config.name;
  info.device = config.device;
  info.kind = PortKind::af_xdp;
  info.queues = config.queues;
  info.mtu = facts.mtu;
  info.mac = facts.mac;
  info.ifindex = facts.ifindex;
  info.numa_node = facts.numa_node;
  info.pre_steered = true;
  info.rss = probe_rss(facts.netdev);
  return info;
}

std::uint64_t area_of(const rte_mempool* pool) {
  return std::uint64_t{pool->populated_size} * (pool->header_size + pool->elt_size + pool->trailer_size);
}

Result<void> check_options(const PortConfig& config, const AfXdpOptions& options) {
  HVS_CHECK(options.pool != nullptr);
  const std::string& object = options.bootstrap_object;
  if (access(object.c_str(), R_OK) != 0) {
    return message(MessageId::steering_program, "port " + config.name,
                   "cannot read the XDP program " + object,
                   "Point --bpf-dir to the directory of bootstrap.bpf.o");
  }
  if (object.find_first_of(",=[]\"'() ") != std::string::npos) {
    return message(MessageId::steering_program, "port " + config.name,
                   "DPDK cannot be given the path " + object,
                   "Use a directory without blanks, commas, quotes and brackets");
  }
  const std::uint64_t wanted = std::uint64_t{config.queues} * kFillBuffers;
  if (const unsigned left = rte_mempool_avail_count(options.pool); left < wanted) {
    return message(
        MessageId::memory_limit, "port " + config.name,
        std::to_string(left) + " packet buffers are left, the port takes " + std::to_string(wanted),
        "Restart, or raise memory.limit");
  }
  return ensure_memlock(config.queues * area_of(options.pool));
}

Result<void> check_free_of_xdp(const PortConfig& config, const DeviceFacts& facts) {
  const std::uint32_t id = attached_xdp_program(facts.ifindex).id;
  if (id == 0) return {};
  const std::string name = id == facts.xdp_program_id ? facts.xdp_program + ", " : "";
  // The driver would refuse, and detach that program in its clean-up.
  return message(MessageId::xdp_foreign, "ports." + config.name + ".device",
                 "an XDP program is attached to " + facts.netdev + ": " + name + "id " + std::to_string(id),
                 "If nobody needs it: ip link set " + facts.netdev + " xdp off");
}

/// What is attached by now may not be the driver's; then the end of the port would leave that, and
/// everything.
Error given_up(const AfXdpOptions& options, Error error) {
  if (!options.make_room) return error;
  if (auto free = options.make_room(); !free) error.what += " (and then: " + free.error().what + ")";
  return error;
}

}  // namespace

Result<std::unique_ptr<AfXdpPort>> AfXdpPort::open(const PortConfig& config, const AfXdpOptions& options) {
  const DeviceFacts facts = probe_device(config.device);
  if (auto checked = check_af_xdp_device(config, facts); !checked) return checked.error();
  if (auto checked = check_options(config, options); !checked) return checked.error();
  // What is attached holds traffic meanwhile. (A NIC that grants the probe zero-copy loses frames of that
  // queue for as long, and once more when the program goes.)
  if (auto freed = wait_for_queues(config, facts); !freed) return freed.error();
  if (options.make_room) {
    if (auto free = options.make_room(); !free) return free.error();
  }
  if (auto checked = check_free_of_xdp(config, facts); !checked) return checked.error();

  const std::string vdev = "net_af_xdp" + std::to_string(options.id.value);
  std::unique_ptr<AfXdpPort> port(new AfXdpPort(make_info(config, facts, options.id), vdev, options.pool));
  const LibbpfMessages messages;
  if (auto opened = port->open_device(options); !opened) {
    Error error = opened.error();
    const auto name = std::min(error.what.rfind(" ["), error.what.size());  // comes last
    if (!LibbpfMessages::text().empty()) error.what.insert(name, " (" + LibbpfMessages::text() + ")");
    return given_up(options, std::move(error));
  }
  if (auto noted = port->note_state(config); !noted) return given_up(options, noted.error());
  return port;
}

AfXdpPort::~AfXdpPort() {
  const XdpProgram program = attached_xdp_program(info_.ifindex);
  const bool ours = program.sockets_map != 0 && program.sockets_map == sockets_map_;
  if (leave_program_ || (program.id != 0 && !ours)) {
    Eal::leave_to_process_end();  // a clean-up of EAL would unplug the device, and with it detach the program
    abandon();
    close_leftovers(sockets_, {});
    return;
  }
  // The driver would do it in its close; done before, nothing is received any more while its rings are read.
  if (ours) detach_xdp_program(info_.ifindex, program);
  const StrandedBuffers stranded = read_rings(sockets_, list_xsk_mappings(sockets_));
  close();
  // DPDK 22.11 loses its sockets when it closes a device: the queues would stay taken.
  close_leftovers(sockets_, bpf_);
  unmap_leftovers(sockets_);
  give_back(pool_, stranded);
}

Result<void> AfXdpPort::open_device(const AfXdpOptions& options) {
  // Preferred busy polling stays on, which is the default: rx_burst on an idle queue then lets the kernel
  // poll the NIC and returns, where it would otherwise sleep in poll() for up to a second.
  std::string args = "iface=" + info_.device + ",start_queue=0,queue_count=" + std::to_string(info_.queues) +
                     ",xdp_prog=" + options.bootstrap_object;
  if (options.force_copy || rte_eal_has_hugepages() == 0) args += ",force_copy=1";
  if (auto done = plug(args); !done) return done;
  if (auto done = configure(); !done) return done;
  for (std::uint16_t queue = 0; queue < info_.queues; ++queue) {
    if (auto done = open_queue(QueueId{queue}, options); !done) return done;
  }
  // Starting clears a promiscuous flag that somebody set, unless the device is told of it.
  if ((EthtoolSocket(info_.device).flags() & IFF_PROMISC) != 0) rte_eth_promiscuous_enable(ethdev());
  return start();
}

Result<void> AfXdpPort::open_queue(QueueId queue, const AfXdpOptions& options) {
  const WatchedFds before = list_watched_fds();
  TakenBuffers taken(options.pool);
  Result<void> done = setup_queue(queue, options.descriptors, options.pool);
  if (!done) taken.put_back();
  // The driver attaches its program with the first queue.
  if (sockets_map_ == 0) sockets_map_ = attached_xdp_program(info_.ifindex).sockets_map;
  const WatchedFds after = list_watched_fds();
  const auto sockets = added(before.sockets, after.sockets);
  const auto bpf = added(before.bpf, after.bpf);
  sockets_.insert(sockets_.end(), sockets.begin(), sockets.end());
  bpf_.insert(bpf_.end(), bpf.begin(), bpf.end());
  if (!done) return done;
  if (sockets_.size() != queue.index() + 1U) {
    return message(MessageId::port_start, "port " + info_.name,
                   "the AF_XDP socket of queue " + std::to_string(queue.value) + " was not found", "");
  }
  // Only now: what it opens is not the driver's.
  return queue.index() == 0 && options.bootstrap_attached ? options.bootstrap_attached() : Result<void>();
}

Result<void> AfXdpPort::note_state(const PortConfig& config) {
  const DeviceFacts facts = probe_device(info_.device);
  info_.xdp = facts.xdp_mode;
  if (info_.xdp == XdpMode::generic && config.xdp == XdpMode::native) {
    return message(MessageId::xdp_mode, "ports." + config.name + ".xdp",
                   "the driver of " + info_.device + " (" + facts.driver + ") has no native XDP",
                   "Set xdp: auto, or xdp: generic, which is slower");
  }
  if (info_.xdp == XdpMode::generic && config.xdp == XdpMode::automatic) {
    warnings_.push_back(info_.device + " runs XDP in generic mode, which is slow: driver " + facts.driver +
                        " has no native XDP");
  }
  if (!facts.up)
    warnings_.push_back(info_.device + " is down; bring it up with: ip link set " + info_.device + " up");
  return {};
}

int AfXdpPort::wait_fd(QueueId queue) const {
  HVS_CHECK(queue.index() < sockets_.size());
  return sockets_[queue.index()].number;
}

std::uint16_t AfXdpPort::max_mtu() const { return mtu_of_data_room(rte_pktmbuf_data_room_size(pool_)); }

PortStats AfXdpPort::stats() const {
  PortStats out = EthdevPort::stats();
  out.rx_missed = 0;
  // The driver counts here what tx_burst did not take; that is still the caller's, who counts it.
  out.tx_dropped = 0;
  for (const WatchedFd& socket : sockets_) {
    xdp_statistics counted{};
    socklen_t size = sizeof counted;
    if (getsockopt(socket.number, SOL_XDP, XDP_STATISTICS, &counted, &size) != 0) continue;
    out.rx_missed += counted.rx_dropped + counted.rx_ring_full;
    out.tx_dropped += counted.tx_invalid_descs;
  }
  out.link_up = (EthtoolSocket(info_.device).flags() & IFF_RUNNING) != 0;
  return out;
}

}  // namespace hvs
