"""``bans.json`` of the home: the peers that this node neither dials nor accepts, kept over restarts."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

from p2pchain.codec.exact_json import read_json
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import PeerId
from p2pchain.node.home.layout import HomeError
from p2pchain.storage.files import Disk, write_atomically

BANS_BYTES_MAX: Final = 262_144
PEER_ID_CHARS_MAX: Final = 128


def read_bans(path: Path) -> frozenset[PeerId]:
    """The banned peers; none where the file is missing. Raises ``HomeError`` ``BANS_INVALID`` or
    ``HOME_PERMISSION``: a ban that cannot be read must not be taken for none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BANS_BYTES_MAX + 1)
    except FileNotFoundError:
        return frozenset()
    except PermissionError:
        hint = "run as the user that owns the home"
        raise HomeError("HOME_PERMISSION", {"file": str(path)}, hint) from None
    if len(data) > BANS_BYTES_MAX:
        raise _invalid(path, f"more than {BANS_BYTES_MAX} bytes")
    try:
        content = read_json(data)
    except Invalid as fault:
        raise _invalid(path, str(fault)[:200]) from fault
    match content:
        case {"banned": [*peers], **others} if not others and all(_is_peer_id(peer) for peer in peers):
            return frozenset(PeerId(peer) for peer in peers)
        case _:
            raise _invalid(path, 'not {"banned": ["PEER_ID", ...]}')


def write_bans(path: Path, banned: Collection[PeerId]) -> None:
    """Replace the file, mode 0600, durable on return. Raises ``DiskFailure``."""
    write_atomically(Disk(), path, json.dumps({"banned": sorted(banned)}, indent=1).encode() + b"\n")


def _is_peer_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= PEER_ID_CHARS_MAX


def _invalid(path: Path, reason: str) -> HomeError:
    facts: dict[str, Fact] = {"file": str(path), "reason": reason}
    return HomeError("BANS_INVALID", facts, "correct it, or delete it to let everybody in again")
