// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "control/config/setting.h"
#include "model/config.h"

// Settings of a service that are read and written in a way of their own.
namespace hvs::config {

Setting<ServiceConfig> mss_setting();
Setting<ServiceConfig> one_packet_setting();

}  // namespace hvs::config
