"""What holds for every test: Hypothesis never judges by the clock, and tests that need root say so."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

ROOT_TESTS = "P2PCHAIN_ROOT_TESTS"
"""Set to 1, it runs the tests that mount, unshare and boot; whoever sets it has seen to root and systemd."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests marked ``root`` unless asked for; once asked for, they fail rather than skip."""
    if os.environ.get(ROOT_TESTS) == "1":
        return
    for item in items:
        if item.get_closest_marker("root") is not None:
            item.add_marker(pytest.mark.skip(reason=f"needs root and systemd: {ROOT_TESTS}=1 runs it"))
