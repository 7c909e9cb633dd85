// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <string>

#include "control/netlink/records.h"

namespace hvs::netlink {

/// One rtnetlink message as a record; nothing when it does not concern us (other families and object
/// types, cached routes, malformed attributes). `limitation` is set when the message describes something
/// that the kernel honours and we cannot.
///
/// The attributes are read here, over libnl's bounded parser, and not by libnl-route's object parsers: those
/// refuse a whole object for one attribute that a newer kernel added, and a route refused is a route missed.
std::optional<Event> decode(nlmsghdr* message, std::string& limitation);

}  // namespace hvs::netlink
