// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/template_scan.h"

#include <boost/asio/post.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hvs {

namespace {

/// Places that are looked at before the control thread does something else: some hundred microseconds.
constexpr std::uint32_t kSlice = 8192;

/// What a dest's templates have in common.
struct Named {
  std::uint64_t incarnation = 0;
  ConnView view;
  std::optional<IpAddr> other_vip;  // of the other family
};

class TemplateScan final : public ConnScan {
 public:
  TemplateScan(boost::asio::io_context& io, const Templates* templates, const Snapshot& snapshot,
               const ConnQuery& query, std::function<std::uint32_t()> now_ms)
      : io_(io), templates_(templates), query_(query), now_ms_(std::move(now_ms)), left_(query.limit) {
    for (const auto& service : snapshot.services) {
      if (!service || !service->persistence) continue;
      for (const Dest& dest : service->dests) dests_.emplace(dest.slot, named(*service, dest));
    }
    places_ = templates_ == nullptr || dests_.empty() ? 0 : templates_->places();
  }

  void next(std::size_t max, Ready ready) override {
    ready_ = std::move(ready);
    max_ = max;
    step_soon();
  }

 private:
  static Named named(const Service& service, const Dest& dest) {
    ConnView view;
    view.protocol = service.protocol;
    view.mode = dest.mode;
    view.service = service.slot;
    view.dest_slot = dest.slot;
    view.vip = service.vip;
    view.vip_port = service.port;
    view.dest = dest.addr;
    view.dest_port = dest.port;
    std::optional<IpAddr> other_vip;
    for (const IpAddr& vip : service.vips) {
      if (vip.family != service.vip.family && !other_vip) other_vip = vip;
    }
    return {dest.incarnation, view, other_vip};
  }

  void step_soon() {
    boost::asio::post(io_, [this, alive = std::weak_ptr<void>(alive_)] {
      if (!alive.expired()) step();
    });
  }

  void step() {
    ConnBatch batch;
    const std::uint32_t now_ms = now_ms_();
    for (std::uint32_t i = 0; i < kSlice && batch.conns.size() < max_ && !over(); ++i) {
      const auto view = look(at_++, now_ms);
      if (!view) continue;
      ++summary_.visited;
      if (!query_.filter.matches(*view)) continue;
      ++summary_.matched;
      batch.conns.push_back(*view);
      if (left_) --*left_;
    }
    if (batch.conns.empty() && !over()) return step_soon();
    batch.end = over();
    batch.summary = summary_;
    Ready ready = std::move(ready_);
    ready(std::move(batch));  // may destroy this
  }

  /// The template in that place, if a dest of now is meant.
  [[nodiscard]] std::optional<ConnView> look(std::uint32_t at, std::uint32_t now_ms) const {
    const auto entry = templates_->entry(at, now_ms);
    if (!entry) return std::nullopt;
    const auto found = dests_.find(entry->dest.slot);
    if (found == dests_.end() || !entry->dest.names(found->first, found->second.incarnation))
      return std::nullopt;
    ConnView view = found->second.view;
    view.client = entry->client;
    if (view.client.family != view.vip.family) view.vip = found->second.other_vip.value_or(view.vip);
    view.template_of = entry->connections;
    view.expires_ms = entry->left_ms;
    return view;
  }

  [[nodiscard]] bool over() const { return at_ == places_ || (left_ && *left_ == 0); }

  boost::asio::io_context& io_;
  const Templates* templates_;
  ConnQuery query_;
  std::function<std::uint32_t()> now_ms_;
  std::optional<std::uint64_t> left_;
  std::unordered_map<DestSlot, Named> dests_;
  std::uint32_t at_ = 0;
  std::uint32_t places_ = 0;
  ConnScanSummary summary_;
  std::size_t max_ = 0;
  Ready ready_;
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace

std::unique_ptr<ConnScan> start_template_scan(boost::asio::io_context& io, const Templates* templates,
                                              const Snapshot& snapshot, const ConnQuery& query,
                                              std::function<std::uint32_t()> now_ms) {
  return std::make_unique<TemplateScan>(io, templates, snapshot, query, std::move(now_ms));
}

}  // namespace hvs
