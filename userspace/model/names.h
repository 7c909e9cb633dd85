// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Every enumerator that a person can write or read, with its one spelling: file, CLI, API, metric label.
namespace hvs {

/// Those that see replies come first (conn/connection.h).
enum class ForwardingMode : std::uint8_t { fullnat, nat, snat, dr, tunnel };
enum class TunnelType : std::uint8_t { ipip, gre, gue };
/// What becomes of a persistent client whose dest drains.
enum class OnDrain : std::uint8_t { keep, move };
enum class TunnelChecksum : std::uint8_t { automatic, on, off };
enum class SchedulerKind : std::uint8_t {
  rr,
  wrr,
  lc,
  wlc,
  lblc,
  lblcr,
  dh,
  sh,
  sed,
  nq,
  fo,
  ovf,
  mh,
  conhash
};
/// ICMP is for queries in mode snat; services have none.
enum class L4Proto : std::uint8_t { icmp = 1, tcp = 6, udp = 17, icmpv6 = 58, sctp = 132 };
enum class SnatProtocol : std::uint8_t { any, tcp, udp, icmp, sctp };
enum class PortMode : std::uint8_t { automatic, af_xdp, native };  // what the file asks for
enum class PortKind : std::uint8_t { af_xdp, native, memory };     // what it became
enum class XdpMode : std::uint8_t { automatic, native, generic };
/// The kernel driver that gives a NIC to a DPDK driver; none: HVS binds nothing.
enum class BindDriver : std::uint8_t { vfio_pci, uio_pci_generic, igb_uio, none };
enum class OnDown : std::uint8_t { pass, hold };
enum class PollMode : std::uint8_t { busy, adaptive };
enum class OnDestRemoved : std::uint8_t { keep, reset, reschedule };
enum class OnNoDest : std::uint8_t { drop, reject };
enum class DestTimeWait : std::uint8_t { keep, reset };
enum class Simd : std::uint8_t { automatic, off };
enum class Hugepages : std::uint8_t { automatic, off, required };
enum class TcpState : std::uint8_t {
  none,
  syn_sent,
  syn_recv,
  established,
  close_wait,
  fin_wait,  // from here on a client may use its port again
  time_wait,
  last_ack,
  close
};
inline constexpr std::size_t kTcpStates = static_cast<std::size_t>(TcpState::close) + 1;

template <typename E>
struct Named {
  E value;
  std::string_view name;
};
// clang 14 does not deduce an aggregate's arguments by itself.
template <typename E>
Named(E, std::string_view) -> Named<E>;

template <typename E>
struct Names;

template <>
struct Names<ForwardingMode> {
  static constexpr std::array list = {Named{ForwardingMode::fullnat, std::string_view{"fullnat"}},
                                      Named{ForwardingMode::nat, std::string_view{"nat"}},
                                      Named{ForwardingMode::dr, std::string_view{"dr"}},
                                      Named{ForwardingMode::tunnel, std::string_view{"tunnel"}},
                                      Named{ForwardingMode::snat, std::string_view{"snat"}}};
};
template <>
struct Names<TunnelType> {
  static constexpr std::array list = {Named{TunnelType::ipip, std::string_view{"ipip"}},
                                      Named{TunnelType::gre, std::string_view{"gre"}},
                                      Named{TunnelType::gue, std::string_view{"gue"}}};
};
template <>
struct Names<OnDrain> {
  static constexpr std::array list = {Named{OnDrain::keep, std::string_view{"keep"}},
                                      Named{OnDrain::move, std::string_view{"move"}}};
};
template <>
struct Names<TunnelChecksum> {
  static constexpr std::array list = {Named{TunnelChecksum::automatic, std::string_view{"auto"}},
                                      Named{TunnelChecksum::on, std::string_view{"on"}},
                                      Named{TunnelChecksum::off, std::string_view{"off"}}};
};
template <>
struct Names<SchedulerKind> {
  static constexpr std::array list = {Named{SchedulerKind::rr, std::string_view{"rr"}},
                                      Named{SchedulerKind::wrr, std::string_view{"wrr"}},
                                      Named{SchedulerKind::lc, std::string_view{"lc"}},
                                      Named{SchedulerKind::wlc, std::string_view{"wlc"}},
                                      Named{SchedulerKind::lblc, std::string_view{"lblc"}},
                                      Named{SchedulerKind::lblcr, std::string_view{"lblcr"}},
                                      Named{SchedulerKind::dh, std::string_view{"dh"}},
                                      Named{SchedulerKind::sh, std::string_view{"sh"}},
                                      Named{SchedulerKind::sed, std::string_view{"sed"}},
                                      Named{SchedulerKind::nq, std::string_view{"nq"}},
                                      Named{SchedulerKind::fo, std::string_view{"fo"}},
                                      Named{SchedulerKind::ovf, std::string_view{"ovf"}},
                                      Named{SchedulerKind::mh, std::string_view{"mh"}},
                                      Named{SchedulerKind::conhash, std::string_view{"conhash"}}};
};
template <>
struct Names<L4Proto> {
  static constexpr std::array list = {
      Named{L4Proto::tcp, std::string_view{"tcp"}}, Named{L4Proto::udp, std::string_view{"udp"}},
      Named{L4Proto::sctp, std::string_view{"sctp"}}, Named{L4Proto::icmp, std::string_view{"icmp"}},
      Named{L4Proto::icmpv6, std::string_view{"icmpv6"}}};
};
template <>
struct Names<SnatProtocol> {
  static constexpr std::array list = {
      Named{SnatProtocol::any, std::string_view{"any"}}, Named{SnatProtocol::tcp, std::string_view{"tcp"}},
      Named{SnatProtocol::udp, std::string_view{"udp"}}, Named{SnatProtocol::icmp, std::string_view{"icmp"}},
      Named{SnatProtocol::sctp, std::string_view{"sctp"}}};
};
template <>
struct Names<PortMode> {
  static constexpr std::array list = {Named{PortMode::automatic, std::string_view{"auto"}},
                                      Named{PortMode::af_xdp, std::string_view{"af_xdp"}},
                                      Named{PortMode::native, std::string_view{"native"}}};
};
template <>
struct Names<PortKind> {
  static constexpr std::array list = {Named{PortKind::af_xdp, std::string_view{"af_xdp"}},
                                      Named{PortKind::native, std::string_view{"native"}},
                                      Named{PortKind::memory, std::string_view{"memory"}}};
};
template <>
struct Names<XdpMode> {
  static constexpr std::array list = {Named{XdpMode::automatic, std::string_view{"auto"}},
                                      Named{XdpMode::native, std::string_view{"native"}},
                                      Named{XdpMode::generic, std::string_view{"generic"}}};
};
template <>
struct Names<BindDriver> {
  static constexpr std::array list = {Named{BindDriver::vfio_pci, std::string_view{"vfio-pci"}},
                                      Named{BindDriver::uio_pci_generic, std::string_view{"uio_pci_generic"}},
                                      Named{BindDriver::igb_uio, std::string_view{"igb_uio"}},
                                      Named{BindDriver::none, std::string_view{"none"}}};
};
template <>
struct Names<OnDown> {
  static constexpr std::array list = {Named{OnDown::pass, std::string_view{"pass"}},
                                      Named{OnDown::hold, std::string_view{"hold"}}};
};
template <>
struct Names<OnDestRemoved> {
  static constexpr std::array list = {Named{OnDestRemoved::keep, std::string_view{"keep"}},
                                      Named{OnDestRemoved::reset, std::string_view{"reset"}},
                                      Named{OnDestRemoved::reschedule, std::string_view{"reschedule"}}};
};
template <>
struct Names<OnNoDest> {
  static constexpr std::array list = {Named{OnNoDest::drop, std::string_view{"drop"}},
                                      Named{OnNoDest::reject, std::string_view{"reject"}}};
};
template <>
struct Names<DestTimeWait> {
  static constexpr std::array list = {Named{DestTimeWait::keep, std::string_view{"keep"}},
                                      Named{DestTimeWait::reset, std::string_view{"reset"}}};
};
template <>
struct Names<PollMode> {
  static constexpr std::array list = {Named{PollMode::busy, std::string_view{"busy"}},
                                      Named{PollMode::adaptive, std::string_view{"adaptive"}}};
};
template <>
struct Names<Simd> {
  static constexpr std::array list = {Named{Simd::automatic, std::string_view{"auto"}},
                                      Named{Simd::off, std::string_view{"off"}}};
};
template <>
struct Names<Hugepages> {
  static constexpr std::array list = {Named{Hugepages::automatic, std::string_view{"auto"}},
                                      Named{Hugepages::off, std::string_view{"off"}},
                                      Named{Hugepages::required, std::string_view{"required"}}};
};
template <>
struct Names<TcpState> {
  static constexpr std::array list = {Named{TcpState::none, std::string_view{"none"}},
                                      Named{TcpState::syn_sent, std::string_view{"syn_sent"}},
                                      Named{TcpState::syn_recv, std::string_view{"syn_recv"}},
                                      Named{TcpState::established, std::string_view{"established"}},
                                      Named{TcpState::close_wait, std::string_view{"close_wait"}},
                                      Named{TcpState::fin_wait, std::string_view{"fin_wait"}},
                                      Named{TcpState::time_wait, std::string_view{"time_wait"}},
                                      Named{TcpState::last_ack, std::string_view{"last_ack"}},
                                      Named{TcpState::close, std::string_view{"close"}}};
};

/// The spelling of an enumerator.
template <typename E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  for (const auto& entry : Names<E>::list) {
    if (entry.value == value) return entry.name;
  }
  return "?";
}

/// The enumerator with that spelling, or nothing.
template <typename E>
[[nodiscard]] constexpr std::optional<E> parse_name(std::string_view text) {
  for (const auto& entry : Names<E>::list) {
    if (entry.name == text) return entry.value;
  }
  return std::nullopt;
}

}  // namespace hvs
