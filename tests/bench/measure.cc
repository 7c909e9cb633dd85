// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace hvs::bench {

Figure measure(std::string name, std::uint64_t flows, std::uint64_t packets, unsigned runs,
               const std::function<void()>& body) {
  Figure figure{std::move(name), flows, packets, {}};
  body();
  for (unsigned run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    figure.ns.push_back(took.count() / static_cast<double>(packets));
  }
  std::sort(figure.ns.begin(), figure.ns.end());
  return figure;
}

void print_table(const std::vector<Figure>& figures) {
  std::printf("%-44s %10s %9s %9s %9s %9s\n", "one core, 64-byte frames, no NIC", "flows", "ns/packet", "min",
              "max", "Mpps");
  for (const Figure& f : figures) {
    std::printf("%-44s %10llu %9.1f %9.1f %9.1f %9.2f\n", f.name.c_str(),
                static_cast<unsigned long long>(f.flows), f.median(), f.min(), f.max(), 1000.0 / f.median());
  }
}

std::string to_json(const std::vector<Figure>& figures) {
  nlohmann::json list = nlohmann::json::array();
  for (const Figure& f : figures) {
    list.push_back({{"name", f.name},
                    {"flows", f.flows},
                    {"packets_per_run", f.packets},
                    {"ns_per_packet", {{"median", f.median()}, {"min", f.min()}, {"max", f.max()}}},
                    {"runs", f.ns}});
  }
  return list.dump(2);
}

}  // namespace hvs::bench
