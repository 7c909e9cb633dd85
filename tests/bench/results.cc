// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/results.h"

#include <rte_cycles.h>
#include <rte_version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace hvs::bench {

namespace {

using nlohmann::json;

std::string line_of(const char* path, const std::string& key = "") {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const auto colon = key.empty() ? std::string::npos : line.find(':');
    if (colon == std::string::npos) return line;
    return line.substr(line.find_first_not_of(' ', colon + 1));
  }
  return "unknown";
}

std::string key_of(const std::string& section, const std::string& name, std::uint64_t flows,
                   const std::string& unit) {
  // Where flows come and go, their number is a result.
  const bool fixed = section == "matrix" || section == "targets";
  return section + '|' + name + '|' + (fixed ? std::to_string(flows) : "") + '|' + unit;
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

json spread(const std::vector<double>& values) {
  return {
      {"median", rounded(median(values))}, {"min", rounded(least(values))}, {"max", rounded(most(values))}};
}

json figure_json(const Figure& f) {
  json out = spread(f.values);
  out["section"] = f.section;
  out["name"] = f.name;
  out["flows"] = f.flows;
  out["packets"] = f.packets;
  out["unit"] = f.unit;
  for (const double value : f.values) out["rounds"].push_back(rounded(value));
  for (const Ratio& ratio : f.ratios) out["times"][ratio.to] = spread(ratio.values);
  return out;
}

json target_json(const Target& t) {
  json out = spread(t.values);
  out["what"] = t.what;
  out[t.at_most ? "at_most" : "at_least"] = t.bound;
  out["unit"] = t.unit;
  out["met"] = t.met();
  if (t.without_hvs != 0) out["without_hvs"] = t.without_hvs;
  return out;
}

json turns_json(const TurnTimes& times) {
  json out;
  out["name"] = times.name;
  for (const TurnTimes::Row& row : times.rows()) {
    out["below_us"].push_back(row.below_us);
    out["wall"].push_back(row.wall);
    out["cpu"].push_back(row.cpu);
  }
  return out;
}

template <typename T, typename ToJson>
std::string lines_of(const std::vector<T>& list, ToJson&& to_json) {
  std::string out;
  for (const T& entry : list) out += (out.empty() ? "    " : ",\n    ") + to_json(entry).dump();
  return "[\n" + out + "\n  ]";
}

}  // namespace

bool Target::met() const { return at_most ? median(values) <= bound : median(values) >= bound; }

Facts facts_of_this_run(bool hugepages, int argc, char** argv) {
  utsname system{};
  uname(&system);
  char ghz[32];
  std::snprintf(ghz, sizeof ghz, "%.2f", static_cast<double>(rte_get_tsc_hz()) / 1e9);
  const char* commit = std::getenv("HVS_COMMIT");  // tools/dev/bench.sh knows it
  std::string command = "hvs-bench";
  for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
  return {{"cpu", line_of("/proc/cpuinfo", "model name")},
          {"cpus", std::to_string(sysconf(_SC_NPROCESSORS_ONLN))},
          {"tsc_ghz", ghz},
          {"memory", line_of("/proc/meminfo", "MemTotal:")},
          {"kernel", system.release},
          {"dpdk", rte_version()},
          {"packet_pages", hugepages ? "hugepages" : "4 KiB"},
          {"table_pages", "transparent: " + line_of("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"compiler", __VERSION__},
          {"flags", HVS_BENCH_FLAGS},
          {"commit", commit == nullptr ? "unknown" : commit},
          {"command", command}};
}

std::string to_json(const Facts& facts, const std::vector<Figure>& figures,
                    const std::vector<Target>& targets, const std::vector<TurnTimes>& turns) {
  json machine;
  for (const auto& [name, value] : facts) machine[name] = value;
  return "{\n  \"run\": " + machine.dump() + ",\n  \"targets\": " + lines_of(targets, target_json) +
         ",\n  \"figures\": " + lines_of(figures, figure_json) +
         ",\n  \"turns\": " + lines_of(turns, turns_json) + "\n}\n";
}

std::optional<Baseline> Baseline::load(const std::string& path) {
  std::ifstream file(path);
  const json stored = json::parse(file, nullptr, false);
  Baseline baseline;
  try {
    for (const json& f : stored.at("figures")) {
      baseline.medians_[key_of(f.at("section"), f.at("name"), f.at("flows"), f.at("unit"))] = f.at("median");
    }
    for (const auto& [name, value] : stored.at("run").items()) baseline.facts_[name] = value;
  } catch (const json::exception& problem) {
    std::fprintf(stderr, "hvs-bench: %s is no file of --json: %s\n", path.c_str(), problem.what());
    return std::nullopt;
  }
  return baseline;
}

std::optional<double> Baseline::change(const Figure& figure) const {
  const auto found = medians_.find(key_of(figure.section, figure.name, figure.flows, figure.unit));
  if (found == medians_.end() || found->second == 0) return std::nullopt;
  return median(figure.values) / found->second;
}

std::string Baseline::fact(const std::string& name) const {
  const auto found = facts_.find(name);
  return found == facts_.end() ? "" : found->second;
}

}  // namespace hvs::bench
