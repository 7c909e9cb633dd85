# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A lab of network namespaces: a client, the balancer, a switch and three real servers.

Everything lives in namespaces named after a prefix (default "hvs"), so that several labs stand side by side
and nothing of the host's own network is touched. Standard library only.
"""
from .core import Lab
from .netns import LabError
from .topology import ONE_ARM, TWO_ARM, Topology

__all__ = ["Lab", "LabError", "ONE_ARM", "TWO_ARM", "Topology"]
