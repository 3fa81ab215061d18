"""The documents name every code that these rooms raise and every parameter with its bounds."""

from __future__ import annotations

import re
from pathlib import Path

from p2pchain.codec.parameters import PARAMETER_BOUNDS
from p2pchain.model.parameters import Parameters

TOP = Path(__file__).parents[3]
RAISED = re.compile(
    r'"((?:CODEC|SIG|TX|VALIDATOR|CERTIFICATE|HEADER|EVIDENCE|HELLO|SIGN|SAFETY|KEY)_[A-Z_]+)"'
)
OTHERS = {"merkle.py", "state.py"}
"""Inclusion proofs are documented with the state."""


def test_every_code_is_documented() -> None:
    text = (TOP / "docs" / "codes-codec.md").read_text("utf-8")
    rooms = [TOP / "p2pchain" / room for room in ("codec", "proofs", "signing")]
    files = [path for room in rooms for path in room.glob("*.py") if path.name not in OTHERS]
    raised = {code for path in files for code in RAISED.findall(path.read_text("utf-8"))}
    assert len(raised) > 30
    assert raised == set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text))


def test_every_parameter_is_documented_with_its_bounds() -> None:
    text = (TOP / "docs" / "formats.md").read_text("utf-8")
    rows = [
        f"| `{name}` | {low:,} | {high:,} | {getattr(Parameters(), name):,} |"
        for name, (low, high) in PARAMETER_BOUNDS.items()
    ]
    assert "\n".join(rows) in text
