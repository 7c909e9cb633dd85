// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/client_template.h"

namespace hvs {

namespace {

/// The dest that `word` names, if the client keeps it: the service has it still, and it does not drain, or
/// clients stay while it does.
const Dest* kept_dest(const Service& service, std::uint64_t word) {
  if (word == 0) return nullptr;
  const TemplateDest named = TemplateDest::of(word);
  const Dest* dest = service.dest_in(named.slot);
  if (dest == nullptr || !named.names(dest->slot, dest->incarnation)) return nullptr;
  return dest->weight == 0 && service.persistence->moves_drained ? nullptr : dest;
}

}  // namespace

const Dest* ClientTemplate::find(PlaceAtDest& place, const Service& service, SchedulerState& scheduler,
                                 const PickContext& context) {
  const Persistence& persistence = *service.persistence;
  Templates& templates = context.shared.templates;
  const IpAddr client = persistence.masked(context.flow.client);
  const auto held =
      templates.hold(templates.key_of(service.slot, service.incarnation, client), now_ms_, client);
  if (!held) {
    tables_.counters().templates_full.inc();
    return place.find(service, scheduler, context);
  }
  at_ = held->at;
  if (held->evicted) tables_.counters().templates_evicted.inc();
  for (;;) {
    const std::uint64_t word = templates.dest(*at_);
    if (const Dest* dest = kept_dest(service, word); dest != nullptr) {
      const TemplateDest now{dest->slot, dest->incarnation, persistence.timeout_s};
      if (now.word() != word) (void)templates.bind(*at_, word, now);  // the timeout has changed
      return place.take(*dest);
    }
    const Dest* dest = place.find(service, scheduler, context);
    if (dest == nullptr) return nullptr;
    if (templates.bind(*at_, word, {dest->slot, dest->incarnation, persistence.timeout_s})) return dest;
    place.give_back();  // another worker was first, and the client is to have one dest
  }
}

}  // namespace hvs
