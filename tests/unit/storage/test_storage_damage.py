"""Torn tails are cut at every byte offset; damage is refused by name for every single bit; nothing is lost
silently.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from p2pchain.model.errors import Corrupt
from p2pchain.storage.layout import MANIFEST_NAME, SEGMENT_SUFFIX, LogSpec, segment_name
from p2pchain.storage.record_scan import read_header
from p2pchain.storage.records import frame_marked
from p2pchain.storage.recovery import Recovery
from p2pchain.storage.segments import SegmentLog
from p2pchain.storage.simulated import SimulatedDisk
from tests.unit.storage.small_logs import (
    HOME,
    KIND,
    contents,
    copied,
    created,
    expected,
    filled,
    opened,
    payload_of,
    spec_of,
    tags,
)

SPEC = spec_of()
LAST = HOME / segment_name(1)


def segment_of(disk: SimulatedDisk) -> bytes:
    return disk.read(LAST, 0, disk.size(LAST))


def without_a_wrong_word(disk: SimulatedDisk, spec: LogSpec) -> bool:
    """Whether reading a damaged log gives right records until it is refused, or all of them."""
    found: list[tuple[int, bytes]] = []
    with suppress(Corrupt):
        for entry in opened(disk, spec).entries():
            found.append((entry.height, entry.payload))
        return found == expected(5)
    return found == expected(5)[: len(found)]


def assert_goes_on(log: SegmentLog, disk: SimulatedDisk, heights: int) -> None:
    """The log holds heights 1 to ``heights`` and takes the next; opened once more, nothing is left to cut."""
    assert contents(log) == expected(heights)
    log.append(KIND, payload_of(heights + 1), heights + 1)
    log.sync()
    log.verify()
    log.close()
    again = opened(disk, SPEC)
    assert again.recovery is None
    assert contents(again) == expected(heights + 1)


def test_tail_torn_at_every_offset_of_the_last_record() -> None:
    whole = segment_of(filled(SPEC, 4))
    begin = len(segment_of(filled(SPEC, 3)))
    for end in range(begin, len(whole)):
        for rest, reason in ((b"", "incomplete"), (bytes(len(whole) - end), None)):
            disk = filled(SPEC, 3)
            disk.replace(LAST, whole[:end] + rest)
            log = opened(disk, SPEC)
            cut = end + len(rest) - begin
            if cut == 0:
                assert log.recovery is None
            else:
                assert log.recovery is not None
                told = log.recovery
                assert (told.segment, told.offset, told.bytes_cut) == (1, begin, cut)
                assert reason in (None, told.reason)
            assert_goes_on(log, disk, 3)


def test_zeros_behind_the_last_record_are_cut() -> None:
    for zeros in (1, 12, 13, 600):
        disk = filled(SPEC, 3)
        whole = segment_of(disk)
        disk.replace(LAST, whole + bytes(zeros))
        log = opened(disk, SPEC)
        assert log.recovery == Recovery(segment=1, offset=len(whole), bytes_cut=zeros, reason="zeros")
        assert_goes_on(log, disk, 3)


def test_batch_torn_at_every_offset_and_with_any_record_lost() -> None:
    """Three records before one fsync: cut short anywhere, or with any one zeroed while the later ones
    arrived.
    """
    disk = filled(SPEC, 2)
    synced = len(segment_of(disk))
    log = opened(disk, SPEC)
    ends = [synced]
    for height in (3, 4, 5):
        log.append(KIND, payload_of(height), height)
        ends.append(disk.size(LAST))
    whole = segment_of(disk)
    for end in range(synced, len(whole)):
        torn = copied(disk)
        torn.replace(LAST, whole[:end])
        kept = max(index for index, record_end in enumerate(ends) if record_end <= end)
        assert_goes_on(opened(torn, SPEC), torn, 2 + kept)
    for lost in range(3):
        torn = copied(disk)
        hole = bytes(ends[lost + 1] - ends[lost])
        torn.replace(LAST, whole[: ends[lost]] + hole + whole[ends[lost + 1] :])
        assert_goes_on(opened(torn, SPEC), torn, 2 + lost)


def test_length_that_runs_off_the_end_in_the_middle_is_damage() -> None:
    """The flipped bit makes the second record reach beyond the file: no torn tail, for the third says it was
    durable.
    """
    disk = filled(SPEC, 4)
    second = len(segment_of(filled(SPEC, 1)))
    disk.flip(LAST, 8 * (second + 9) + 7)
    with pytest.raises(Corrupt) as caught:
        opened(disk, SPEC)
    facts = caught.value.facts
    assert caught.value.code == "LOG_CORRUPT"
    assert (facts["segment"], facts["offset"], facts["height"]) == (1, second, 2)
    assert caught.value.hint


@pytest.mark.parametrize(("name", "advice"), [("chain", "p2pchain repair"), ("safety", "retire the key")])
def test_the_advice_fits_the_log(name: str, advice: str) -> None:
    """The chain can be had again from the peers; what a key has signed cannot, so no repair is advised."""
    spec = replace(SPEC, name=name)
    disk = filled(spec, 4)
    disk.flip(LAST, 8 * (len(segment_of(filled(spec, 1))) + 9) + 7)
    with pytest.raises(Corrupt) as caught:
        opened(disk, spec)
    assert advice in caught.value.hint
    assert ("repair" in caught.value.hint) == (name == "chain")


def test_hole_in_the_middle_with_everything_behind_it_torn_is_cut_only_to_the_hole() -> None:
    """Two faults at once leave no witness; what is reported says how much went."""
    disk = filled(SPEC, 3)
    sizes = [len(segment_of(filled(SPEC, heights))) for heights in (1, 3)]
    disk.replace(LAST, segment_of(disk)[: sizes[0]] + bytes(sizes[1] - sizes[0]))
    log = opened(disk, SPEC)
    assert log.recovery == Recovery(segment=1, offset=sizes[0], bytes_cut=sizes[1] - sizes[0], reason="zeros")


@pytest.mark.parametrize("segment_bytes", [1 << 20, 350])
def test_every_flipped_bit_is_refused_by_name_or_cut_at_the_tail(segment_bytes: int) -> None:
    """One segment, and several sealed ones: never a wrong record, never fewer than synced without a word.

    A flip in the very last record may be taken for a torn tail: nothing was written behind it that could
    testify.
    """
    spec = spec_of(segment_bytes=segment_bytes)
    disk = filled(spec, 5)
    last_record = len(frame_marked(KIND, height=5, durable=0, tag=bytes(8), data=payload_of(5)))
    names = disk.list_directory(HOME)
    newest = max(name for name in names if name.endswith(".seg"))
    for name in names:
        path = HOME / name
        bits = 8 * disk.size(path)
        for bit in range(bits):
            damaged = copied(disk)
            damaged.flip(path, bit)
            at_tail = name == newest and bit >= bits - 8 * last_record
            if at_tail:
                log = opened(damaged, spec)
                assert log.recovery is not None
                assert contents(log) == expected(4), bit
                log.verify()
            else:
                with pytest.raises(Corrupt) as caught:
                    opened(damaged, spec).verify()
                assert caught.value.code == "LOG_CORRUPT", (name, bit)
                assert {"segment", "offset", "height"} <= caught.value.facts.keys(), (name, bit)
                assert caught.value.hint
                assert without_a_wrong_word(damaged, spec), (name, bit)


def test_payload_that_looks_like_a_record_cannot_turn_a_torn_tail_into_damage() -> None:
    """Whoever writes a transaction writes bytes into the log; a forged witness in them lacks the tag."""
    disk = filled(SPEC, 2)
    size = disk.size(LAST)
    header = read_header(disk, LAST)
    assert header is not None
    forged = frame_marked(KIND, height=9, durable=size + 1, tag=b"guessed!", data=b"")
    log = opened(disk, SPEC)
    log.append(KIND, forged + payload_of(3), 3)
    disk.replace(LAST, segment_of(disk)[:-1])
    again = opened(disk, SPEC)
    assert again.recovery is not None
    assert_goes_on(again, disk, 2)


def test_what_no_crash_leaves_is_refused() -> None:
    """Missing manifest or segment, a foreign genesis, a segment too many, a lost last segment."""
    spec = spec_of(segment_bytes=350)
    disk = filled(spec, 9)
    names = [name for name in disk.list_directory(HOME) if name.endswith(SEGMENT_SUFFIX)]
    assert len(names) >= 3
    for name, code in [
        (MANIFEST_NAME, "LOG_MISSING"),
        (names[0], "SEGMENT_MISSING"),
        (names[1], "SEGMENT_MISSING"),
        (names[-1], "SEGMENT_MISSING"),
    ]:
        damaged = copied(disk)
        damaged.unlink(HOME / name)
        with pytest.raises(Corrupt) as caught:
            opened(damaged, spec)
        assert caught.value.code == code
    for beyond, code in [(1, "SEGMENT_UNEXPECTED"), (50, "SEGMENT_MISSING")]:
        damaged = copied(disk)
        for sequence in {len(names) + 1, len(names) + 1 + beyond}:
            damaged.replace(HOME / segment_name(sequence), b"")
        with pytest.raises(Corrupt) as caught:
            opened(damaged, spec)
        assert caught.value.code == code
    other = created(SimulatedDisk(), SPEC)
    with pytest.raises(Corrupt) as caught:
        SegmentLog.open(other, HOME, replace(SPEC, genesis=bytes(32)), entropy=tags)
    assert caught.value.code == "LOG_FOREIGN"


def test_sealed_segment_of_another_history_breaks_the_chain_of_digests() -> None:
    """Whole, sealed, of the same chain and even the same tag: but not what the next header names."""
    spec = spec_of(segment_bytes=350)
    disk = filled(spec, 9)
    other = created(SimulatedDisk(), spec)
    log = opened(other, spec)
    for height in range(1, 10):
        log.append(KIND, payload_of(height + 1), height)
        log.sync()
    disk.replace(LAST, segment_of(other))
    with pytest.raises(Corrupt) as caught:
        opened(disk, spec)
    facts = caught.value.facts
    assert (facts["segment"], facts["reason"]) == (2, "digest of the previous segment differs")
