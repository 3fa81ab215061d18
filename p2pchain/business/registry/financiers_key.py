"""The key that the financiers share, as far as the chain knows it: an id and a check value for each epoch.

Names made under two keys never meet, so a financier whose key differs in one digit would finance what another
has financed, without a word. Every declaration says under which epoch and which key id it was made; another
id than the one recorded is refused.

Records (keys after ``registry/``): ``key/<epoch, 4 bytes>`` → ``[key id, check value, height]``; ``epochs`` →
``[oldest, newest]``, those from the one to the other live, at most ``EPOCHS_LIVE_MAX``; ``held/<epoch>`` →
``[count]``: documents that are financed, or closed by repayment, and known under the keys up to this epoch
alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.business.registry.declaration import EPOCHS_LIVE_MAX, Declarations
from p2pchain.business.registry.fields import CHECK_VALUE, EPOCH_NUMBER, KEY_ID
from p2pchain.business.registry.refusals import (
    EpochNotNext,
    EpochsIncomplete,
    KeyNeeded,
    KeyUnknown,
    KeyWrong,
)
from p2pchain.ledger.context import Context, Public, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Flag
from p2pchain.model.errors import Fact
from p2pchain.model.transaction import Value

KEY: Final = b"key/"
EPOCHS: Final = b"epochs"
HELD: Final = b"held/"
FINANCIER: Final = "financier"
"""The role that acts in the registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFinanciersKey:
    """Record a key: its id, and its check value for this chain and epoch."""

    epoch: Annotated[int, EPOCH_NUMBER, Entry(is_made=True)]
    key_id: Annotated[bytes, KEY_ID, Entry(is_made=True)]
    check: Annotated[bytes, CHECK_VALUE, Entry(is_made=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseKey:
    """End the older epoch. ``leave``: even if documents are known under it alone."""

    epoch: Annotated[int, EPOCH_NUMBER, Entry(is_argument=True)]
    leave: Annotated[bool, Flag(help="even if documents are known under it alone")]


def set_key(context: Context, message: SetFinanciersKey) -> None:
    """Record the first key, by any financier.

    Refusals, in this order: ``AUTH_ROLE``, ``REG_KEY_EPOCH`` (this is for epoch 1), ``REG_WRONG_KEY`` where
    another one is recorded; the same one again changes nothing.
    """
    context.require_role(FINANCIER)
    if message.epoch != 1:
        raise EpochNotNext({"epoch": message.epoch, "expected": 1}, "later ones: rotate-key")
    known = key_at(context, 1)
    if known is not None:
        if known != (message.key_id, message.check):
            raise wrong_key(1, message.key_id, known[0])
        return
    _record(context, 1, 1, message)


def rotate_key(context: Context, message: SetFinanciersKey) -> None:
    """Open the next epoch beside the newest one; needs the organisations with more than 2/3 of the power.

    Refusals, in this order: ``MEMBERSHIP_NO_QUORUM``, ``REG_KEY_EPOCH`` where it is not the next one, or
    two live already.
    """
    context.call("membership", "require_quorum")
    oldest, newest = live_epochs(context)
    if message.epoch != newest + 1 or message.epoch - oldest >= EPOCHS_LIVE_MAX:
        facts: dict[str, Fact] = {"epoch": message.epoch, "oldest": oldest, "newest": newest}
        raise EpochNotNext(facts, "close the older one first; see: p2pchain registry key")
    if any(
        key_at(context, epoch) == (message.key_id, message.check) for epoch in epochs_from(oldest, newest)
    ):
        raise EpochNotNext({"epoch": message.epoch}, "a new epoch needs a new key")
    _record(context, oldest, message.epoch, message)


def close_key(context: Context, message: CloseKey) -> None:
    """End the older of two epochs; needs the organisations with more than 2/3 of the power.

    Refusals, in this order: ``MEMBERSHIP_NO_QUORUM``, ``REG_KEY_EPOCH`` where it is not the older of two,
    ``REG_KEY_NEEDED`` with ``documents``, how many are known under it alone and would not be found again,
    unless they are left.
    """
    context.call("membership", "require_quorum")
    oldest, newest = live_epochs(context)
    if message.epoch != oldest or oldest == newest:
        facts: dict[str, Fact] = {"epoch": message.epoch, "oldest": oldest, "newest": newest}
        raise EpochNotNext(facts, "only the older of two ends; see: p2pchain registry key")
    documents = held_under(context, oldest)
    if documents and not message.leave:
        raise KeyNeeded({"epoch": oldest, "documents": documents})
    context.put(EPOCHS, (newest, newest))
    context.emit("key_closed", (oldest, documents))


def require_live(view: View, declarations: Declarations) -> None:
    """Accept declarations that are made under each live key.

    Refusals, in this order: ``REG_KEY_UNKNOWN`` where none is recorded, ``REG_KEY_EPOCHS`` where they are not
    those of the live epochs, ``REG_WRONG_KEY``.
    """
    oldest, newest = live_epochs(view)
    if newest == 0:
        raise KeyUnknown({})
    epochs = tuple(declaration.epoch for declaration in declarations)
    if epochs != tuple(epochs_from(oldest, newest)):
        facts: dict[str, Fact] = {"oldest": oldest, "newest": newest}
        raise EpochsIncomplete(facts)
    for declaration in declarations:
        known = key_at(view, declaration.epoch)
        assert known is not None, "an epoch that lives has a key"
        if known[0] != declaration.key_id:
            raise wrong_key(declaration.epoch, declaration.key_id, known[0])


def wrong_key(epoch: int, key_id: bytes, expected: bytes) -> KeyWrong:
    """Make the refusal of a key that is not the one of the chain."""
    facts: dict[str, Fact] = {"epoch": epoch, "key_id": key_id.hex(), "expected": expected.hex()}
    return KeyWrong(facts)


def live_epochs(view: View) -> tuple[int, int]:
    """(oldest, newest) epoch that lives; (1, 0) before the first key."""
    match view.get(EPOCHS):
        case (int(oldest), int(newest)):
            return oldest, newest
    return 1, 0


def epochs_from(oldest: int, newest: int) -> range:
    """Epochs from the oldest to the newest that lives: at most ``EPOCHS_LIVE_MAX``."""
    return range(oldest, min(newest, oldest + EPOCHS_LIVE_MAX - 1) + 1)


def key_at(view: View, epoch: int) -> tuple[bytes, bytes] | None:
    """(key id, check value) of an epoch, or None."""
    match view.get(KEY + epoch.to_bytes(4, "big")):
        case (bytes(key_id), bytes(check), int()):
            return key_id, check
    return None


def held_under(view: View, epoch: int) -> int:
    """Count the documents held and known under no later epoch than this."""
    match view.get(HELD + epoch.to_bytes(4, "big")):
        case (int(count),):
            return count
    return 0


def count_held(context: Context, declarations: Declarations, change: int) -> None:
    """Count a document that is held, or is so no more, under the newest epoch of its declarations."""
    epoch = declarations[-1].epoch
    _store_held(context, epoch, held_under(context, epoch) + change)


def _store_held(context: Context, epoch: int, count: int) -> None:
    assert count >= 0, "what goes was counted"
    key = HELD + epoch.to_bytes(4, "big")
    if count:
        context.put(key, (count,))
    else:
        context.delete(key)


def keys_in_force(view: View) -> Value:
    """((epoch, key id), ...) of the keys that live, ascending, for another module."""
    oldest, newest = live_epochs(view)
    live = ((epoch, key_at(view, epoch)) for epoch in epochs_from(oldest, newest))
    return tuple((epoch, known[0]) for epoch, known in live if known is not None)


def count_named(context: Context, epoch: Value, change: Value) -> Value:
    """Count what another module holds and knows under the keys up to ``epoch`` alone, as ``count_held``."""
    assert isinstance(epoch, int), f"an epoch, not {epoch!r}"
    assert isinstance(change, int), f"a change, not {change!r}"
    _store_held(context, epoch, held_under(context, epoch) + change)
    return None


PUBLICS: Final[Mapping[str, Public]] = {"keys_in_force": keys_in_force, "count_named": count_named}


def _record(context: Context, oldest: int, newest: int, message: SetFinanciersKey) -> None:
    context.put(KEY + newest.to_bytes(4, "big"), (message.key_id, message.check, context.height))
    context.put(EPOCHS, (oldest, newest))
    context.emit("key_set", (newest, message.key_id, message.check))
