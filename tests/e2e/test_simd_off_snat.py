# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tests of test_snat.py without vector instructions."""
import pytest

import test_snat
from test_snat import *  # noqa: F403

CONFIG = {**test_snat.CONFIG, "simd": "off"}
pytestmark = pytest.mark.usefixtures("without_vectors")
