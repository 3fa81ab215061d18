"""Shared key of the financiers in this home, checked against the chain.

It lies in ``keys/registry.key``; while two keys live the newer one lies beside it, in
``keys/registry.next.key``. Which file is of which epoch the chain tells: by its key id.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from p2pchain.client.node_client import NodeClient
from p2pchain.client.registry import EpochKey, key_check, key_id
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import ChainId

REGISTRY_KEY: Final = "registry.key"
NEXT_KEY: Final = "registry.next.key"
REGISTRY_KEY_BYTES_MAX: Final = 1_024
OTHERS_MAY_NOT: Final = 0o077
"""Bits of a mode that a key of one's own must not have."""
GROUP_MAY_NOT: Final = 0o037
"""The same of a key that belongs to another user, who shares it with a group for reading."""


async def recorded_epochs(client: NodeClient) -> Sequence[Mapping[str, object]]:
    """Ask the chain for the financiers' keys that live: ``epoch``, ``key_id``, ``check``, ``held``."""
    epochs: Sequence[Mapping[str, object]] = (await client.query("registry", "key", {}))["epochs"]
    return epochs


def keys_in_force(
    epochs: Sequence[Mapping[str, object]], keys: Sequence[bytes], chain_id: ChainId, directory: Path
) -> tuple[EpochKey, ...] | None:
    """Match this home's keys with the epochs that live, ascending; None where the chain knows no key yet.

    Raises ``Refused``: ``REG_KEY_MISSING`` where there is no key at all, ``REG_WRONG_KEY`` where one of an
    epoch is not among them.
    """
    if not keys:
        hint = "put the key that the financiers share there: 64 hexadecimal digits, mode 0600"
        raise Refused("REG_KEY_MISSING", {"path": str(directory / REGISTRY_KEY)}, hint)
    if not epochs:
        return None
    by_id = {key_id(key).hex(): key for key in keys}
    live = []
    for recorded in epochs:
        epoch, wanted = int(str(recorded["epoch"])), str(recorded["key_id"])
        key = by_id.get(wanted)
        if key is None or key_check(key, chain_id, epoch).hex() != recorded["check"]:
            newer = len(epochs) > 1 and recorded is epochs[-1]
            path = directory / (NEXT_KEY if newer else REGISTRY_KEY)
            own = key_id(keys[-1 if newer else 0]).hex()
            facts: dict[str, Fact] = {"epoch": epoch, "key_id": own, "expected": wanted}
            hint = f"copy {path} again from another financier: this home's key is not the one of the chain"
            raise Refused("REG_WRONG_KEY", facts, hint)
        live.append(EpochKey(epoch=epoch, key=key))
    return tuple(live)


def read_registry_keys(directory: Path) -> tuple[bytes, ...]:
    """Read the keys that this home has, that of ``registry.key`` first. Raises as ``read_registry_key``."""
    keys = (read_registry_key(directory / name) for name in (REGISTRY_KEY, NEXT_KEY))
    return tuple(key for key in keys if key is not None)


def read_registry_key(path: Path) -> bytes | None:
    """Read a key that financiers share, None where there is none. It is of mode 0600; one that belongs to
    another user may be shared by its group for reading, 0640. Raises ``Refused`` ``KEY_PERMISSIONS``,
    ``KEY_DAMAGED``.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(REGISTRY_KEY_BYTES_MAX).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        facts = {"path": str(path), "reason": error.strerror}
        raise Refused("KEY_PERMISSIONS", facts, "run as the user that owns the home") from error
    mode = stat.S_IMODE(status.st_mode)
    shared = status.st_uid != os.geteuid()
    if mode & (GROUP_MAY_NOT if shared else OTHERS_MAY_NOT):
        raise Refused("KEY_PERMISSIONS", {"path": str(path), "mode": f"{mode:04o}"}, f"chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES_MIN:
        facts = {"path": str(path), "expected": f"{2 * KEY_BYTES_MIN} hexadecimal digits"}
        raise Refused("KEY_DAMAGED", facts, "copy it again from another financier")
    return key
