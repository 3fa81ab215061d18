"""Postponement of module versions that too few organisations declare to have.

The last thing a block does is to look at the versions that would come into force with the next one. All that
is asked is in the state, so every node puts off the same ones, whatever its own software has.
"""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.ledger.consortium.governance.software import POSTPONED_HEIGHTS, is_held
from p2pchain.ledger.context import View
from p2pchain.ledger.state import Overlay
from p2pchain.ledger.system import VersionFrom, decode_versions, encode_versions, versions_key
from p2pchain.model.chain import StateChange
from p2pchain.model.validators import ValidatorSet


def postponed(
    overlay: Overlay,
    governance: View,
    arriving: Sequence[tuple[str, VersionFrom]],
    validators: ValidatorSet,
) -> list[StateChange]:
    """Return the records of the versions that are put off.

    ``overlay``: the state as the block leaves it, ``governance``: the same as its module sees it;
    ``arriving``: versions that were to come into force with the next block, whose ``validators`` count.
    """
    changes: list[StateChange] = []
    for module, version in arriving:
        key = versions_key(module)
        raw = overlay.get(key)
        known = () if raw is None else decode_versions(raw)
        if version in known and not is_held(governance, validators, module, version):
            later = version._replace(height=version.height + POSTPONED_HEIGHTS)
            changes.append((key, encode_versions((*known[: known.index(version)], later))))
    return changes
