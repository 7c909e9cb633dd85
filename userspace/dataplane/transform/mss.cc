// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/mss.h"

#include <bit>
#include <cstring>

#include "dataplane/transform/edit.h"

namespace hvs {

MssOption find_mss(const std::uint8_t* frame, const Parsed& p) {
  const auto& tcp = *reinterpret_cast<const TcpHdr*>(frame + p.l4);
  const unsigned end = p.l4 + tcp.header_bytes();
  MssOption found;
  for (unsigned at = p.l4 + sizeof(TcpHdr); at < end && frame[at] != kEndOption;) {
    if (frame[at] == kNopOption) {
      ++at;
      continue;
    }
    if (end - at < 2) return {};
    const unsigned bytes = frame[at + 1];
    if (bytes < 2 || bytes > end - at) return {};
    if (frame[at] == kMssOption) {
      if (bytes != kMssBytes || found.at != 0) return {};
      Be16 value;
      std::memcpy(&value, frame + at + 2, sizeof value);
      found = {static_cast<std::uint16_t>(at + 2), value.host()};
    }
    at += bytes;
  }
  return found;
}

void set_mss(std::uint8_t* frame, const Parsed& p, const MssOption& option, std::uint16_t value) {
  auto& tcp = header_at<TcpHdr>(frame, p.l4);
  std::uint16_t before = Be16{option.value}.raw();
  std::uint16_t after = Be16{value}.raw();
  std::memcpy(frame + option.at, &after, sizeof after);
  // Behind an odd number of bytes each of the two counts in the other half of a word (RFC 1071, 2).
  if ((option.at - p.l4) % 2 != 0) {
    before = std::rotl(before, 8);
    after = std::rotl(after, 8);
  }
  ChecksumDelta delta;
  delta.replace(before, after);
  tcp.checksum = delta.applied_to(tcp.checksum);
}

}  // namespace hvs
