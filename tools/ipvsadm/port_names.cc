// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/port_names.h"

#include <nlohmann/json.hpp>

#include "tools/ipvsadm/options.h"

namespace hvs::ipvs {

Result<void> check_port_name(const std::string& name, std::string_view ports_json) {
  const auto ports = nlohmann::json::parse(ports_json, nullptr, false);
  if (!ports.is_array())
    return Error{"the daemon's answer is no list", {}, "Do hvsd and hvs-ipvsadm have the same version?"};
  std::string known;
  for (const auto& port : ports) {
    if (!port.is_object()) continue;
    for (const char* key : {"name", "device", "companion"}) {
      if (!name.empty() && port.value(key, "") == name) return {};
    }
    known += (known.empty() ? "" : ", ") + port.value("name", "");
    const std::string device = port.value("device", "");
    if (device != port.value("name", "")) known += " (" + device + ")";
  }
  return Error{spelled(info_of(Opt::ifname)) + ": there is no port '" + name + "'",
               {},
               "there are: " + (known.empty() ? "none" : known)};
}

}  // namespace hvs::ipvs
