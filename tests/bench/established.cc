// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/established.h"

#include <algorithm>

#include "base/check.h"

namespace hvs::bench {

namespace {

// A mode joins the benchmark with a line here.
constexpr ForwardingMode kModes[] = {ForwardingMode::fullnat, ForwardingMode::nat, ForwardingMode::dr,
                                     ForwardingMode::tunnel, ForwardingMode::snat};

constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15ULL;

WorldSpec with_room(WorldSpec spec, std::uint64_t flows) {
  spec.connections = static_cast<std::uint32_t>(std::max<std::uint64_t>(flows, 1024));
  return spec;
}

}  // namespace

std::vector<WorldSpec> every_mode() {
  std::vector<WorldSpec> specs;
  for (const ForwardingMode mode : kModes) specs.push_back({.mode = mode});
  specs.push_back({.mode = ForwardingMode::fullnat, .crosses = true});  // nat46 and nat64
  return specs;
}

bool shows_protocols(const WorldSpec& spec) { return spec.mode == ForwardingMode::fullnat && !spec.crosses; }

std::vector<std::string> directions_of(const WorldSpec& spec) {
  if (!sees_replies(spec.mode)) return {"to_dest"};
  if (spec.crosses) return {"to_dest", "to_client"};  // a port makes frames of one family at a time
  return {"to_dest", "to_client", "both"};
}

Established::Established(WorldSpec spec, std::uint64_t flows, rte_mempool* pool)
    : world_(with_room(std::move(spec), flows), pool),
      clients_(world_.client_flows(flows)),
      replies_(clients_.family(), clients_.protocol()) {
  world_.establish(clients_);
  if (sees_replies(world_.spec().mode)) {
    replies_ = world_.reply_flows();
    HVS_CHECK(replies_.size() == flows);
  }
  // Connections were made in the order of the flows; from here on nothing comes in that order.
  clients_.shuffle(kSeed);
  replies_.shuffle(~kSeed);
  for (Stream* s : {&in_, &both_in_, &empty_, &hash_, &minimal_}) *s = {&clients_, kEstablished, 0};
  for (Stream* s : {&out_, &both_out_, &empty_out_}) *s = {&replies_, kEstablished, 0};
}

Case Established::direction(const std::string& direction, std::uint64_t packets) {
  Case c{text_of(world_.spec()) + ' ' + direction, clients_.size(), packets, {}};
  if (direction == "to_dest") {
    c.body = [this, packets] { world_.forward(packets, in_); };
  } else if (direction == "to_client") {
    c.body = [this, packets] { world_.forward(packets, out_); };
  } else {
    HVS_CHECK(direction == "both");
    c.body = [this, packets] { world_.forward(packets, both_in_, &both_out_); };
  }
  return c;
}

Case Established::empty_loop_case(const std::string& direction, std::uint64_t packets) {
  Stream& stream = direction == "to_client" ? empty_out_ : empty_;
  return {"floor: empty loop, " + text_of(stream.flows->family()), clients_.size(), packets,
          [this, packets, &stream] { empty_loop(world_.port(), stream, packets); }};
}

HashFloor& Established::floor() {
  if (floor_) return *floor_;
  // In another order than they are looked up in, else its keys and records would be read one after the other.
  FlowList made = clients_;
  made.shuffle(clients_.size());
  floor_ = std::make_unique<HashFloor>(made);
  return *floor_;
}

Case Established::hash_case(std::uint64_t packets) {
  return {"floor: rte_hash + record, " + text_of(world_.spec().family), clients_.size(), packets,
          [this, packets, table = &floor()] { table->lookup(hash_, packets); }};
}

Case Established::minimal_case(std::uint64_t packets) {
  return {"floor: loop + parse + rte_hash, " + text_of(world_.spec().family), clients_.size(), packets,
          [this, packets, table = &floor()] { table->forward(world_.port(), minimal_, packets); }};
}

}  // namespace hvs::bench
