// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/query.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace hvs {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// RFC 3986, 2.1; "+" is a space in a query only (HTML forms).
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Error bad_encoding(std::string_view text) {
  return {"broken percent-encoding", std::string(text), "write a percent sign as %25"};
}

Error bad_value(std::string_view key, const std::string& value, std::string fix) {
  return {"'" + value + "' is no valid value", "query parameter '" + std::string(key) + "'", std::move(fix)};
}

Result<std::optional<IpAddr>> address_of(const Target& target, std::string_view key) {
  const std::string* value = target.find(key);
  if (value == nullptr) return std::optional<IpAddr>{};
  const auto addr = IpAddr::parse(*value);
  if (!addr) return bad_value(key, *value, "give an IPv4 or IPv6 address, without a port");
  return addr;
}

}  // namespace

const std::string* Target::find(std::string_view key) const {
  const auto it =
      std::find_if(query.begin(), query.end(), [&](const auto& item) { return item.first == key; });
  return it == query.end() ? nullptr : &it->second;
}

Result<Target> parse_target(std::string_view text) {
  const std::size_t mark = text.find('?');
  const std::string_view raw_path = text.substr(0, mark);
  const auto path = percent_decode(raw_path, false);
  if (!path) return bad_encoding(raw_path);
  if (path->empty() || path->front() != '/') {
    return Error{"the request's target is no path", std::string(text), "begin it with a slash"};
  }
  Target target;
  target.path = *path;
  std::string_view rest = mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t amp = rest.find('&');
    const std::string_view item = rest.substr(0, amp);
    rest = amp == std::string_view::npos ? std::string_view{} : rest.substr(amp + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const auto key = percent_decode(item.substr(0, equals), true);
    const auto value =
        percent_decode(equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1), true);
    if (!key || !value) return bad_encoding(item);
    if (target.find(*key) != nullptr) {
      return Error{"given twice", "query parameter '" + *key + "'", "give it once"};
    }
    target.query.emplace_back(*key, *value);
  }
  return target;
}

Result<void> check_keys(const Target& target, const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : target.query) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string fix = known.empty() ? target.path + " takes no parameters" : target.path + " knows:";
    for (const auto name : known) fix += (name == known.front() ? " " : ", ") + std::string(name);
    return Error{"unknown", "query parameter '" + key + "'", fix};
  }
  return {};
}

Result<ConnParams> parse_conn_params(const Target& target) {
  ConnParams params;
  if (const std::string* service = target.find("service")) params.service = *service;
  auto client = address_of(target, "client");
  if (!client) return client.error();
  params.query.filter.client = *client;
  auto dest = address_of(target, "dest");
  if (!dest) return dest.error();
  params.query.filter.dest = *dest;
  if (const std::string* proto = target.find("proto")) {
    params.query.filter.protocol = parse_name<L4Proto>(*proto);
    if (!params.query.filter.protocol)
      return bad_value("proto", *proto, "give tcp, udp, sctp, icmp or icmpv6");
  }
  if (const std::string* limit = target.find("limit")) {
    std::uint64_t number = 0;
    const char* end = limit->data() + limit->size();
    const auto [stop, error] = std::from_chars(limit->data(), end, number);
    if (error != std::errc{} || stop != end || number == 0) {
      return bad_value("limit", *limit, "give a whole number from 1, or leave it out");
    }
    params.query.limit = number;
  }
  return params;
}

}  // namespace hvs
