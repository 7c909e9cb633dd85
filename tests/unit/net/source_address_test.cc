// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/source_address.h"

#include <gtest/gtest.h>

#include "net/ip_addr.h"

namespace hvs {
namespace {

bool may(const char* text) {
  const IpAddr addr = IpAddr::parse(text).value();
  return addr.is_v4() ? may_be_source(addr.as_v4()) : may_be_source(addr.bytes);
}

TEST(SourceAddress, HostsOfOtherLinks) {
  for (const char* text :
       {"1.0.0.0", "10.0.0.1", "126.255.255.255", "128.0.0.1", "169.254.1.1", "192.0.2.1", "223.255.255.255",
        "::2", "::ffff:192.0.2.1", "64:ff9b::1", "2001:db8::1", "fd00::1", "fe7f::1", "fec0::1", "feff::1"})
    EXPECT_TRUE(may(text)) << text;
}

TEST(SourceAddress, NobodyManyAndThoseOfOneLink) {
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "ff02::1", "ff0e::1", "fe80::1", "fe80::ffff:1", "febf::1"})
    EXPECT_FALSE(may(text)) << text;
}

}  // namespace
}  // namespace hvs
