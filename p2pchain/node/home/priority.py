"""Priority of the processes that a node starts beside itself."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

NICENESS: Final = 10
"""Of a process beside the node, whose share is a tenth of the node's then. With 19 a machine that is busy all
the time gave one so little that 20 MB took two minutes.
"""


def give_way() -> None:
    """Lower the priority of this process below the node's."""
    with suppress(OSError):  # A service's sandbox may forbid it; then it runs like everything else.
        os.nice(NICENESS)
