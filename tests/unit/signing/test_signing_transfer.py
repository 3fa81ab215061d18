"""The guard's memory as a file: it comes back as it was, and merges to the maximum or is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from p2pchain.codec.safety import position_of
from p2pchain.model.errors import Refused
from p2pchain.model.ids import BlockId, ChainId, Height, PublicKey, Round
from p2pchain.model.safety import NO_LOCK, LockState, SafetyRecord, SignedStep
from p2pchain.model.voting import VoteContent, VoteKind
from p2pchain.signing.standing import Standing, Stop, whole_height
from p2pchain.signing.transfer import GuardState, decode_state, encode_state, merged, state_of
from tests.unit.codec.codec_vectors import CHAIN, SIGNERS
from tests.unit.signing.safety_disk import SafetyDisk

KEY = SIGNERS[1]
BLANK = Standing(chain_id=CHAIN, genesis_id=BlockId(bytes(32)), public_key=KEY.public_key)
ONE, OTHER = BlockId(b"1" * 32), BlockId(b"2" * 32)
PREVOTE, PRECOMMIT = VoteKind.PREVOTE, VoteKind.PRECOMMIT
Word = tuple[int, int, VoteKind, BlockId | None]


def log_of(*words: Word, key: Any = KEY) -> tuple[SafetyRecord, ...]:
    """The safety log of a validator that said this."""
    disk = SafetyDisk()
    signer = disk.signer(key)
    for height, round_number, kind, block_id in words:
        lock = NO_LOCK
        if kind is PRECOMMIT and block_id is not None:
            lock = LockState(
                locked_round=Round(round_number),
                locked_block=block_id,
                valid_round=Round(round_number),
                valid_block=block_id,
            )
        content = VoteContent(kind=kind, height=Height(height), round=Round(round_number), block_id=block_id)
        signer.sign_vote(content, validator=1, lock=lock, block=None, polka=None)
    return tuple(disk.records())


LOG = log_of((6, 0, PREVOTE, ONE), (7, 0, PREVOTE, ONE), (7, 0, PRECOMMIT, ONE), (7, 1, PREVOTE, ONE))
STATE = state_of(BLANK, LOG)
END = (7, 1, SignedStep.PREVOTE)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as fault:
        act()
    assert fault.value.hint
    return fault.value.code


def test_the_last_height_goes_over_with_its_locks() -> None:
    """Byte for byte, after being written and read."""
    assert STATE.signed_to == END
    assert STATE.records == LOG[1:]
    again = decode_state(encode_state(STATE))
    assert again == STATE
    assert again.records[1].lock.locked_block == ONE
    assert encode_state(again) == encode_state(STATE)


def test_the_file_is_one_line_of_canonical_json() -> None:
    """To the byte, as ``docs/storage.md`` says: keys sorted, no spaces."""
    zeros, public_key = "00" * 32, KEY.public_key.hex()
    told = (
        f'{{"chain_id":"{CHAIN}","format":"p2pchain/guard-state","genesis_id":"{zeros}",'
        f'"public_key":"{public_key}","records":[],"signed_to":[7,1,1],"version":1}}\n'
    )
    assert encode_state(replace(STATE, records=())) == told.encode()


def test_a_key_that_signed_nothing_says_so() -> None:
    """Its state is a file too."""
    state = decode_state(encode_state(state_of(BLANK, ())))
    assert (state.signed_to, state.records) == (None, ())
    assert merged(BLANK, (), state) == (BLANK, ())


def test_a_floor_above_the_log_goes_over_as_a_watermark() -> None:
    """What was signed below it is not known here either."""
    state = state_of(BLANK.floored(whole_height(9)), LOG)
    assert (state.signed_to, state.records) == (whole_height(9), ())
    assert state_of(BLANK.floored(whole_height(5)), LOG) == STATE


def test_a_fresh_host_takes_all_of_it() -> None:
    """Records, mark, no floor: it goes on in the midst of the height."""
    standing, added = merged(BLANK, (), STATE)
    assert added == LOG[1:]
    assert (standing.mark, standing.floor, standing.stop) == (END, None, None)
    assert standing.doubt(position_of(added[-1].message)) is None


def test_a_watermark_without_records_closes_its_whole_height() -> None:
    """The lock of that height is not known, so no round of it is safe."""
    standing, added = merged(BLANK, (), replace(STATE, records=()))
    assert added == ()
    assert standing.floor == whole_height(7)


def test_an_older_copy_gets_what_it_lacks() -> None:
    """Of the same height, or of lower ones."""
    for count in (0, 1, 2, 3):
        standing, added = merged(BLANK, LOG[:count], STATE)
        assert LOG[:count] + added == (LOG if count else LOG[1:])
        assert standing.floor is None


def test_nothing_is_lowered_by_an_older_state() -> None:
    """The log, the mark and the floor stay."""
    before = BLANK.marked(END).floored(whole_height(5))
    older = state_of(BLANK, LOG[:1])
    assert merged(before, LOG, older) == (before, ())
    older = replace(older, records=())
    assert merged(before, LOG, older) == (before, ())


@pytest.mark.parametrize(
    "own",
    [
        log_of((7, 0, PREVOTE, OTHER)),
        log_of((7, 0, PREVOTE, ONE), (7, 0, PRECOMMIT, None)),
        log_of((7, 0, PREVOTE, ONE), (7, 0, PRECOMMIT, ONE), (7, 1, PREVOTE, None), (8, 0, PREVOTE, ONE)),
    ],
)
def test_two_hosts_that_said_different_things_are_a_conflict(own: tuple[SafetyRecord, ...]) -> None:
    """Even where the own log reaches further."""
    assert refusal(lambda: merged(BLANK, own, STATE)) == "GUARD_STATE_CONFLICT"


def test_a_place_at_which_only_this_host_signed_is_a_conflict_too() -> None:
    """The exporting host went on in a later round without it."""
    own = log_of((7, 0, PREVOTE, ONE))
    state = state_of(BLANK, log_of((7, 1, PREVOTE, ONE)))
    assert refusal(lambda: merged(BLANK, own, state)) == "GUARD_STATE_CONFLICT"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(STATE, chain_id=ChainId("other")),
        replace(STATE, genesis_id=BlockId(b"g" * 32)),
        replace(STATE, public_key=PublicKey(b"k" * 32)),
    ],
)
def test_another_chain_or_key_is_refused(wrong: GuardState) -> None:
    """Its memory is nobody's here."""
    assert refusal(lambda: merged(BLANK, (), wrong)) == "GUARD_STATE_FOREIGN"


