// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/floors.h"

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/units.h"
#include "dataplane/conn/arena.h"
#include "dataplane/frame.h"
#include "net/parse.h"

namespace hvs::bench {

namespace {

template <std::size_t kTupleBytes>
struct Key {
  std::array<std::uint8_t, kTupleBytes> tuple{};
  std::uint32_t protocol = 0;
};
static_assert(sizeof(Key<FlowList::kBytesV4>) == 16 && sizeof(Key<FlowList::kBytesV6>) == 40);

struct alignas(64) Record {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/// Memory for rte_hash like the connection table's own: EAL without hugepages has 4 KiB pages only, which
/// would make the floor easier to reach.
class FloorHeap {
 public:
  explicit FloorHeap(std::size_t bytes) : name_("bench_floor" + std::to_string(made++)), memory_(bytes) {
    HVS_CHECK(rte_malloc_heap_create(name_.c_str()) == 0);
    HVS_CHECK(rte_malloc_heap_memory_add(name_.c_str(), memory_.as<void>(), memory_.bytes(), nullptr, 0,
                                         2_MiB) == 0);
  }
  ~FloorHeap() {
    HVS_CHECK(rte_malloc_heap_memory_remove(name_.c_str(), memory_.as<void>(), memory_.bytes()) == 0);
    HVS_CHECK(rte_malloc_heap_destroy(name_.c_str()) == 0);
  }
  FloorHeap(const FloorHeap&) = delete;
  FloorHeap& operator=(const FloorHeap&) = delete;
  [[nodiscard]] const char* name() const { return name_.c_str(); }
  [[nodiscard]] int socket() const { return rte_malloc_heap_get_socket(name_.c_str()); }

 private:
  static inline unsigned made = 0;  // names are DPDK's keys
  std::string name_;
  Arena memory_;
};

std::uint32_t entries_for(const FlowList& flows) {
  return static_cast<std::uint32_t>(flows.size() * 5 / 4 + 64);
}

}  // namespace

void empty_loop(SyntheticPort& port, Stream& stream, std::uint64_t packets) {
  port.feed(QueueId{0}, packets, stream);
  rte_mbuf* frames[kBurstFrames];
  while (const std::uint16_t count = port.rx_burst(QueueId{0}, frames, kBurstFrames)) {
    port.tx_burst(QueueId{0}, frames, count);
  }
}

struct HashFloor::Impl {
  // Key store, buckets of 64 bytes for 8 entries (a power of two of them), ring of free slots.
  Impl(std::uint32_t entries, std::size_t key_bytes)
      : heap(entries * (key_bytes + 24 + 16 + 8) + 8_MiB), records(entries * sizeof(Record)) {
    rte_hash_parameters params{};
    params.name = heap.name();
    params.entries = entries;
    params.key_len = static_cast<std::uint32_t>(key_bytes);
    params.hash_func = rte_hash_crc;
    params.socket_id = heap.socket();
    table = rte_hash_create(&params);
    HVS_CHECK(table != nullptr);
  }
  ~Impl() { rte_hash_free(table); }

  template <std::size_t N>
  void add(const FlowList& flows) {
    Key<N> key{{}, static_cast<std::uint32_t>(flows.protocol())};
    for (std::uint64_t i = 0; i < flows.size(); ++i) {
      std::memcpy(key.tuple.data(), flows.at(i), N);
      HVS_CHECK(rte_hash_add_key(table, &key) >= 0);
    }
  }
  template <std::size_t N>
  void look_up_and_count(const std::array<Key<N>, kBurstFrames>& keys, unsigned count) {
    std::array<const void*, kBurstFrames> pointers;
    std::array<std::int32_t, kBurstFrames> found;
    for (unsigned i = 0; i < count; ++i) pointers[i] = &keys[i];
    rte_hash_lookup_bulk(table, pointers.data(), count, found.data());
    auto* record = records.as<Record>();
    for (unsigned i = 0; i < count; ++i) __builtin_prefetch(&record[static_cast<std::size_t>(found[i])], 1);
    for (unsigned i = 0; i < count; ++i) {
      HVS_CHECK(found[i] >= 0);
      Record& r = record[static_cast<std::size_t>(found[i])];
      ++r.packets;
      r.bytes += 60;
    }
  }
  template <std::size_t N>
  void lookup(Stream& stream, std::uint64_t packets);
  template <std::size_t N>
  void forward(SyntheticPort& port, std::uint32_t protocol);

