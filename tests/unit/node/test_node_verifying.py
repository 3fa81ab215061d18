"""``verify`` proves what holds, names what does not, compares homes, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record, encode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.ids import Signature
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.verification import Verified, compare, verify_home
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.lock import HomeLock
from tests.unit.node.guard_home import OWN, a_genesis, a_home, extend, sign, start


def verified(home: Home, *, deep: bool = True) -> Verified:
    """All that verify finds."""
    return verify_home(home, deep=deep, progress=lambda _done, _of: None)


def codes(found: Verified) -> list[str]:
    """Codes of what does not hold."""
    return [fault.code for fault in found.faults]


def rewritten(home: Home, *records: BlockRecord) -> None:
    """Replace the chain log by one whose checksums all hold: what a program, not a disk, did wrong."""
    own_id = genesis_id(a_genesis())
    for path in home.chain.iterdir():
        path.unlink()
    home.chain.rmdir()
    ChainLog.create(Disk(), home.chain, genesis=own_id)
    log = ChainLog.open(Disk(), home.chain, genesis=own_id)
    for record in records:
        log.append(record.block.height, encode_block_record(record))
    log.sync()
    log.close()


def records(home: Home) -> list[BlockRecord]:
    """What the chain log holds."""
    log = ChainLog.open(Disk(), home.chain, genesis=genesis_id(a_genesis()))
    found = [decode_block_record(payload) for _, payload in log.blocks()]
    log.close()
    return found


def bytes_below(root: Path) -> dict[Path, bytes]:
    """Every file."""
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_home_is_proven_to_its_tip(tmp_path: Path, deep: bool) -> None:
    home = a_home(tmp_path / "own")
    extend(home, True, True, False)
    found = verified(home, deep=deep)
    assert (found.height, codes(found), found.tail_cut) == (3, [], 0)
    assert found.state_root == records(home)[-1].block.header.state_root


def test_an_empty_chain_is_sound(tmp_path: Path) -> None:
    assert codes(verified(a_home(tmp_path / "own"))) == []


def test_a_running_node_is_looked_at_and_not_touched(tmp_path: Path) -> None:
    """Even a tail that is being written stays as it is."""
    home = a_home(tmp_path / "own")
    extend(home, True, True)
    (segment,) = home.chain.glob("*.seg")
    segment.write_bytes(segment.read_bytes()[:-7])
    lock = HomeLock(home.lock)
    before = bytes_below(home.root)
    found = verified(home)
    assert (found.height, found.running, found.tail_cut > 0, codes(found)) == (1, True, True, [])
    assert bytes_below(home.root) == before
    lock.release()
    assert verified(home).running is False


def test_every_flipped_bit_is_named_or_cut(tmp_path: Path) -> None:
    """Of a small log: what verify calls sound is always a beginning of the true chain."""
    home = a_home(tmp_path / "own")
    extend(home, True, True)
    truth = [record.block.block_id for record in records(home)]
    (segment,) = home.chain.glob("*.seg")
    whole = segment.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 16, 128):
            segment.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            found = verified(home, deep=False)
            assert found.blocks == truth[: found.height]
            assert found.faults or found.tail_cut, f"byte {place} bit {bit} went unseen"


def test_what_a_program_wrote_wrong_is_found(tmp_path: Path) -> None:
    """All checksums hold, and still each of these is seen."""
    home = a_home(tmp_path / "own")
    extend(home, True, True)
    first, second = records(home)
    forged = tuple((index, Signature(bytes(64))) for index, _ in second.certificate.signatures)
    own = Ledger.from_genesis(a_genesis(), MODULES).validators.index_of(OWN.public_key)
    alone = tuple((index, signature) for index, signature in second.certificate.signatures if index == own)
    for wrong, code in (
        (replace(second, certificate=replace(second.certificate, signatures=forged)), "SIG_INVALID"),
        (replace(second, certificate=replace(second.certificate, signatures=alone)), "CERTIFICATE_NO_QUORUM"),
        (replace(second, certificate=first.certificate), "RECORD_UNREADABLE"),
        (replace(second, changes=((b"note/absent", b"1"),)), "STATE_ROOT_MISMATCH"),
    ):
        rewritten(home, first, wrong)
        found = verified(home, deep=False)
        assert (found.height, codes(found)) == (1, [code])
        assert found.faults[0].facts["height"] == 2
        assert "repair" in found.faults[0].hint


def test_deep_executes_again(tmp_path: Path) -> None:
    """Changes that lead to the header's root, and are still not what the block does."""
    home = a_home(tmp_path / "own")
    extend(home, True)
    (only,) = records(home)
    wrong = replace(only, changes=tuple(sorted((*only.changes, (b"note/absent", None)))))
    rewritten(home, wrong)
    assert codes(verified(home, deep=False)) == []
    assert codes(verified(home)) == ["EXECUTION_DIFFERS"]


def test_two_homes_with_different_blocks_are_a_fork(tmp_path: Path) -> None:
    """The block's id depends on who signed the last certificate."""
    one, other = a_home(tmp_path / "one"), a_home(tmp_path / "other")
    extend(one, True, True)
    extend(other, False, True)
    found = [verified(one), verified(other)]
    (fault,) = compare(found)
    assert (fault.code, fault.facts["height"]) == ("CHAINS_DIFFER", 2)
    assert compare([found[0], found[0]]) == ()


def test_one_key_that_voted_twice_in_two_homes_is_named(tmp_path: Path) -> None:
    one, other = a_home(tmp_path / "one"), a_home(tmp_path / "other")
    for home, block in ((one, b"1" * 32), (other, b"2" * 32)):
        extend(home, False)
        sign(start(home), 2, block_id=block)
    found = [verified(one), verified(other)]
    assert {fault.code for fault in compare(found)} == {"SIGNED_TWICE"}


def test_a_log_that_goes_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``repair`` may set it aside meanwhile: that is no damage, and no traceback."""

    home = a_home(tmp_path / "own")

    def gone(self: ChainLog, first_height: int = 0) -> NoReturn:
        raise FileNotFoundError(2, "No such file", "000000000001.seg")

    monkeypatch.setattr(ChainLog, "blocks", gone)
    assert codes(verified(home)) == ["LOG_MOVED"]
