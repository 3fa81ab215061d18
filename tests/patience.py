"""How long tests with real daemons wait for what a network promises."""

from __future__ import annotations

import os
from typing import Final

PATIENCE: Final = "P2PCHAIN_TEST_PATIENCE"
"""Environment variable: how many times longer; 1 where it is not set, and where nothing else runs beside."""


def patient(seconds: float) -> float:
    """Seconds that a test allows for what is promised within so many on an idle machine."""
    return seconds * float(os.environ.get(PATIENCE, "1"))