def test_a_state_that_ends_below_what_is_known_is_refused() -> None:
    """A signature of the key was seen above it."""
    marked = replace(BLANK.marked((8, 0, SignedStep.PRECOMMIT)), stop=Stop(code="X", facts={}))
    assert refusal(lambda: merged(marked, (), STATE)) == "GUARD_STATE_SHORT"
    later = state_of(BLANK, log_of((8, 0, PRECOMMIT, ONE)))
    standing, _ = merged(marked, (), later)
    assert standing.stop is None


def test_a_retired_host_takes_back_only_what_went_on_elsewhere() -> None:
    """Not the file that it was retired with, nor an older one."""
    retired = replace(BLANK.marked(END), stop=Stop(code="GUARD_RETIRED", facts={}))
    for state in (STATE, state_of(BLANK, LOG[:1]), state_of(BLANK, ())):
        assert refusal(partial(merged, retired, LOG, state)) == "GUARD_RETIRED"
    back = state_of(BLANK, log_of((9, 0, PREVOTE, ONE)))
    standing, added = merged(retired, LOG, back)
    assert (standing.stop, len(added)) == (None, 1)


def changed(**fields: Any) -> bytes:
    item: dict[str, Any] = json.loads(encode_state(STATE))
    item.update(fields)
    return json.dumps(item).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        changed(format="p2pchain/key"),
        changed(version=2),
        changed(records=["00"]),
        changed(records=["zz"]),
        changed(records=7),
        changed(records=[""] * 5_000),
        changed(signed_to=[7, 0, 1]),
        changed(signed_to=None),
        changed(signed_to=[7, 1, 7]),
        changed(public_key=SIGNERS[2].public_key.hex()),
        changed(chain_id="other"),
        changed(records=json.loads(encode_state(STATE))["records"][::-1]),
        encode_state(replace(STATE, records=LOG)),
        encode_state(state_of(BLANK, log_of((7, 0, PREVOTE, ONE), key=SIGNERS[2]))),
    ],
)
def test_what_is_no_state_is_refused(data: bytes) -> None:
    """Also where a signature in it is not the key's: somebody changed it."""
    assert refusal(lambda: decode_state(data)) == "GUARD_STATE_INVALID"
