# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tests of test_dr.py over native ports."""
from test_dr import *  # noqa: F403

NATIVE = "pcap"  # fragments of IPv4 do not come through af_packet
