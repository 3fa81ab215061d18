"""How many examples Hypothesis tries: all that a test names, or a share of them in ``scripts/test fast``."""

from __future__ import annotations

import os
from typing import Final

EXAMPLES_SHARE: Final = "P2PCHAIN_EXAMPLES_PERCENT"
"""Environment variable with the share; 100 where it is not set."""
EXAMPLES_MIN: Final = 3


def examples(count: int) -> int:
    """The share of ``count`` that this run tries."""
    share = count * int(os.environ.get(EXAMPLES_SHARE, "100")) // 100
    return min(count, max(share, EXAMPLES_MIN))
