// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pmd/steering/fd.h"

struct bpf_object;

namespace hvs {

/// The maps that every port of an instance uses.
struct SharedMaps {
  Fd services;
  Fd vips;
  Fd lips;
  Fd dests;
  Fd inside;
  Fd outside;
  Fd stats;
};

/// A loaded steer.bpf.o.
class SteerProgram {
 public:
  /// Loads the object with maps of its own; its shared ones are what shared_maps() hands out.
  static Result<SteerProgram> load_first(const std::filesystem::path& object);
  /// Loads it once more for a port, over the shared maps and that port's XSKMAP.
  static Result<SteerProgram> load_for_port(const std::filesystem::path& object, const SharedMaps& shared,
                                            int xsks_map);

  [[nodiscard]] Result<SharedMaps> shared_maps() const;
  [[nodiscard]] int fd() const;
  [[nodiscard]] std::uint32_t id() const;              // the kernel's; 0: unknown
  [[nodiscard]] int map(std::string_view name) const;  // -1: none

 private:
  struct Close {
    void operator()(bpf_object* object) const;
  };
  using Object = std::unique_ptr<bpf_object, Close>;
  explicit SteerProgram(Object object) : object_(std::move(object)) {}
  static Result<Object> open(const std::filesystem::path& path);
  static Result<SteerProgram> load(Object object, const std::filesystem::path& path);
  Object object_;
};

}  // namespace hvs
