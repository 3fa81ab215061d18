"""Release of this software, as peers and operators read it."""

from __future__ import annotations

from typing import Final

RELEASE: Final = "0.1.0"
