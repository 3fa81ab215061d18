"""Vectors beside the structures: frames on the fetch stream, and what enters a validator's key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2pchain.model.possession import ACCOUNT, Possession
from p2pchain.model.voting import Succession
from p2pchain.net.frames import ANSWER, REQUEST, fetch_frame
from tests.unit.codec.codec_keys import key

POSSESSION = Possession(kind=ACCOUNT, org="bank-a", name="treasury", key=key("treasury").public_key)
"""What a key signs to come onto the ledger."""

SUCCESSIONS = {
    "succession": Succession(
        peer_key=key("peer bank-a").public_key, old_key=None, new_key=key("consensus bank-a").public_key
    ),
    "succession of a rotation": Succession(
        peer_key=key("peer bank-a").public_key,
        old_key=key("consensus bank-a").public_key,
        new_key=key("next consensus bank-a").public_key,
    ),
}
"""What a consensus key signs to enter the validators, and what both keys sign when one follows another."""

FRAMED = (
    ("request blocks", REQUEST, 0),
    ("response blocks", ANSWER, 0),
    ("request chunk", REQUEST, 2**40),
    ("response no chunk", ANSWER, 2**40),
)
"""Structure, kind and request id."""


def fetch_frames(structures: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Some frames on the fetch stream, of structures by their names."""
    return [
        {"name": name, "id": id_, "bytes": fetch_frame(kind, id_, structures[name]).hex()}
        for name, kind, id_ in FRAMED
    ]
