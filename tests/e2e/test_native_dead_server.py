# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tests of test_dead_server.py over native ports."""
from test_dead_server import *  # noqa: F403

NATIVE = "all"
