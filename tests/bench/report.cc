// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/report.h"

#include <rte_cycles.h>

#include <cstdio>

namespace hvs::bench {

namespace {

std::string with_range(const std::vector<double>& values) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f (%.2f-%.2f)", median(values), least(values), most(values));
  return text;
}

std::string ratio_text(const Figure& figure, const std::string& to) {
  for (const Ratio& ratio : figure.ratios) {
    if (ratio.to == to) return with_range(ratio.values);
  }
  return "";
}

}  // namespace

void print_facts(const Facts& facts) {
  for (const auto& [name, value] : facts) std::printf("%-13s %s\n", name.c_str(), value.c_str());
}

void print_header(const std::string& title, const std::vector<std::string>& ratios, bool baseline) {
  std::printf("\n%-42s %9s %9s %8s %8s %8s", title.c_str(), "flows", "ns/packet", "min", "max", "cycles");
  for (const std::string& ratio : ratios) std::printf(" %21s", ("x " + ratio + " (range)").c_str());
  std::printf("%s\n", baseline ? "  to baseline" : "");
}

void print_figure(const Figure& f, const std::vector<std::string>& ratios, std::optional<double> change) {
  const double middle = median(f.values);
  std::printf("%-42s %9llu %9.1f %8.1f %8.1f", f.name.c_str(), static_cast<unsigned long long>(f.flows),
              middle, least(f.values), most(f.values));
  if (f.unit.rfind("ns", 0) == 0) {  // ticks of the TSC: a guest has no counter of the core's own cycles
    std::printf(" %8.0f", middle * static_cast<double>(rte_get_tsc_hz()) / 1e9);
  } else {
    std::printf(" %8s", "");
  }
  for (const std::string& ratio : ratios) std::printf(" %21s", ratio_text(f, ratio).c_str());
  if (change) std::printf(" %+11.1f%%", (*change - 1) * 100);
  std::printf("%s\n", f.unit == "ns/packet" ? "" : ("  " + f.unit).c_str());
  std::fflush(stdout);
}

void print_targets(const std::vector<Target>& targets) {
  if (targets.empty()) return;
  std::printf("\n%-64s %22s %20s\n", "targets", "measured (range)", "wanted");
  for (const Target& t : targets) {
    char wanted[48];
    std::snprintf(wanted, sizeof wanted, "%s %.4g %s", t.at_most ? "<=" : ">=", t.bound, t.unit.c_str());
    std::printf("%-64s %22s %20s  %s", t.what.c_str(), with_range(t.values).c_str(), wanted,
                t.met() ? "met" : "NOT MET");
    if (t.undecided()) std::printf(", but loops without HVS took %.0f %s", t.without_hvs, t.unit.c_str());
    std::printf("\n");
  }
}

}  // namespace hvs::bench
