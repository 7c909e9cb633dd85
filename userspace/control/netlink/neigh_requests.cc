// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/neigh_requests.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/units.h"

namespace hvs::netlink {

Result<NeighRequests> NeighRequests::open(std::chrono::milliseconds interval) {
  auto socket = Socket::open({}, 64_KiB);
  if (!socket) return socket.error();
  return NeighRequests(std::move(socket).value(), interval);
}

bool NeighRequests::admit(const NeighKey& key, Clock::time_point now) {
  if (now - swept_ >= interval_) {
    std::erase_if(asked_, [&](const auto& entry) { return now - entry.second >= interval_; });
    swept_ = now;
  }
  if (const auto known = asked_.find(key); known != asked_.end()) {
    if (now - known->second < interval_) return false;
    known->second = now;
    return true;
  }
  if (asked_.size() >= kMaxPending) return false;
  asked_.emplace(key, now);
  return true;
}

NeighRequests::Answer NeighRequests::use(const NeighKey& key, Clock::time_point now) {
  if (!admit(key, now)) return Answer::limited;
  Message message(nlmsg_alloc_simple(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK));
  ndmsg header{};
  header.ndm_family = key.addr.is_v4() ? AF_INET : AF_INET6;
  header.ndm_ifindex = static_cast<int>(key.ifindex);
  header.ndm_state = NUD_NONE;
  header.ndm_flags = NTF_USE;
  if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
      nla_put(message.get(), NDA_DST, key.addr.is_v4() ? 4 : 16, key.addr.bytes.data()) < 0) {
    return Answer::refused;
  }
  const std::uint32_t sequence = socket_.send(message.get());
  if (sequence == 0) return Answer::refused;
  // The kernel has done its work, and answered, when send() returns.
  int code = -ENODATA;
  const auto take = [&](nlmsghdr* answer) {
    if (answer->nlmsg_type != NLMSG_ERROR || answer->nlmsg_seq != sequence ||
        nlmsg_datalen(answer) < static_cast<int>(sizeof code)) {
      return;
    }
    std::memcpy(&code, nlmsg_data(answer), sizeof code);
  };
  while (socket_.read(take) == Socket::Read::data) {
  }
  return code == 0 ? Answer::asked : Answer::refused;
}

}  // namespace hvs::netlink