  FloorHeap heap;
  Arena records;
  rte_hash* table = nullptr;
};

template <std::size_t N>
void HashFloor::Impl::lookup(Stream& stream, std::uint64_t packets) {
  const FlowList& flows = *stream.flows;
  std::array<Key<N>, kBurstFrames> keys;
  for (auto& key : keys) key.protocol = static_cast<std::uint32_t>(flows.protocol());
  for (std::uint64_t done = 0; done < packets;) {
    const auto count = static_cast<unsigned>(std::min<std::uint64_t>(kBurstFrames, packets - done));
    for (unsigned i = 0; i < count; ++i) {
      std::memcpy(keys[i].tuple.data(), flows.at(stream.next), N);
      if (++stream.next == flows.size()) stream.next = 0;
    }
    look_up_and_count<N>(keys, count);
    done += count;
  }
}

template <std::size_t N>
void HashFloor::Impl::forward(SyntheticPort& port, std::uint32_t protocol) {
  rte_mbuf* frames[kBurstFrames];
  std::array<Key<N>, kBurstFrames> keys;
  for (auto& key : keys) key.protocol = protocol;
  constexpr std::size_t kAddresses = N - sizeof(L4Ports);
  constexpr std::size_t kAddressesAt =
      N == FlowList::kBytesV4 ? offsetof(Ipv4Hdr, src) : offsetof(Ipv6Hdr, src);
  while (const std::uint16_t count = port.rx_burst(QueueId{0}, frames, kBurstFrames)) {
    for (unsigned i = 0; i < count; ++i) {
      const auto* data = rte_pktmbuf_mtod(frames[i], const std::uint8_t*);
      const Parsed p = parse_frame(Reader(data, frames[i]->data_len));
      std::memcpy(keys[i].tuple.data(), data + p.l3 + kAddressesAt, kAddresses);
      std::memcpy(keys[i].tuple.data() + kAddresses, data + p.l4, sizeof(L4Ports));
    }
    look_up_and_count<N>(keys, count);
    port.tx_burst(QueueId{0}, frames, count);
  }
}

HashFloor::HashFloor(const FlowList& flows)
    : impl_(std::make_unique<Impl>(entries_for(flows), flows.family() == Family::ipv4
                                                           ? sizeof(Key<FlowList::kBytesV4>)
                                                           : sizeof(Key<FlowList::kBytesV6>))) {
  flows.family() == Family::ipv4 ? impl_->add<FlowList::kBytesV4>(flows)
                                 : impl_->add<FlowList::kBytesV6>(flows);
}

HashFloor::~HashFloor() = default;

void HashFloor::lookup(Stream& stream, std::uint64_t packets) {
  stream.flows->family() == Family::ipv4 ? impl_->lookup<FlowList::kBytesV4>(stream, packets)
                                         : impl_->lookup<FlowList::kBytesV6>(stream, packets);
}

void HashFloor::forward(SyntheticPort& port, Stream& stream, std::uint64_t packets) {
  const auto protocol = static_cast<std::uint32_t>(stream.flows->protocol());
  port.feed(QueueId{0}, packets, stream);
  stream.flows->family() == Family::ipv4 ? impl_->forward<FlowList::kBytesV4>(port, protocol)
                                         : impl_->forward<FlowList::kBytesV6>(port, protocol);
}

}  // namespace hvs::bench
