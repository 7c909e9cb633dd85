// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/transform/edit.h"
#include "net/parse.h"

namespace hvs {

/// TCP options (RFC 9293, 3.2).
inline constexpr std::uint8_t kEndOption = 0;
inline constexpr std::uint8_t kNopOption = 1;
inline constexpr std::uint8_t kMssOption = 2;
inline constexpr unsigned kMssBytes = 4;

/// What an MSS leaves of an MTU to headers without options (RFC 6691, 2).
template <typename F>
inline constexpr unsigned kMssHeaders = sizeof(typename IpHeader<F>::Type) + sizeof(TcpHdr);

/// The maximum segment size that a SYN's options say (RFC 9293, 3.7.1), as a place in the frame.
struct MssOption {
  std::uint16_t at = 0;  // of the value; 0: there is none, or the options are malformed
  std::uint16_t value = 0;
};
/// `frame` is what `p` was parsed from, TCP without a defect.
[[nodiscard]] MssOption find_mss(const std::uint8_t* frame, const Parsed& p);

/// A look at the first option, which is the MSS in what most stacks send: there is no option, or a value of
/// at most `most`. False says nothing.
[[nodiscard]] inline bool mss_is_within(const std::uint8_t* frame, const Parsed& p, unsigned most) {
  const auto& tcp = *reinterpret_cast<const TcpHdr*>(frame + p.l4);
  if (tcp.header_bytes() == sizeof(TcpHdr)) return true;
  const std::uint8_t* first = frame + p.l4 + sizeof(TcpHdr);
  Be16 words[2];  // kind and length, value
  std::memcpy(words, first, sizeof words);
  return words[0] == Be16{kMssOption << 8 | kMssBytes} && words[1].host() <= most;
}

/// Sets another value and adjusts the checksum by delta (RFC 1624).
void set_mss(std::uint8_t* frame, const Parsed& p, const MssOption& option, std::uint16_t value);

}  // namespace hvs
