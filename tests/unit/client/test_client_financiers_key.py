"""Who may read the financiers' key: its owner alone, or a group with which another user shares it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2pchain.client.financiers_key import read_registry_key
from p2pchain.model.errors import Refused
from tests.lacking import needs

KEY = b"0b" * 32
ANOTHER = 4_321


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key of one's own."""
    path = tmp_path / "registry.key"
    path.write_bytes(KEY)
    path.chmod(0o600)
    return path


def test_a_key_of_ones_own_is_read_by_nobody_else(key: Path) -> None:
    assert read_registry_key(key) == bytes.fromhex(KEY.decode())
    for mode in (0o640, 0o604, 0o620):
        key.chmod(mode)
        with pytest.raises(Refused) as refused:
            read_registry_key(key)
        assert refused.value.code == "KEY_PERMISSIONS"


@needs("root")
def test_a_key_of_another_may_be_shared_with_a_group_for_reading(key: Path) -> None:
    os.chown(key, ANOTHER, 0)
    key.chmod(0o640)
    assert read_registry_key(key) == bytes.fromhex(KEY.decode())
    for mode in (0o660, 0o644, 0o650):
        key.chmod(mode)
        with pytest.raises(Refused):
            read_registry_key(key)
