# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tests of test_core.py without vector instructions, over ports that are shared with the kernel."""
import pytest

import core_scenarios
import test_core
from test_core import *  # noqa: F403

CONFIG = {"simd": "off"}
pytestmark = [test_core.pytestmark, pytest.mark.usefixtures("without_vectors")]


@pytest.fixture(scope="module", params=core_scenarios.MODES)
def kind_and_mode(request):
    return "af_xdp", request.param
