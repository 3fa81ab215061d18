"""What lies beside a key: a mark that a log must reach, a floor, a stop; durable, and never lowered."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from p2pchain.codec.safety import decode_safety_record
from p2pchain.model.errors import Corrupt
from p2pchain.model.ids import BlockId, ChainId, Height, PublicKey, Round
from p2pchain.model.safety import NO_LOCK, Position, SignedStep
from p2pchain.model.voting import VoteContent, VoteKind
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from p2pchain.signing.standing import MarkedLog, Standing, StandingFile, Stop, position_words, whole_height
from tests.unit.codec.codec_vectors import CHAIN, SIGNERS
from tests.unit.signing.safety_disk import SafetyDisk, WriteFailed

KEY = SIGNERS[1]
BLANK = Standing(chain_id=CHAIN, genesis_id=BlockId(bytes(32)), public_key=KEY.public_key)
STOP = Stop(code="GUARD_SIGNATURE_FOREIGN", facts={"height": 7, "peer": None, "seen_in": "polka"})


def file_at(path: Path, blank: Standing = BLANK) -> StandingFile:
    """The stop lies beside it."""
    return StandingFile(path, path.with_suffix(".stop"), blank)


def at(height: int, round_number: int = 0, step: SignedStep = SignedStep.PREVOTE) -> Position:
    return (height, round_number, step)


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    """Every field; a file of the owner alone."""
    path = tmp_path / "consensus.guard"
    standing = Standing(
        chain_id=CHAIN,
        genesis_id=BLANK.genesis_id,
        public_key=KEY.public_key,
        mark=at(9),
        floor=whole_height(4),
        stop=STOP,
    )
    file_at(path).put(standing)
    assert file_at(path).standing == standing
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_before_there_is_something_to_say(tmp_path: Path) -> None:
    """A fresh validator has no file."""
    path = tmp_path / "consensus.guard"
    file = file_at(path)
    file.mark(None)
    assert (file.standing, file.fault, path.exists()) == (BLANK, None, False)


def test_marks_and_floors_only_rise(tmp_path: Path) -> None:
    """Over restarts too."""
    path = tmp_path / "consensus.guard"
    for position in (at(5), at(9), at(7)):
        file_at(path).mark(position)
    assert file_at(path).standing.mark == at(9)
    assert BLANK.floored(at(5)).floored(at(3)).floor == at(5)
    assert BLANK.marked(at(5)).marked(at(3)).mark == at(5)


def test_a_stop_is_durable_and_the_first_reason_stays(tmp_path: Path) -> None:
    """With the position that told so as mark."""
    path = tmp_path / "consensus.guard"
    file_at(path).stop(STOP, at(7))
    file_at(path).stop(Stop(code="GUARD_KEY_ELSEWHERE", facts={}), None)
    found = file_at(path).standing
    assert (found.stop, found.mark) == (STOP, at(7))


@pytest.mark.parametrize(
    ("mark", "floor", "latest", "code"),
    [
        (None, None, None, None),  # fresh
        (None, None, at(5), None),  # a home from before there were marks
        (at(5), None, at(5), None),
        (at(5), None, at(6), None),
        (at(5), None, None, "GUARD_STATE_EMPTY"),
        (at(5), None, at(4, 9), "GUARD_STATE_OLD"),
        (at(5, 1), None, at(5, 0, SignedStep.PRECOMMIT), "GUARD_STATE_OLD"),
        (at(5), whole_height(5), None, None),
        (at(5), whole_height(4), None, "GUARD_STATE_OLD"),
        (at(5), whole_height(5), at(3), None),
    ],
)
def test_a_log_that_ends_below_the_mark_is_doubted(
    mark: Position | None, floor: Position | None, latest: Position | None, code: str | None
) -> None:
    """Unless a floor stands above the mark."""
    standing = Standing(
        chain_id=CHAIN, genesis_id=BLANK.genesis_id, public_key=KEY.public_key, mark=mark, floor=floor
    )
    doubt = standing.doubt(latest)
    assert (None if doubt is None else doubt.code) == code


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"version":2}',
        json.dumps({"version": 1, "chain_id": "c", "genesis_id": "zz"}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_a_fault_and_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    """Marks and stops leave it alone: only an import replaces it."""
    path = tmp_path / "consensus.guard"
    path.write_bytes(data)
    file = file_at(path)
    assert file.fault is not None
    assert file.fault.code == "GUARD_FILE_DAMAGED"
    file.mark(at(3))
    file.stop(STOP, None)
    assert path.read_bytes() == data
    file.put(BLANK.marked(at(3)))
    assert file_at(path).fault is None


def test_a_damaged_stop_is_a_fault_too(tmp_path: Path) -> None:
    """It is not taken for none."""
    path = tmp_path / "consensus.guard"
    file_at(path).stop(STOP, at(7))
    path.with_suffix(".stop").write_bytes(b"")
    found = file_at(path)
    assert found.fault is not None
    assert found.fault.code == "GUARD_FILE_DAMAGED"


def test_a_stop_goes_when_it_is_taken_away(tmp_path: Path) -> None:
    """And does not go where the key goes: only the mark lies beside that."""
    path = tmp_path / "consensus.guard"
    file = file_at(path)
    file.stop(STOP, at(7))
    assert b"GUARD" not in path.read_bytes()
    file.put(BLANK.marked(at(7)))
    assert not path.with_suffix(".stop").exists()
    assert file_at(path).standing == BLANK.marked(at(7))


@pytest.mark.parametrize("field", ["genesis_id", "public_key", "mark", "floor"])
def test_every_field_is_read_strictly(tmp_path: Path, field: str) -> None:
    """Wrong kinds and wrong positions."""
    path = tmp_path / "consensus.guard"
    file_at(path).put(BLANK.marked(at(3)).floored(at(2)))
    for wrong in (7, [1, 2], [1, 2, 9], [-1, 0, 0], ["1", 0, 0]):
        item: dict[str, Any] = json.loads(path.read_bytes())
        item[field] = wrong
        beside = tmp_path / "wrong.guard"
        beside.write_text(json.dumps(item))
        fault = file_at(beside).fault
        assert fault is not None, wrong
        assert fault.code == "GUARD_FILE_DAMAGED"


def test_the_file_of_another_key_or_chain_is_a_fault(tmp_path: Path) -> None:
    """It says nothing of this key."""
    path = tmp_path / "consensus.guard"
    file_at(path).put(BLANK.marked(at(3)))
    others = (
        Standing(chain_id=CHAIN, genesis_id=BLANK.genesis_id, public_key=PublicKey(bytes(32))),
        Standing(chain_id=ChainId("x"), genesis_id=BlockId(b"g" * 32), public_key=KEY.public_key),
    )
    for other in others:
        file = file_at(path, other)
        assert file.fault is not None
        assert file.fault.code == "GUARD_FILE_FOREIGN"
        assert file.standing == other


def test_what_cannot_be_written_ends_the_process(tmp_path: Path) -> None:
    """A stop that is not durable is none."""
    file = file_at(tmp_path / "gone" / "consensus.guard")
    with pytest.raises(Corrupt) as raised:
        file.stop(STOP, None)
    assert raised.value.code == "GUARD_UNWRITABLE"
    assert file.standing.stop is None


# The first signature leaves a mark


def content(height: int) -> VoteContent:
    return VoteContent(kind=VoteKind.PREVOTE, height=Height(height), round=Round(0), block_id=None)


def signer(disk: SafetyDisk, file: StandingFile) -> ConsensusSigner:
    guard = DoubleSignGuard(disk.records(), 0, file.standing.floor)
    return ConsensusSigner(key=KEY, chain_id=CHAIN, guard=guard, log=MarkedLog(disk, file))


def test_the_first_signature_leaves_a_mark_before_it_leaves(tmp_path: Path) -> None:
    """Later ones do not write it again."""
    path = tmp_path / "consensus.guard"
    disk, file = SafetyDisk(), file_at(path)
    made = signer(disk, file)
    for height in (3, 4):
        made.sign_vote(content(height), validator=0, lock=NO_LOCK, block=None, polka=None)
        assert file_at(path).standing.mark == at(3)
    assert decode_safety_record(disk.payloads[0]).height == 3


def test_no_signature_leaves_where_the_mark_cannot_be_written(tmp_path: Path) -> None:
    """And none after it."""
    disk, file = SafetyDisk(), file_at(tmp_path / "gone" / "consensus.guard")
    made = signer(disk, file)
    with pytest.raises(Corrupt):
        made.sign_vote(content(3), validator=0, lock=NO_LOCK, block=None, polka=None)
    with pytest.raises(Exception, match="SIGN_LOG_FAILED"):
        made.sign_vote(content(4), validator=0, lock=NO_LOCK, block=None, polka=None)


def test_no_mark_is_left_where_the_log_failed(tmp_path: Path) -> None:
    """Nothing was signed."""
    path = tmp_path / "consensus.guard"
    disk, file = SafetyDisk(), file_at(path)
    disk.fail_before = True
    with pytest.raises(WriteFailed):
        signer(disk, file).sign_vote(content(3), validator=0, lock=NO_LOCK, block=None, polka=None)
    assert not os.path.lexists(path)


def test_below_the_floor_nothing_is_signed(tmp_path: Path) -> None:
    """Not even the same again: who knows what else was signed there."""
    disk = SafetyDisk()
    made = disk.signer(KEY)
    made.sign_vote(content(3), validator=0, lock=NO_LOCK, block=None, polka=None)
    file = file_at(tmp_path / "consensus.guard", BLANK.floored(whole_height(4)))
    above = signer(disk, file)
    for height in (3, 4):
        with pytest.raises(Exception, match="SIGN_REGRESSION"):
            above.sign_vote(content(height), validator=0, lock=NO_LOCK, block=None, polka=None)
    above.sign_vote(content(5), validator=0, lock=NO_LOCK, block=None, polka=None)


@pytest.mark.parametrize(("round_number", "refused"), [(1, True), (2, True), (3, False)])
def test_the_floor_itself_is_closed(round_number: int, refused: bool) -> None:
    """To the place: at it nothing is signed, above it all."""
    guard = DoubleSignGuard((), 0, floor=(3, 2, SignedStep.PREVOTE))
    wanted = VoteContent(kind=VoteKind.PREVOTE, height=Height(3), round=Round(round_number), block_id=None)
    if refused:
        with pytest.raises(Exception, match="SIGN_REGRESSION"):
            guard.check((3, round_number, SignedStep.PREVOTE), wanted)
    else:
        assert guard.check((3, round_number, SignedStep.PREVOTE), wanted) is None


def test_a_stopped_signer_signs_nothing(tmp_path: Path) -> None:
    """Not even the same again."""
    made = SafetyDisk().signer(KEY)
    made.sign_vote(content(3), validator=0, lock=NO_LOCK, block=None, polka=None)
    made.stop("GUARD_KEY_ELSEWHERE")
    for height in (3, 4):
        with pytest.raises(Exception, match=r"SIGN_STOPPED: .*GUARD_KEY_ELSEWHERE"):
            made.sign_vote(content(height), validator=0, lock=NO_LOCK, block=None, polka=None)


def test_positions_are_told_to_people() -> None:
    """A whole height is told as one."""
    assert position_words(None) == "nothing"
    assert position_words(whole_height(8)) == "height 8"
    assert position_words(at(8, 2)) == "height 8 round 2 prevote"
