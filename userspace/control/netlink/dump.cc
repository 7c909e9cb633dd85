// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/dump.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/units.h"

namespace hvs::netlink {

namespace {

struct Table {
  int type;
  unsigned char family;
};
// Links first: whether a route's link is up is known when the route comes.
constexpr std::array kTables = {
    Table{RTM_GETLINK, AF_UNSPEC}, Table{RTM_GETADDR, AF_UNSPEC}, Table{RTM_GETRULE, AF_INET},
    Table{RTM_GETRULE, AF_INET6},  Table{RTM_GETROUTE, AF_INET},  Table{RTM_GETROUTE, AF_INET6},
    Table{RTM_GETNEIGH, AF_INET},  Table{RTM_GETNEIGH, AF_INET6},
};
constexpr unsigned kMaxRestarts = 16;  // then take the dump as it is; the next resync is not far
constexpr int kSilenceMs = 5000;

Message request_for(const Table& table) {
  Message message(nlmsg_alloc_simple(table.type, NLM_F_REQUEST | NLM_F_DUMP));
  if (!message) return nullptr;
  bool ok = false;
  if (table.type == RTM_GETLINK) {
    const ifinfomsg header{};
    ok = nlmsg_append(message.get(), const_cast<ifinfomsg*>(&header), sizeof header, NLMSG_ALIGNTO) == 0 &&
         nla_put_u32(message.get(), IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0;
  } else {
    // ifaddrmsg, rtmsg, fib_rule_hdr and ndmsg all begin with the family and are no longer than 12 bytes.
    std::array<unsigned char, sizeof(rtmsg)> header{table.family};
    ok = nlmsg_append(message.get(), header.data(), header.size(), NLMSG_ALIGNTO) == 0;
  }
  return ok ? std::move(message) : nullptr;
}

/// A family or table that this kernel is built without, or that a boot parameter turned off.
bool absent(int error) { return error == EOPNOTSUPP || error == EAFNOSUPPORT || error == EPROTONOSUPPORT; }

}  // namespace

Result<Dump> Dump::open() {
  auto socket = Socket::open({}, 1_MiB);
  if (!socket) return socket.error();
  return Dump(std::move(socket).value());
}

Dump::Status Dump::request() {
  table_done_ = false;
  const Message message = request_for(kTables[table_]);
  sequence_ = message ? socket_.send(message.get()) : 0;
  if (sequence_ == 0) error_ = errno;
  return sequence_ == 0 ? Status::failed : Status::running;
}

void Dump::take(nlmsghdr* message) {
  if (message->nlmsg_seq != sequence_) return;
  ++messages_;
  interrupted_ |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
  if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
    table_done_ = true;
    int code = 0;
    if (nlmsg_datalen(message) >= static_cast<int>(sizeof code)) {
      std::memcpy(&code, nlmsg_data(message), sizeof code);
    }
    if (code != 0 && !absent(-code)) error_ = -code;
    return;
  }
  Changes changes;
  state_.apply(message, MirrorState::Origin::dump, changes);
}

Dump::Status Dump::step(std::size_t datagrams) {
  for (std::size_t i = 0; i < datagrams; ++i) {
    switch (socket_.read([this](nlmsghdr* message) { take(message); })) {
      case Socket::Read::data: break;
      case Socket::Read::empty: return Status::running;
      case Socket::Read::overrun: interrupted_ = true; break;
      case Socket::Read::failed: error_ = errno; return Status::failed;
    }
    if (error_ != 0) return Status::failed;
    if (!table_done_) continue;
    if (interrupted_ && restarts_ < kMaxRestarts) {
      // The rows read so far stay: those of objects that went away meanwhile are undone by the events.
      interrupted_ = false;
      ++restarts_;
    } else if (++table_ == kTables.size()) {
      return Status::done;
    }
    if (request() == Status::failed) return Status::failed;
  }
  return Status::running;
}

Result<void> Dump::run() {
  Status status = start();
  while (status == Status::running) {
    if (!socket_.wait(kSilenceMs)) return Error{"the kernel does not answer", "rtnetlink dump", ""};
    status = step(64);
  }
  if (status == Status::done) return {};
  return error();
}

Error Dump::error() const { return {std::string("failed: ") + std::strerror(error_), "rtnetlink dump", ""}; }

void Dump::later(const nlmsghdr* event) {
  const std::size_t words = NLMSG_ALIGN(event->nlmsg_len) / sizeof(std::uint32_t);
  const std::size_t at = later_.size();
  later_.resize(at + words);
  std::memcpy(&later_[at], event, event->nlmsg_len);
}

MirrorState Dump::finish() {
  Changes changes;
  for (std::size_t at = 0; at < later_.size();) {
    auto* event = reinterpret_cast<nlmsghdr*>(&later_[at]);
    at += NLMSG_ALIGN(event->nlmsg_len) / sizeof(std::uint32_t);
    state_.apply(event, MirrorState::Origin::event, changes);
  }
  return std::move(state_);
}

}  // namespace hvs::netlink
