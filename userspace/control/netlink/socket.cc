// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/socket.h"

#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace hvs::netlink {

namespace {

constexpr std::size_t kReadBytes = 32768;  // the largest datagram that the kernel fills for a dump

void set_receive_buffer(int fd, std::size_t bytes) {
  const int size = static_cast<int>(bytes);
  // Beyond net.core.rmem_max with CAP_NET_ADMIN; else as much as that allows.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
}

}  // namespace

void MessageDeleter::operator()(nl_msg* message) const { nlmsg_free(message); }
void Socket::Closer::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Result<Socket> Socket::open(std::span<const unsigned> groups, std::size_t receive_buffer) {
  nl_sock* raw = nl_socket_alloc();
  if (raw == nullptr) return Error{"out of memory", "rtnetlink socket", ""};
  Socket socket(raw);
  nl_socket_disable_seq_check(raw);
  if (const int error = nl_connect(raw, NETLINK_ROUTE); error < 0) {
    return Error{std::string("cannot open: ") + nl_geterror(error), "rtnetlink socket",
                 "does a sandbox forbid AF_NETLINK (systemd: RestrictAddressFamilies)?"};
  }
  nl_socket_set_msg_buf_size(raw, kReadBytes);
  nl_socket_set_nonblocking(raw);
  set_receive_buffer(socket.fd(), receive_buffer);
  for (const unsigned group : groups) {
    const int error = nl_socket_add_membership(raw, static_cast<int>(group));
    if (error < 0 && group != RTNLGRP_NEXTHOP) {  // Linux 5.3
      return Error{
          std::string("cannot subscribe to group ") + std::to_string(group) + ": " + nl_geterror(error),
          "rtnetlink socket", ""};
    }
  }
  return socket;
}

int Socket::fd() const { return nl_socket_get_fd(socket_.get()); }

Socket::Read Socket::read(const std::function<void(nlmsghdr*)>& take) {
  sockaddr_nl sender{};
  unsigned char* raw = nullptr;
  const int bytes = nl_recv(socket_.get(), &sender, &raw, nullptr);
  const std::unique_ptr<unsigned char, decltype(&std::free)> buffer(raw, &std::free);
  if (bytes == -NLE_AGAIN) return Read::empty;
  // ENOBUFS; and a datagram that did not fit is lost too.
  if (bytes == -NLE_NOMEM || bytes == -NLE_MSG_TRUNC) return Read::overrun;
  if (bytes < 0) return Read::failed;
  if (bytes == 0) return Read::empty;
  if (sender.nl_pid != 0) return Read::data;  // not from the kernel
  auto* message = reinterpret_cast<nlmsghdr*>(buffer.get());
  for (int left = bytes; nlmsg_ok(message, left) != 0; message = nlmsg_next(message, &left)) take(message);
  return Read::data;
}

std::uint32_t Socket::send(nl_msg* message) {
  nl_complete_msg(socket_.get(), message);
  const nlmsghdr* header = nlmsg_hdr(message);
  return nl_sendto(socket_.get(), nlmsg_hdr(message), header->nlmsg_len) < 0 ? 0 : header->nlmsg_seq;
}

bool Socket::wait(int milliseconds) const {
  pollfd poll_fd{fd(), POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&poll_fd, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace hvs::netlink
