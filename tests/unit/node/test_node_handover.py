"""A validator moves: exported and retired here, imported there; nothing is ever lowered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.node.home.layout import Home
from p2pchain.node.home.validator_move import Handover, export_state, import_floor, import_state
from p2pchain.signing.standing import whole_height
from p2pchain.storage.files import Disk
from p2pchain.storage.lock import HomeLock
from p2pchain.storage.safety import SafetyLog
from tests.unit.node.guard_home import OWN, a_genesis, a_home, extend, sign, start, why

KEY = OWN.public_key


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as fault:
        act()
    return fault.value.code


def exported(home: Home, path: Path, *, retire: bool = False) -> bytes:
    export_state(home, KEY, path, retire=retire)
    return path.read_bytes()


def test_a_validator_moves(tmp_path: Path) -> None:
    """The new host goes on where the old one stopped; the old one never signs again."""
    old, new = a_home(tmp_path / "old"), a_home(tmp_path / "new")
    guarded = start(old)
    sign(guarded, 6)
    sign(guarded, 7)
    state = exported(old, tmp_path / "state.json", retire=True)
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600
    assert why(old) == "GUARD_RETIRED"
    done = import_state(new, KEY, state)
    assert (done.records, done.aside) == (2, None)
    there = start(new)
    assert there.stopped is None
    assert [record.height for record in there.records] == [7, 7]
    sign(there, 7)  # The same again, to the byte.
    with pytest.raises(Refused, match="SIGN_CONFLICT"):
        sign(there, 7, block_id=None)
    with pytest.raises(Refused, match="SIGN_REGRESSION"):
        sign(there, 6)
    sign(there, 7, round_number=1)


def test_a_retired_host_takes_nothing_back_but_what_went_on_elsewhere(tmp_path: Path) -> None:
    """Its own file, imported again by mistake, would make two validators of one."""
    old, new = a_home(tmp_path / "old"), a_home(tmp_path / "new")
    sign(start(old), 7)
    state = exported(old, tmp_path / "there.json", retire=True)
    assert refusal(partial(import_state, old, KEY, state)) == "GUARD_RETIRED"
    assert why(old) == "GUARD_RETIRED"
    import_state(new, KEY, state)
    sign(start(new), 9)
    import_state(old, KEY, exported(new, tmp_path / "back.json", retire=True))
    assert (why(old), why(new)) == (None, "GUARD_RETIRED")


def test_the_keys_may_go_over_with_what_lies_beside_them(tmp_path: Path) -> None:
    """The mark belongs to the key, the retirement to the old home."""
    old, new = a_home(tmp_path / "old"), a_home(tmp_path / "new")
    sign(start(old), 7)
    state = exported(old, tmp_path / "state.json", retire=True)
    shutil.copytree(old.consensus_key.parent, new.consensus_key.parent, dirs_exist_ok=True)
    assert why(new) == "GUARD_STATE_EMPTY"
    import_state(new, KEY, state)
    assert (why(old), why(new)) == ("GUARD_RETIRED", None)


def test_a_lost_export_can_be_made_again(tmp_path: Path) -> None:
    """The host is retired already; a file is never overwritten."""
    old = a_home(tmp_path / "old")
    sign(start(old), 7)
    first = exported(old, tmp_path / "state.json", retire=True)
    assert refusal(partial(exported, old, tmp_path / "state.json")) == "KEY_EXISTS"
    assert exported(old, tmp_path / "again.json", retire=True) == first


def test_a_validator_that_never_signed_moves_too(tmp_path: Path) -> None:
    """And may sign height 1 there."""
    old, new = a_home(tmp_path / "old"), a_home(tmp_path / "new")
    import_state(new, KEY, exported(old, tmp_path / "state.json", retire=True))
    assert (why(old), why(new)) == ("GUARD_RETIRED", None)
    sign(start(new), 1)


@pytest.mark.parametrize("act", ["export", "import", "floor"])
def test_nothing_is_handed_over_while_the_daemon_runs(tmp_path: Path, act: str) -> None:
    """It would be old at once, or written under its feet."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    state = exported(home, tmp_path / "state.json")
    acts: dict[str, Callable[[], object]] = {
        "export": partial(exported, home, tmp_path / "other.json"),
        "import": partial(import_state, home, KEY, state),
        "floor": partial(import_floor, home, KEY, 9),
    }
    with HomeLock(home.lock):
        assert refusal(acts[act]) == "HOME_LOCKED"


