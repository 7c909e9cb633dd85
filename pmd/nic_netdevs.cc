// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/nic_netdevs.h"

#include <net/if.h>

#include <algorithm>
#include <memory>

#include "pmd/ethtool.h"

namespace hvs {

std::string pci_address_of(const std::string& netdev) { return EthtoolSocket(netdev).driver().bus; }

// sysfs shows the network namespace in which it was mounted, which need not be ours, and where another netdev
// may have the same name. So those of ours are asked for their PCI addresses.
NicNetdevs netdevs_of_nic(const std::string& pci_address, const PciBus& bus,
                          const std::function<std::string(const std::string&)>& address_of) {
  NicNetdevs out;
  struct Free {
    void operator()(struct if_nameindex* list) const { if_freenameindex(list); }
  };
  const std::unique_ptr<struct if_nameindex, Free> all(if_nameindex());
  for (const auto* entry = all.get(); entry != nullptr && entry->if_index != 0; ++entry) {
    if (address_of(entry->if_name) == pci_address) out.here.emplace_back(entry->if_name);
  }
  const auto shown = bus.netdevs_of(pci_address);
  const bool others = std::any_of(shown.begin(), shown.end(), [&](const std::string& name) {
    return std::find(out.here.begin(), out.here.end(), name) == out.here.end();
  });
  out.elsewhere = others || (out.here.empty() && bus.has_netdevs(pci_address));
  return out;
}

}  // namespace hvs
