// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/report.h"

#include <rte_cycles.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace hvs::bench {

namespace {

std::string ratio_text(const Figure& figure, const std::string& to) {
  for (const Ratio& ratio : figure.ratios) {
    if (ratio.to != to) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.2f (%.2f-%.2f)", median(ratio.values), least(ratio.values),
                  most(ratio.values));
    return text;
  }
  return "";
}

}  // namespace

void print_header(const std::string& title) {
  std::printf("\n%-42s %9s %9s %8s %8s %8s %20s %20s\n", title.c_str(), "flows", "ns/packet", "min", "max",
              "cycles", "x empty (range)", "x rte_hash (range)");
}

void print_figure(const Figure& f) {
  const double middle = median(f.values);
  std::printf("%-42s %9llu %9.1f %8.1f %8.1f %8.0f %20s %20s\n", f.name.c_str(),
              static_cast<unsigned long long>(f.flows), middle, least(f.values), most(f.values),
              middle * static_cast<double>(rte_get_tsc_hz()) / 1e9, ratio_text(f, "empty").c_str(),
              ratio_text(f, "rte_hash").c_str());
  std::fflush(stdout);
}

std::string to_json(const std::vector<Figure>& figures) {
  nlohmann::json list = nlohmann::json::array();
  for (const Figure& f : figures) {
    nlohmann::json ratios = nlohmann::json::object();
    for (const Ratio& ratio : f.ratios)
      ratios[ratio.to] = {{"median", median(ratio.values)}, {"rounds", ratio.values}};
    list.push_back({{"section", f.section},
                    {"name", f.name},
                    {"flows", f.flows},
                    {"packets_per_round", f.packets},
                    {"unit", f.unit},
                    {"median", median(f.values)},
                    {"min", least(f.values)},
                    {"max", most(f.values)},
                    {"rounds", f.values},
                    {"ratios", ratios}});
  }
  return list.dump(2);
}

}  // namespace hvs::bench
