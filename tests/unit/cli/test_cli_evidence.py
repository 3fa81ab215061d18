"""Evidence from the command line: files and folders are read here, their evidence files kept for later, and a
token is verified before it goes on the chain.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.business.evidence.module import MODULE
from p2pchain.business.software import MODULES
from p2pchain.cli.evidence import deposited_files
from p2pchain.cli.evidence.part import PART
from p2pchain.cli.modules.groups import module_group
from p2pchain.codec.evidence_file import decode_evidence_file, deposit_id
from p2pchain.crypto.hashing import sha256
from p2pchain.presentation.directory import Directory
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.evidence_steps import town

SAMPLES = Path(__file__).parents[2] / "samples"
DECISION = SAMPLES / "evidence-decision.txt"
BUREAU = ("--statement", "exported by two clerks", "--as", "bureau")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """The town's homes in one."""
    home = tmp_path / "home"
    home.mkdir()
    directory = Directory(MODULES)
    group = module_group(directory, MODULE, PART)
    return ModuleDesk(home, capsys, town(), directory, [group], ["bureau", "archive", "court"])


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A folder with files, one of them in a folder of its own."""
    folder = tmp_path / "day"
    (folder / "b").mkdir(parents=True)
    for number, name in enumerate(("a.txt", "b/a.txt", "c.txt")):
        (folder / name).write_bytes(b"content %d" % number)
    return folder


def test_a_folder_is_a_root_and_an_evidence_file_for_each(desk: ModuleDesk, day: Path) -> None:
    told = desk.read("evidence", "deposit", str(day), *BUREAU)
    kept = desk.session.home / "evidence" / told["digest"]
    assert (told["files"], told["code"]) == (3, None)
    assert {path.relative_to(kept).as_posix() for path in kept.rglob("*.evidence")} == {
        "a.txt.evidence",
        "b/a.txt.evidence",
        "c.txt.evidence",
    }
    one = decode_evidence_file((kept / "b/a.txt.evidence").read_bytes())
    assert (one.org, one.count, one.index, one.file.name) == ("bureau", 3, 1, "b/a.txt")
    assert one.file.sha256 == sha256(b"content 1")
    found = desk.read("evidence", "find", str(kept / "c.txt.evidence"))
    assert [row["deposit"] for row in found["depositors"]] == [deposit_id("bureau", one.digest).hex()]


def test_one_file_is_found_by_who_has_it(desk: ModuleDesk) -> None:
    out = desk.says("evidence", "deposit", str(DECISION), *BUREAU)
    assert "wrote an evidence file to " in out
    found = desk.read("evidence", "find", str(DECISION))
    assert [(row["place"], row["org"]) for row in found["depositors"]] == [(0, "bureau")]
    assert desk.read("evidence", "find", sha256(DECISION.read_bytes()).hex()) == found


def test_one_file_that_is_sealed_is_found_by_nobody_else(desk: ModuleDesk) -> None:
    told = desk.read("evidence", "deposit", "--sealed", str(DECISION), *BUREAU)
    assert desk.read("evidence", "find", str(DECISION))["depositors"] == []
    assert desk.read("evidence", "find", told["digest"])["depositors"][0]["org"] == "bureau"


def test_what_the_chain_refuses_leaves_nothing_behind(desk: ModuleDesk, day: Path) -> None:
    refused = desk.read("evidence", "deposit", str(day), *BUREAU[:2], "--as", "court")
    assert refused["code"] == "AUTH_ROLE"
    assert list((desk.session.home / "evidence").iterdir()) == []


def test_evidence_files_that_are_there_stay(desk: ModuleDesk) -> None:
    """Who deposits the same file again is refused, and keeps what it had."""
    first = desk.read("evidence", "deposit", str(DECISION), *BUREAU)
    kept = desk.session.home / "evidence" / first["digest"] / "evidence-decision.txt.evidence"
    before = kept.read_bytes()
    assert desk.read("evidence", "deposit", str(DECISION), *BUREAU)["code"] == "EVD_EXISTS"
    assert kept.read_bytes() == before


def test_what_cannot_be_deposited(
    desk: ModuleDesk, day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    for paths, code in (
        ([tmp_path / "none"], "EVD_EMPTY"),
        ([day / "a.txt", day / "b" / "a.txt"], "EVD_FILE_NAME"),
    ):
        assert desk.read("evidence", "deposit", *map(str, paths), *BUREAU)["code"] == code
    monkeypatch.setattr(deposited_files, "FILES_MAX", 2)
    assert desk.read("evidence", "deposit", str(day), *BUREAU)["code"] == "EVD_TOO_MANY_FILES"


def test_a_newer_deposit_takes_the_place_of_the_older(desk: ModuleDesk, day: Path) -> None:
    desk.read("evidence", "deposit", str(DECISION), *BUREAU)
    older = deposit_id("bureau", sha256(DECISION.read_bytes())).hex()
    out = desk.says("evidence", "supersede", str(day), older[:8], *BUREAU)
    assert f"it replaces deposit {older}" in out
    assert desk.read("evidence", "show", older[:8])["superseded_by"] is not None


@pytest.mark.parametrize("name", ["token-foreign", "token-expired", "token-self", "token-sha512"])
def test_a_false_token_does_not_reach_the_chain(desk: ModuleDesk, name: str) -> None:
    """One over SHA-512 is false as long as the file is not at hand."""
    desk.read("evidence", "deposit", str(DECISION), *BUREAU)
    stamp = stamped(name)
    height = desk.world.ledger.height
    refused = desk.read(*stamp)
    assert (refused["code"], desk.world.ledger.height) == ("EVD_TIMESTAMP_INVALID", height)


def test_true_tokens_stand_beside_the_deposit(desk: ModuleDesk) -> None:
    desk.read("evidence", "deposit", str(DECISION), *BUREAU)
    assert "signed by CN=Sample Time-Stamping Authority" in desk.says(*stamped("token"))
    assert desk.read(*stamped("token"))["code"] == "EVD_TIMESTAMPED"
    assert desk.read(*stamped("token-sha512"), "--file", str(DECISION))["code"] is None
    steps = desk.read("evidence", "history", deposit_id("bureau", sha256(DECISION.read_bytes())).hex())
    assert [step["step"] for step in steps["steps"]] == ["deposited", "timestamped", "timestamped"]
    other = desk.read(*stamped("token-sha512"), "--file", str(SAMPLES / "invoice-ubl.xml"))
    assert other["code"] == "EVD_TIMESTAMP_INVALID"


def stamped(name: str) -> tuple[str, ...]:
    """Put one of our tokens beside the decision."""
    id_ = deposit_id("bureau", sha256(DECISION.read_bytes())).hex()
    token = ("--token", str(SAMPLES / f"evidence-{name}.tsr"))
    authority = ("--authority", str(SAMPLES / "evidence-authority.pem"))
    return ("evidence", "timestamp", id_, *token, *authority, "--as", "bureau")