def test_a_doubted_state_is_not_passed_on(tmp_path: Path) -> None:
    """Missing, empty, old or stopped."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    shutil.rmtree(home.safety)
    SafetyLog.create(Disk(), home.safety, genesis=genesis_id(a_genesis()))
    assert refusal(partial(exported, home, tmp_path / "state.json")) == "GUARD_DOUBTED"
    assert not (tmp_path / "state.json").exists()


def test_another_key_and_another_chain_are_refused(tmp_path: Path) -> None:
    """Whatever the file says."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    state = exported(home, tmp_path / "state.json")
    other_key = SigningKey(b"x" * 32)
    another = a_home(tmp_path / "another", key=other_key)
    assert refusal(partial(import_state, another, other_key.public_key, state)) == "GUARD_STATE_FOREIGN"
    elsewhere = a_home(tmp_path / "elsewhere", a_genesis(time_ms=1_900_000_000_000))
    assert refusal(partial(import_state, elsewhere, KEY, state)) == "GUARD_STATE_FOREIGN"


def missing(home: Home) -> None:
    shutil.rmtree(home.safety)


def emptied(home: Home) -> None:
    shutil.rmtree(home.safety)
    SafetyLog.create(Disk(), home.safety, genesis=genesis_id(a_genesis()))


def torn(home: Home) -> None:
    """Its first segment is gone, which opening calls damage."""
    next(home.safety.glob("*.seg")).unlink()


@pytest.mark.parametrize("harm", [missing, emptied, torn])
def test_an_import_mends_what_was_lost(tmp_path: Path, harm: Callable[[Home], None]) -> None:
    """From the newest export; a damaged log is set aside, not deleted."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    state = exported(home, tmp_path / "state.json")
    harm(home)
    done: Handover = import_state(home, KEY, state)
    assert (done.aside is not None) == (harm is torn)
    assert why(home) is None
    with pytest.raises(Refused, match="SIGN_CONFLICT"):
        sign(start(home), 7, block_id=None)


def test_an_import_that_is_too_old_leaves_it_stopped(tmp_path: Path) -> None:
    """The mark says that the key signed more."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    state = exported(home, tmp_path / "state.json")
    guarded = start(home)
    sign(guarded, 8)
    guarded.close()
    emptied(home)
    assert refusal(partial(import_state, home, KEY, state)) == "GUARD_STATE_SHORT"
    assert why(home) is not None


@pytest.mark.parametrize("harm", [missing, emptied, torn])
def test_a_floor_lets_it_sign_above(tmp_path: Path, harm: Callable[[Home], None]) -> None:
    """And nothing at it or below, in any round."""
    home = a_home(tmp_path / "home")
    sign(start(home), 1)
    extend(home, True)
    harm(home)
    done = import_floor(home, KEY, 20)
    assert done.signed_to == whole_height(20)
    guarded = start(home)
    assert (guarded.stopped, guarded.floor) == (None, 20)
    for height in (2, 20):
        with pytest.raises(Refused, match="SIGN_REGRESSION"):
            sign(guarded, height, round_number=9)
    sign(guarded, 21)
    assert why(home) is None


def test_what_is_signed_above_a_floor_is_marked_in_the_same_life(tmp_path: Path) -> None:
    """A crash and a lost log later, the floor alone must not look like all that was signed."""
    home = a_home(tmp_path / "home")
    sign(start(home), 3)
    import_floor(home, KEY, 5)
    sign(start(home), 6)
    emptied(home)
    assert why(home) == "GUARD_STATE_OLD"


def test_a_floor_is_no_lower_than_what_is_known(tmp_path: Path) -> None:
    """The mark, the log and the chain."""
    home = a_home(tmp_path / "home")
    extend(home, False, False, False)
    with pytest.raises(Refused, match=r"GUARD_FLOOR_LOW.*lowest=3.*stands, exactly the height"):
        import_floor(home, KEY, 2)
    import_floor(home, KEY, 3)
    guarded = start(home)
    sign(guarded, 9)
    assert refusal(partial(import_floor, home, KEY, 8)) == "GUARD_FLOOR_LOW"
    emptied(home)
    assert refusal(partial(import_floor, home, KEY, 8)) == "GUARD_FLOOR_LOW"
    import_floor(home, KEY, 30)
    import_floor(home, KEY, 12)
    assert start(home).floor == 30


def test_a_floor_comes_back_from_a_retirement(tmp_path: Path) -> None:
    """The move never happened, and the operator says so."""
    home = a_home(tmp_path / "home")
    sign(start(home), 7)
    exported(home, tmp_path / "state.json", retire=True)
    import_floor(home, KEY, 8)
    assert why(home) is None
