# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""tools/hvs bench veth: what HVS costs over AF_XDP ports, beside DPDK's testpmd on the same ports."""
