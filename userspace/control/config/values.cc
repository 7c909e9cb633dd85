// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/units.h"
#include "control/config/utf8.h"

namespace hvs::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array kByteUnits = {Unit{"GiB", 1_GiB}, Unit{"MiB", 1_MiB}, Unit{"KiB", 1_KiB}};
constexpr std::array kTimeUnits = {Unit{"d", 86400}, Unit{"h", 3600}, Unit{"m", 60}, Unit{"s", 1}};

template <std::size_t N>
Result<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                                      std::string_view kind, std::string_view fix) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = static_cast<std::size_t>(end - text.begin());
  const std::string_view unit = text.substr(digits);
  std::uint64_t factor = 1;
  if (!unit.empty()) {
    const auto found =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
    if (digits == 0 || found == units.end()) {
      return Error{quoted(text) + " is not a " + std::string(kind), {}, std::string(fix)};
    }
    factor = found->factor;
  }
  auto number = parse_integer(text.substr(0, digits));
  if (!number) return Error{quoted(text) + " is not a " + std::string(kind), {}, std::string(fix)};
  if (*number > std::numeric_limits<std::uint64_t>::max() / factor)
    return Error{quoted(text) + " is too large", {}, {}};
  return *number * factor;
}

template <std::size_t N>
std::string text_with_unit(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

unsigned bytes_of(const IpAddr& addr) { return addr.is_v4() ? 4 : 16; }

/// Adds one; false at the last address of the family.
bool increment(IpAddr& addr) {
  for (unsigned i = bytes_of(addr); i-- > 0;) {
    if (++addr.bytes[i] != 0) return true;
  }
  return false;
}

Result<std::vector<IpAddr>> span_of(IpAddr low, const IpAddr& high, std::size_t max, std::string_view text) {
  std::vector<IpAddr> out;
  for (;;) {
    if (out.size() == max) {
      return Error{quoted(text) + " holds more than " + std::to_string(max) + " addresses",
                   {},
                   "Name a smaller range"};
    }
    out.push_back(low);
    if (low == high || !increment(low)) return out;
  }
}

Error not_addresses(std::string_view text) {
  return {quoted(text) + " is not an IP address, a range of them or a prefix",
          {},
          "Write for example 10.20.0.10, 10.20.0.10-10.20.0.13, 10.20.0.16/29 or \"fd20::10\""};
}

/// `other` when it is neither an address nor a prefix.
Result<IpPrefix> parse_length(std::string_view text, std::size_t slash, const Error& other) {
  const auto addr = IpAddr::parse(text.substr(0, slash));
  const auto length = parse_integer(text.substr(slash + 1));
  if (!addr || !length) return other;
  const unsigned bits = bytes_of(*addr) * 8;
  if (*length > bits) {
    return Error{
        quoted(text) + ": a prefix of this family has at most " + std::to_string(bits) + " bits", {}, {}};
  }
  const IpPrefix prefix{masked(*addr, static_cast<unsigned>(*length)), static_cast<std::uint8_t>(*length)};
  if (prefix.addr == *addr) return prefix;
  return Error{quoted(text) + " has bits beyond its prefix length", {}, "Write " + prefix.text()};
}

Result<std::vector<IpAddr>> parse_prefix(std::string_view text, std::size_t slash, std::size_t max) {
  const auto prefix = parse_length(text, slash, not_addresses(text));
  if (!prefix) return prefix.error();
  IpAddr high = prefix->addr;
  for (unsigned bit = prefix->length; bit < bytes_of(high) * 8; ++bit)
    high.bytes[bit / 8] = static_cast<std::uint8_t>(high.bytes[bit / 8] | 0x80U >> (bit % 8));
  return span_of(prefix->addr, high, max, text);
}

}  // namespace

