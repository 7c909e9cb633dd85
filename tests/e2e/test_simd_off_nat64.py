# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tests of test_nat64.py without vector instructions."""
import pytest

import test_nat64
from test_nat64 import *  # noqa: F403

CONFIG = {**test_nat64.CONFIG, "simd": "off"}
pytestmark = pytest.mark.usefixtures("without_vectors")
