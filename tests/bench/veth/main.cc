// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// hvs-veth-load: what `tools/hvs bench veth` runs at the outside of a forwarder. Answers in lines of JSON.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "tests/bench/veth/wire.h"

namespace hvs::bench {
namespace {

struct Load {
  pid_t pid = 0;          // the forwarder
  pid_t thread = 0;       // its forwarding thread
  unsigned window = 128;  // flood: frames under way; a veth's ring holds 256
  unsigned batch = 1024;  // drain: frames that wait; the forwarder's ring holds 2048
  unsigned rounds = 5;
  double seconds = 1;  // of a round
  unsigned pause_us = 20000;
  unsigned probes = 200;
  int wake_cpu = -1;  // wake: where the sleeper sleeps
};

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Frames that do not come back in this time are lost.
constexpr std::uint64_t kLostNs = 200'000'000;  // the kernel keeps 50 ms of a second from real-time threads

/// Keeps `window` frames under way: the forwarder always has work, and no queue overflows.
void flood_round(Wire& wire, const Load& load, double seconds, bool tell) {
  const std::uint64_t first = wire.returned();
  const std::uint64_t start = now_ns();
  const std::uint64_t end = start + static_cast<std::uint64_t>(seconds * 1e9);
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t seen = first;
  std::uint64_t now = start;
  std::uint64_t progress = start;
  while (now < end) {
    const std::uint64_t back = wire.returned();
    now = now_ns();
    if (back != seen) progress = now;
    seen = back;
    const std::uint64_t gone = back - first + lost;
    const std::uint64_t under_way = sent > gone ? sent - gone : 0;
    if (under_way + Wire::kBurst <= load.window) {
      sent += wire.send(Wire::kBurst);
    } else if (now - progress > kLostNs) {
      lost += under_way;
      progress = now;
    }
  }
  const std::uint64_t back = wire.returned() - first;
  const double wall = static_cast<double>(now_ns() - start) / 1e9;
  // The rest of the round comes home before the next one begins.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (!tell) return;
  std::printf(R"({"sent":%lu,"returned":%lu,"lost":%lu,"seconds":%.6f})"
              "\n",
              sent, back, lost, wall);
  std::fflush(stdout);
}

int flood(Wire& wire, const Load& load) {
  flood_round(wire, load, 0.3, false);
  for (unsigned round = 0; round < load.rounds; ++round) flood_round(wire, load, load.seconds, true);
  return 0;
}

/// Stops the forwarder where it is, and waits until it stands. The signal is for the thread, which takes it
/// at once; another thread of the process might wait for this CPU.
void stop_forwarder(const Load& load) {
  syscall(SYS_tgkill, load.pid, load.thread, SIGSTOP);
  const std::string stat =
      "/proc/" + std::to_string(load.pid) + "/task/" + std::to_string(load.thread) + "/stat";
  for (std::string line; line.find(") T ") == std::string::npos;) {
    std::ifstream file(stat);
    if (!std::getline(file, line)) return;
  }
}

/// Lets a batch wait in the receive ring of the stopped forwarder, sets it going and takes the time from the
/// first frame that comes back to the last: it is busy all that time, however slow the generator is. 0: not
/// all of them came back, or most were back before this thread, which the kernel stopped, looked.
double drain_once(Wire& wire, const Load& load) {
  stop_forwarder(load);
  const std::uint64_t before = wire.returned();
  unsigned sent = 0;
  while (sent < load.batch) sent += wire.send(std::min(Wire::kBurst, load.batch - sent));
  kill(load.pid, SIGCONT);
  const std::uint64_t limit = now_ns() + kLostNs;
  std::uint64_t first = before;
  while (first == before && now_ns() < limit) first = wire.returned();
  const std::uint64_t start = now_ns();
  if (first == before || first - before > sent / 2) return 0;
  while (wire.returned() < before + sent) {
    if (now_ns() > limit) return 0;
  }
  return static_cast<double>(now_ns() - start) / static_cast<double>(before + sent - first);
}

int drain(Wire& wire, const Load& load) {
  for (unsigned warm = 0; warm < 8; ++warm) (void)drain_once(wire, load);
  for (unsigned round = 0; round < load.rounds; ++round) {
    std::vector<double> batches;
    unsigned failed = 0;
    const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(load.seconds * 1e9);
    while (now_ns() < end) {
      const double ns = drain_once(wire, load);
      if (ns > 0) {
        batches.push_back(ns);
      } else {
        ++failed;
      }
    }
    std::sort(batches.begin(), batches.end());
    std::printf(R"({"batches":%zu,"failed":%u,"ns":%.2f})"
                "\n",
                batches.size(), failed, batches.empty() ? 0.0 : batches[batches.size() / 2]);
  }
  return 0;
}

/// One frame; spins until it is back. 0: lost.
std::uint64_t probe_once(Wire& wire) {
  const std::uint64_t before = wire.returned();
  const std::uint64_t start = now_ns();
  if (wire.send(1) == 0) return 0;
  for (;;) {
    const std::uint64_t now = now_ns();
    if (wire.returned() != before) return now - start;
    if (now - start > kLostNs) return 0;
  }
}

/// Calls `once` after pauses, whose lengths vary by half, so that no timer is met always.
template <typename Once>
int tell_each(const Load& load, Once once) {
  std::minstd_rand random;  // always the same pauses
  std::uniform_int_distribution<unsigned> pause(load.pause_us * 3 / 4, load.pause_us * 5 / 4);
  for (unsigned warm = 0; warm < 8; ++warm) (void)once();
  std::printf("[");
  for (unsigned i = 0; i < load.probes; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(pause(random)));
    std::printf("%s%lu", i == 0 ? "" : ",", once());
  }
  std::printf("]\n");
  return 0;
}

/// The floor of every wake-up: from a write to an eventfd to the thread that slept on it in poll().
int wake(const Load& load) {
  const int fd = eventfd(0, 0);
  std::atomic<bool> woken{false};
  std::atomic<bool> ready{false};
  std::atomic<bool> over{false};
  std::thread sleeper([&] {
    cpu_set_t cpu;
    CPU_ZERO(&cpu);
    CPU_SET(load.wake_cpu, &cpu);
    sched_setaffinity(0, sizeof cpu, &cpu);
    ready = true;
    for (std::uint64_t count = 0; !over;) {
      pollfd waiting{fd, POLLIN, 0};
      if (poll(&waiting, 1, 1000) != 1) continue;
      if (read(fd, &count, sizeof count) > 0) woken = true;
    }
  });
  while (!ready) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto ring = [&] {
    woken = false;
    const std::uint64_t start = now_ns();
    (void)eventfd_write(fd, 1);
    while (!woken) continue;
    return now_ns() - start;
  };
  const int status = tell_each(load, ring);
  over = true;
  (void)eventfd_write(fd, 1);
  sleeper.join();
  close(fd);
  return status;
}

/// A frame every millisecond until one comes back; says when that was, by CLOCK_MONOTONIC.
int first(Wire& wire, const Load& load) {
  std::printf("{\"ready\":true}\n");
  std::fflush(stdout);
  const std::uint64_t start = now_ns();
  const std::uint64_t limit = static_cast<std::uint64_t>(load.seconds * 1e9);
  for (std::uint64_t sent = 1; now_ns() - start < limit; ++sent) {
    (void)wire.send(1);
    // Asleep in between: the forwarder may need this CPU to start.
    for (unsigned look = 0; look < 10; ++look) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (wire.returned() == 0) continue;
      std::printf(R"({"first_ns":%lu,"sent":%lu})"
                  "\n",
                  now_ns(), sent);
      return 0;
    }
  }
  std::fprintf(stderr, "hvs-veth-load: nothing came back in %.0f s\n", load.seconds);
  return 1;
}