Result<std::uint64_t> parse_integer(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (digits && error == std::errc::result_out_of_range) return Error{quoted(text) + " is too large", {}, {}};
  if (digits && text.size() > 1 && text.front() == '0') {
    return Error{quoted(text) + " has a leading zero", {}, "Write it without"};
  }
  if (!digits || error != std::errc{}) return Error{quoted(text) + " is not a whole number", {}, {}};
  return value;
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  return parse_with_unit(text, kByteUnits, "size",
                         "Write bytes, or a number with KiB, MiB or GiB, such as 256MiB");
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto seconds = parse_with_unit(text, kTimeUnits, "duration",
                                       "Write seconds, or a number with s, m, h or d, such as 15m");
  if (!seconds) return seconds.error();
  constexpr std::uint64_t kMax = 1ULL << 40;  // far beyond every range; keeps chrono from overflowing
  if (*seconds > kMax) return Error{quoted(text) + " is too large", {}, {}};
  return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

Result<std::pair<L4Port, L4Port>> parse_port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto low = parse_integer(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_integer(text.substr(dash + 1));
  if (!low || !high) {
    return Error{quoted(text) + " is not a range of ports", {}, "Write LOW-HIGH, such as 10240-65535"};
  }
  if (*low < 1 || *low > 65535 || *high < 1 || *high > 65535) {
    return Error{quoted(text) + " is out of range", {}, "Ports are 1 to 65535"};
  }
  if (*low > *high) {
    return Error{
        quoted(text) + " runs backwards", {}, "Write " + std::to_string(*high) + "-" + std::to_string(*low)};
  }
  return std::pair{L4Port{static_cast<std::uint16_t>(*low)}, L4Port{static_cast<std::uint16_t>(*high)}};
}

Result<IpPrefix> parse_network(std::string_view text) {
  const Error other{quoted(text) + " is no network", {}, "Write for example 10.0.0.0/8 or \"fd20::/16\""};
  if (const auto slash = text.find('/'); slash != std::string_view::npos)
    return parse_length(text, slash, other);
  const auto addr = IpAddr::parse(text);
  if (!addr) return other;
  return IpPrefix{*addr, static_cast<std::uint8_t>(bytes_of(*addr) * 8)};
}

Result<std::vector<IpAddr>> parse_addresses(std::string_view text, std::size_t max) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos)
    return parse_prefix(text, slash, max);
  const std::size_t dash = text.find('-');
  const auto low = IpAddr::parse(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : IpAddr::parse(text.substr(dash + 1));
  if (!low || !high) return not_addresses(text);
  if (low->family != high->family) {
    return Error{quoted(text) + " mixes IPv4 and IPv6", {}, "Write one range for each family"};
  }
  if (high->bytes < low->bytes) {
    return Error{quoted(text) + " runs backwards", {}, "Write " + high->text() + "-" + low->text()};
  }
  return span_of(*low, *high, max, text);
}

bool has_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !parse_integer(text.substr(colon + 1))) return false;
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  return IpAddr::parse(address).has_value();
}

std::string bytes_text(std::uint64_t bytes) { return text_with_unit(bytes, kByteUnits); }

std::string duration_text(std::chrono::seconds value) { return std::to_string(value.count()) + "s"; }

std::string port_range_text(L4Port low, L4Port high) {
  return std::to_string(low.value) + "-" + std::to_string(high.value);
}

std::vector<std::string> address_texts(const std::vector<IpAddr>& addresses) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < addresses.size();) {
    std::size_t last = i;
    IpAddr next = addresses[i];
    while (last + 1 < addresses.size() && increment(next) && next == addresses[last + 1]) ++last;
    out.push_back(addresses[i].text() + (last == i ? "" : "-" + addresses[last].text()));
    i = last + 1;
  }
  return out;
}

std::string_view unusable_address(const IpAddr& addr) {
  const auto& b = addr.bytes;
  if (addr.is_v4()) {
    if (b[0] == 0) return "an unspecified address";
    if (b[0] == 127) return "a loopback address";
    if ((b[0] & 0xf0) == 0xe0) return "a multicast address";
    if (b[0] == 255 && b[1] == 255 && b[2] == 255 && b[3] == 255) return "the broadcast address";
    return {};
  }
  if (b[0] == 0xff) return "a multicast address";
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return "a link-local address";
  if (!std::all_of(b.begin(), b.begin() + 10, [](std::uint8_t v) { return v == 0; })) return {};
  if (b[10] == 0xff && b[11] == 0xff) return "an IPv4-mapped address";
  if (std::all_of(b.begin() + 10, b.begin() + 15, [](std::uint8_t v) { return v == 0; }) && b[15] <= 1) {
    return b[15] == 0 ? "an unspecified address" : "a loopback address";
  }
  return {};
}

}  // namespace hvs::config
