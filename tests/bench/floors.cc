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

/// Tuple and protocol, filled up to what rte_hash is fastest with: multiples of 16 bytes it compares by
/// vectors, and a key of 48 makes entries of a cache line each.
template <std::size_t kTupleBytes>
struct Key {
  static constexpr std::size_t kUsedBytes = kTupleBytes + sizeof(std::uint32_t);
  std::array<std::uint8_t, (kUsedBytes + 15) / 16 * 16> bytes{};

  explicit Key(L4Proto protocol = {}) {
    const auto number = static_cast<std::uint32_t>(protocol);
    std::memcpy(bytes.data() + kTupleBytes, &number, sizeof number);
  }
  void set_addresses_and_ports(const std::uint8_t* tuple) { std::memcpy(bytes.data(), tuple, kTupleBytes); }
};
static_assert(sizeof(Key<FlowList::kBytesV4>) == 16 && sizeof(Key<FlowList::kBytesV6>) == 48);

/// rte_hash's own function, of a length that the compiler knows.
template <typename KeyType>
hash_sig_t crc_of(const void* key, std::uint32_t, std::uint32_t seed) {
  return rte_hash_crc(key, KeyType::kUsedBytes, seed);
}

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
  Impl(std::uint32_t entries, std::size_t key_bytes, rte_hash_function hash)
      : heap(entries * (key_bytes + 24 + 16 + 8) + 8_MiB), records(entries * sizeof(Record)) {
    rte_hash_parameters params{};
    params.name = heap.name();
    params.entries = entries;
    params.key_len = static_cast<std::uint32_t>(key_bytes);
    params.hash_func = hash;
    params.socket_id = heap.socket();
    table = rte_hash_create(&params);
    HVS_CHECK(table != nullptr);
  }
  ~Impl() { rte_hash_free(table); }

  template <std::size_t N>
  static std::unique_ptr<Impl> with(const FlowList& flows) {
    auto impl = std::make_unique<Impl>(entries_for(flows), sizeof(Key<N>), crc_of<Key<N>>);
    Key<N> key(flows.protocol());
    for (std::uint64_t i = 0; i < flows.size(); ++i) {
      key.set_addresses_and_ports(flows.at(i));
      HVS_CHECK(rte_hash_add_key(impl->table, &key) >= 0);
    }
    return impl;
  }
  template <std::size_t N>
  void look_up_and_count(const std::array<Key<N>, kBurstFrames>& keys, unsigned count) {
    std::array<const void*, kBurstFrames> pointers;
    std::array<hash_sig_t, kBurstFrames> hashes;
    std::array<std::int32_t, kBurstFrames> found;
    for (unsigned i = 0; i < count; ++i) {
      pointers[i] = &keys[i];
      hashes[i] = crc_of<Key<N>>(&keys[i], 0, 0);
    }
    rte_hash_lookup_with_hash_bulk(table, pointers.data(), hashes.data(), count, found.data());
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
  void forward(SyntheticPort& port, L4Proto protocol);

  FloorHeap heap;
  Arena records;
  rte_hash* table = nullptr;
};

template <std::size_t N>
void HashFloor::Impl::lookup(Stream& stream, std::uint64_t packets) {
  const FlowList& flows = *stream.flows;
  std::array<Key<N>, kBurstFrames> keys;
  keys.fill(Key<N>(flows.protocol()));
  for (std::uint64_t done = 0; done < packets;) {
    const auto count = static_cast<unsigned>(std::min<std::uint64_t>(kBurstFrames, packets - done));
    for (unsigned i = 0; i < count; ++i) {
      keys[i].set_addresses_and_ports(flows.at(stream.next));
      if (++stream.next == flows.size()) stream.next = 0;
    }
    look_up_and_count<N>(keys, count);
    done += count;
  }
}

template <std::size_t N>
void HashFloor::Impl::forward(SyntheticPort& port, L4Proto protocol) {
  rte_mbuf* frames[kBurstFrames];
  std::array<Key<N>, kBurstFrames> keys;
  keys.fill(Key<N>(protocol));
  constexpr std::size_t kAddresses = N - sizeof(L4Ports);
  constexpr std::size_t kAddressesAt =
      N == FlowList::kBytesV4 ? offsetof(Ipv4Hdr, src) : offsetof(Ipv6Hdr, src);
  while (const std::uint16_t count = port.rx_burst(QueueId{0}, frames, kBurstFrames)) {
    for (unsigned i = 0; i < count; ++i) {
      const auto* data = rte_pktmbuf_mtod(frames[i], const std::uint8_t*);
      const Parsed p = parse_frame(Reader(data, frames[i]->data_len));
      std::memcpy(keys[i].bytes.data(), data + p.l3 + kAddressesAt, kAddresses);
      std::memcpy(keys[i].bytes.data() + kAddresses, data + p.l4, sizeof(L4Ports));
    }
    look_up_and_count<N>(keys, count);
    port.tx_burst(QueueId{0}, frames, count);
  }
}

HashFloor::HashFloor(const FlowList& flows)
    : impl_(flows.family() == Family::ipv4 ? Impl::with<FlowList::kBytesV4>(flows)
                                           : Impl::with<FlowList::kBytesV6>(flows)) {}

HashFloor::~HashFloor() = default;

void HashFloor::lookup(Stream& stream, std::uint64_t packets) {
  stream.flows->family() == Family::ipv4 ? impl_->lookup<FlowList::kBytesV4>(stream, packets)
                                         : impl_->lookup<FlowList::kBytesV6>(stream, packets);
}

void HashFloor::forward(SyntheticPort& port, Stream& stream, std::uint64_t packets) {
  const L4Proto protocol = stream.flows->protocol();
  port.feed(QueueId{0}, packets, stream);
  stream.flows->family() == Family::ipv4 ? impl_->forward<FlowList::kBytesV4>(port, protocol)
                                         : impl_->forward<FlowList::kBytesV6>(port, protocol);
}

}  // namespace hvs::bench