int run(int argc, char** argv) {
  CLI::App app("Loads a forwarder over veth and counts what comes back", "hvs-veth-load");
  WireOptions options;
  Load load;
  app.add_option("--send", options.send_device, "Device to send into")->required();
  app.add_option("--sink", options.sink_device, "Device where the frames come back")->required();
  app.add_option("--object", options.sink_object, "sink.bpf.o")->required();
  app.add_option("--dst-mac", options.dst_mac, "MAC address of the forwarder's port")->required();
  app.add_option("--src", options.src, "The client's address");
  app.add_option("--vip", options.vip, "The service's address");
  app.add_option("--port", options.port, "The service's port");
  app.add_option("--flows", options.flows, "Source ports")->check(CLI::Range(1, 40000));
  app.add_option("--pid", load.pid, "drain: the forwarder");
  app.add_option("--thread", load.thread, "drain: its forwarding thread");
  app.add_option("--batch", load.batch, "drain: frames at a time")->check(CLI::Range(64, 1984));
  app.add_option("--window", load.window, "Frames under way")->check(CLI::Range(32, 4096));
  app.add_option("--rounds", load.rounds, "Rounds of a flood");
  app.add_option("--seconds", load.seconds, "Length of a round; the limit of `first`");
  app.add_option("--pause-us", load.pause_us, "Idle time before each probe");
  app.add_option("--probes", load.probes, "How many probes");
  const auto* flooding = app.add_subcommand("flood", "Frames per second with so many under way");
  const auto* draining = app.add_subcommand("drain", "Nanoseconds per frame of a forwarder that has enough");
  const auto* probing = app.add_subcommand("probe", "Nanoseconds there and back of single frames");
  app.add_subcommand("first", "When the first frame comes back");
  const auto* waking =
      app.add_subcommand("wake", "Nanoseconds until a sleeping thread runs, without a frame");
  app.add_option("--wake-cpu", load.wake_cpu, "wake: the sleeper's CPU");
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  if (*waking) return wake(load);
  Wire wire;
  if (auto done = wire.open(options); !done) {
    std::fprintf(stderr, "hvs-veth-load: %s\n", done.error().message().c_str());
    return 1;
  }
  if (*flooding) return flood(wire, load);
  if (*draining) return drain(wire, load);
  if (*probing) return tell_each(load, [&] { return probe_once(wire); });
  return first(wire, load);
}

}  // namespace
}  // namespace hvs::bench

int main(int argc, char** argv) { return hvs::bench::run(argc, argv); }
