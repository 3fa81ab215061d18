"""The digest of a module's code, against vectors that coreutils computed, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from p2pchain.ledger.digest import module_digest

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "module_digest.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["about"])
def test_digests_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    sources = {path: text.encode() for path, text in case["sources"].items()}
    assert module_digest(sources, case["version"]).hex() == case["digest"]
    assert module_digest(dict(reversed(sources.items())), case["version"]).hex() == case["digest"]


def test_every_byte_and_every_name_counts() -> None:
    sources = {"module.py": b"A = 1\n", "rules.py": b"B = 2\n"}
    others = (
        {"module.py": b"A = 1\n"},
        {"module.py": b"A = 1\n", "rules.py": b"B = 3\n"},
        {"module.py": b"A = 1\n", "rule.py": b"B = 2\n"},
        {"module.py": b"B = 2\n", "rules.py": b"A = 1\n"},
        {"module.py": b"A = 1\n\n", "rules.py": b"B = 2\n"},
    )
    digests = {module_digest(each, 1) for each in (sources, *others)}
    assert len(digests) == 1 + len(others)
