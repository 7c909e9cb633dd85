// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/cut_warning.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/long_work.h"
#include "model/lip_use.h"

namespace hvs {

namespace {

constexpr unsigned kMaxNamed = 5;

/// Names of a kind: the first ones, and how many more there are.
class NameList {
 public:
  void add(const std::string& name) {
    if (++count_ <= kMaxNamed) text_ += (text_.empty() ? "" : ", ") + name;
  }
  [[nodiscard]] unsigned count() const { return count_; }
  [[nodiscard]] std::string text() const {
    return count_ <= kMaxNamed ? text_ : text_ + " and " + std::to_string(count_ - kMaxNamed) + " more";
  }

 private:
  unsigned count_ = 0;
  std::string text_;
};

/// What a configuration steers.
class Steered {
 public:
  explicit Steered(const Config& config) {
    for (const ServiceConfig& s : config.services) {
      for (const IpAddr& vip : vips_of(s)) {
        auto& ranges = services_[{vip, s.protocol}];
        for (const PortRange& ports : ports_of(s)) ranges.push_back(ports);
      }
      LongWork::piece_done();
    }
    for (const LipPoolConfig& pool : config.lip_pools) {
      for (const Family family : kFamilies) {
        if (uses(config, pool, family)) add_lips(pool, family);
      }
    }
  }

  /// The pieces of `ports` that it does not. Port 0 is no connection's.
  [[nodiscard]] std::vector<PortRange> without(const IpAddr& vip, L4Proto protocol,
                                               const PortRange& ports) const {
    std::vector<PortRange> known;
    if (const auto row = services_.find({vip, protocol}); row != services_.end()) known = row->second;
    if (const auto row = lips_.find(vip); row != lips_.end())
      known.insert(known.end(), row->second.begin(), row->second.end());
    std::sort(known.begin(), known.end());
    std::vector<PortRange> out;
    std::uint32_t low = std::max<std::uint32_t>(ports.low.value, 1);
    const auto note = [&](std::uint32_t end) {
      if (low < end)
        out.push_back({L4Port{static_cast<std::uint16_t>(low)}, L4Port{static_cast<std::uint16_t>(end - 1)}});
    };
    const std::uint32_t end = ports.high.value + 1U;
    for (const PortRange& range : known) {
      note(std::min<std::uint32_t>(range.low.value, end));
      low = std::max(low, range.high.value + 1U);
    }
    note(end);
    return out;
  }

 private:
  static bool uses(const Config& config, const LipPoolConfig& pool, Family family) {
    return std::any_of(config.snat.begin(), config.snat.end(),
                       [&](const SnatConfig& rule) { return rule.lip_pool == pool.name; }) ||
           std::any_of(config.services.begin(), config.services.end(), [&](const ServiceConfig& s) {
             return s.lip_pool == pool.name && needs_lips(s) && uses_lips_of(s, family);
           });
  }
  void add_lips(const LipPoolConfig& pool, Family family) {
    for (const IpAddr& lip : pool.addresses) {
      if (lip.family == family) lips_[lip].push_back({pool.port_low, pool.port_high});
    }
  }

  std::map<std::pair<IpAddr, L4Proto>, std::vector<PortRange>> services_;
  std::unordered_map<IpAddr, std::vector<PortRange>> lips_;
};

std::string connections_text(unsigned services, std::uint64_t connections) {
  return (services == 1 ? "it had " : "they had ") + std::to_string(connections) + " open connection" +
         (connections == 1 ? "" : "s");
}

}  // namespace

std::vector<CutService> cut_services(const Config& before, const Config& after) {
  const Steered steered(after);
  std::vector<CutService> out;
  for (const ServiceConfig& s : before.services) {
    CutService cut{s.name, {}, 0};
    bool all = true;
    for (const IpAddr& vip : vips_of(s)) {
      for (const PortRange& ports : ports_of(s)) {
        const auto pieces = steered.without(vip, s.protocol, ports);
        for (const PortRange& piece : pieces) cut.parts.push_back(endpoint_text(vip, piece.text()));
        all = all && pieces.size() == 1 && pieces.front().size() >= ports.size() - (ports.any() ? 1 : 0);
      }
    }
    LongWork::piece_done();
    if (cut.parts.empty()) continue;
    if (all) cut.parts.clear();
    out.push_back(std::move(cut));
  }
  return out;
}

std::vector<Error> cut_warnings(const std::vector<CutService>& cut) {
  std::vector<Error> out;
  const std::string ends = " go to the kernel from now on, which resets those of TCP";
  for (const bool all : {true, false}) {
    NameList names;
    NameList parts;
    std::uint64_t connections = 0;
    for (const CutService& service : cut) {
      if (service.connections == 0 || service.parts.empty() != all) continue;
      connections += service.connections;
      names.add(service.name);
      for (const std::string& part : service.parts) parts.add(part);
    }
    if (names.count() == 0) continue;
    const std::string where = (names.count() == 1 ? "service " : "services ") + names.text();
    std::string what = connections_text(names.count(), connections);
    what += all ? ", whose packets" : ": packets of those by " + parts.text();
    what += ends;
    if (all) {
      out.push_back({std::move(what), "removed " + where,
                     "To let connections end first, give all dests weight 0, and remove the service when "
                     "`hvsctl services` shows none any more"});
    } else {
      out.push_back({std::move(what), where,
                     "To let them end first, keep that until `hvsctl conns` shows none any more"});
    }
  }
  return out;
}

}  // namespace hvs
