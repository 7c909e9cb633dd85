// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <linux/capability.h>
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/units.h"
#include "bpf/steer_abi.h"
#include "model/message_id.h"
#include "pmd/af_xdp_port.h"

// What is asked of a device and of the process before an AF_XDP port is opened.
namespace hvs {
namespace {

bool may_lock_any_memory() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  static_assert(CAP_IPC_LOCK < 32);
  return (data[0].effective & (1U << CAP_IPC_LOCK)) != 0;
}

// DPDK before 24.11 counts combined channels only; a device that can have none has one queue for it.
Result<void> check_queues(const PortConfig& config, const DeviceFacts& facts) {
  const std::string where = "ports." + config.name + ".queues";
  const DeviceChannels& channels = facts.channels;
  const std::uint32_t usable = channels.max_combined == 0 ? 1 : channels.combined;
  const std::string device = facts.netdev;
  if (usable == 0 && facts.driver == "tun") {
    return message(MessageId::queue_count, "ports." + config.name + ".device",
                   device + " is a TAP device that no process has open, so it has no queue",
                   "Start what is behind it, a virtual machine say, or use another device (a veth pair)");
  }
  if (config.queues > 1 && channels.max_combined == 0) {
    return message(MessageId::queue_count, where,
                   device + " (driver " + facts.driver +
                       ") has no combined channels, so an AF_XDP port over it has one queue",
                   "Set queues: 1; for more workers give each a port of its own");
  }
  if (config.queues > usable) {
    return message(MessageId::queue_count, where,
                   device + " has " + std::to_string(usable) + " combined channels, fewer than queues",
                   "Run: ethtool -L " + device + " combined " + std::to_string(config.queues) +
                       (usable == 0 ? "" : ", or set queues: " + std::to_string(usable)));
  }
  // A frame on a queue without a socket would go past the balancer.
  const std::uint32_t receiving = channels.combined + channels.rx;
  if (receiving > config.queues) {
    const std::string shrink = channels.max_combined > 0 ? " combined " : " rx ";
    std::string fix = "Run: ethtool -L " + device + shrink + std::to_string(config.queues);
    if (channels.combined == receiving) fix += ", or set queues: " + std::to_string(receiving);
    return message(MessageId::queue_count, where,
                   device + " receives on " + std::to_string(receiving) +
                       " queues, of which this port would see " + std::to_string(config.queues),
                   fix);
  }
  return {};
}

enum class QueueState { free, taken, unknown };

// Asks by a bind that demands zero-copy. The kernel looks first whether the queue is taken; then most devices
// refuse zero-copy, and the queue is as it was. On one that grants it the queue was free and comes free again
// in a while.
class QueueProbe {
 public:
  QueueProbe() : socket_(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    area_ = mmap(nullptr, kArea, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (socket_ < 0 || area_ == MAP_FAILED) return;
    xdp_umem_reg area{};
    area.addr = reinterpret_cast<std::uintptr_t>(area_);
    area.len = kArea;
    area.chunk_size = 4096;
    constexpr int kSlots = 2;
    ready_ = set(XDP_UMEM_REG, area) && set(XDP_UMEM_FILL_RING, kSlots) &&
             set(XDP_UMEM_COMPLETION_RING, kSlots) && set(XDP_RX_RING, kSlots);
  }
  ~QueueProbe() {
    if (socket_ >= 0) close(socket_);
    if (area_ != MAP_FAILED) munmap(area_, kArea);
  }
  QueueProbe(const QueueProbe&) = delete;
  QueueProbe& operator=(const QueueProbe&) = delete;

  /// `granted` tells that the probe itself holds the queue until it is gone.
  QueueState ask(std::uint32_t ifindex, std::uint32_t queue, bool& granted) const {
    granted = false;
    if (!ready_) return QueueState::unknown;
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_flags = XDP_ZEROCOPY;
    address.sxdp_ifindex = ifindex;
    address.sxdp_queue_id = queue;
    granted = bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return !granted && errno == EBUSY ? QueueState::taken : QueueState::free;
  }

 private:
  template <typename T>
  bool set(int option, const T& value) const {
    return setsockopt(socket_, SOL_XDP, option, &value, sizeof value) == 0;
  }
  static constexpr std::size_t kArea = 2 * 4096;
  int socket_;
  void* area_ = MAP_FAILED;
  bool ready_ = false;
};

QueueState probe_queue(std::uint32_t ifindex, std::uint32_t queue) {
  bool granted = false;
  QueueState state = QueueState::unknown;
  {
    const QueueProbe probe;
    state = probe.ask(ifindex, queue, granted);
  }
  if (granted) std::this_thread::sleep_for(200ms);
  return state;
}

}  // namespace

Result<void> wait_for_queues(const PortConfig& config, const DeviceFacts& facts) {
  constexpr auto kPatience = 2s;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (std::uint32_t queue = 0; queue < config.queues; ++queue) {
    while (probe_queue(facts.ifindex, queue) == QueueState::taken) {
      if (std::chrono::steady_clock::now() > end) {
        return message(
            MessageId::queue_taken, "ports." + config.name + ".device",
            "queue " + std::to_string(queue) + " of " + facts.netdev + " is taken by another AF_XDP socket",
            "Find the process with: ss --xdp -p");
      }
      std::this_thread::sleep_for(10ms);
    }
  }
  return {};
}

Result<void> check_af_xdp_device(const PortConfig& config, const DeviceFacts& facts) {
  const std::string where = "ports." + config.name + ".device";
  if (!facts.exists || facts.netdev.empty()) {
    return message(MessageId::device_missing, where,
                   "no netdev " + config.device + " in this network namespace", "List them with: ip link");
  }
  if (facts.mtu > kMaxMtu) {
    return message(MessageId::mtu_af_xdp, where,
                   "the MTU of " + facts.netdev + " is " + std::to_string(facts.mtu) +
                       ", an AF_XDP port takes " + std::to_string(kMaxMtu) + " at most",
                   "Run: ip link set " + facts.netdev + " mtu " + std::to_string(kMaxMtu));
  }
  if (config.queues == 0 || config.queues > HVS_STEER_MAX_QUEUES) {
    return message(MessageId::queue_count, "ports." + config.name + ".queues",
                   std::to_string(config.queues) + " queues",
                   "Possible are 1 to " + std::to_string(HVS_STEER_MAX_QUEUES));
  }
  return check_queues(config, facts);
}

Result<void> ensure_memlock(std::uint64_t bytes, const std::string& who) {
  if (may_lock_any_memory()) return {};
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= bytes) return {};
  if (limit.rlim_max >= bytes) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0) return {};
  }
  return message(MessageId::memlock, "RLIMIT_MEMLOCK",
                 who + " lock " + std::to_string((bytes >> 20) + 1) +
                     " MiB of memory, this process may lock " + std::to_string(limit.rlim_max >> 20) + " MiB",
                 "Set LimitMEMLOCK=infinity in the service, or ulimit -l unlimited, or give CAP_IPC_LOCK");
}

}  // namespace hvs
