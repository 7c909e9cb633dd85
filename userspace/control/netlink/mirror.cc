// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/mirror.h"

#include "control/netlink/mirror_impl.h"

namespace hvs {

Mirror::Mirror(boost::asio::io_context& io, std::vector<MirroredPort> ports, OnChange on_change,
               MirrorOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(ports), std::move(on_change), options)) {}
Mirror::~Mirror() { impl_->stop(); }

Result<void> Mirror::start() { return impl_->start(); }
void Mirror::stop() { impl_->stop(); }
void Mirror::set_ports(std::vector<MirroredPort> ports) { impl_->set_ports(std::move(ports)); }
bool Mirror::resolve(std::uint32_t ifindex, const IpAddr& addr) { return impl_->resolve(ifindex, addr); }
void Mirror::keep_alive(std::span<const std::uint64_t> used) { impl_->keep_alive(used); }
std::shared_ptr<const Fib> Mirror::current() const { return impl_->current(); }
MirrorStats Mirror::stats() const { return impl_->stats(); }

}  // namespace hvs
