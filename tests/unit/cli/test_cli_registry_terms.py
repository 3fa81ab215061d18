"""The registry as somebody types it, where a whole majority signs: terms, and the financiers' key."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.presentation.directory import Directory
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, Market

INVOICE = str(Path(__file__).parents[2] / "samples" / "invoice-ubl.xml")
QUORUM = [word for name in (*BANKS, *FIRMS) for word in ("--as", name)]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """A home with the accounts of all members and the financiers' key."""
    made = ModuleDesk(
        tmp_path, capsys, Market(), Directory(MODULES), [group_of("registry")], (*BANKS, *FIRMS)
    )
    write_shared_key(tmp_path / "keys" / "registry.key", "5a")
    return made


def write_shared_key(path: Path, digits: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(digits * 32)
    path.chmod(0o600)


def test_terms_are_typed_as_a_percentage(desk: ModuleDesk) -> None:
    """Never as the integer that stands on the chain."""
    terms = ("registry", "set-terms", "--disclosure-days", "20", "--least-percent")
    done = desk.read(*terms, "2.5", *QUORUM)
    assert done["events"][0]["fields"] == {"share_min": "25000000000000000", "disclosure_days": 20}
    assert "2.50 %" in desk.says("registry", "terms")
    assert desk.read(*terms, "500", *QUORUM)["code"] == "VALUE_INVALID"


def test_the_next_key_is_opened_and_the_older_one_ends(desk: ModuleDesk, tmp_path: Path) -> None:
    """Ids and check values are made of the file; nobody types them."""
    registered = desk.read("registry", "register", INVOICE, "--as", "bank-a")
    assert [event["event"] for event in registered["events"]] == ["key_set", "registered"]
    assert desk.read("registry", "rotate-key", *QUORUM)["code"] == "REG_KEY_MISSING"
    write_shared_key(tmp_path / "keys" / "registry.next.key", "6b")
    opened = desk.read("registry", "rotate-key", *QUORUM)
    assert opened["events"][0]["fields"]["epoch"] == 2
    assert "this home has it" in desk.says("registry", "key")
    closed = desk.read("registry", "close-key", "1", "--leave", *QUORUM)
    assert closed["events"][0]["event"] == "key_closed"
    assert [row["epoch"] for row in desk.read("registry", "key")["epochs"]] == [2]


def test_what_another_has_is_contested_by_its_own_name(desk: ModuleDesk) -> None:
    """Whoever names no document of its own means the same one."""
    document = desk.read("registry", "register", INVOICE, "--as", "bank-a")["document"]
    desk.says("registry", "finance", document[:8], "--as", "bank-a")
    said = desk.says("registry", "register", INVOICE, "--as", "bank-b")
    assert f"{document}: registered; it is financed, exact match, others registered or finance it" in said
    code, _, err = desk.run("registry", "finance", document, "--as", "bank-b")
    assert (code, "REG_DUPLICATE_FINANCED: already financed" in err) == (1, True)
    assert "the claim on it is contested" in desk.says("registry", "contest", document[:8], "--as", "bank-b")
    assert "12078.74" in desk.says("registry", "list", "--mine", "--as", "bank-a")
    assert desk.run("registry", "register", INVOICE, "--as", "buyer")[0] == 4


def test_what_the_client_makes_has_no_option(desk: ModuleDesk) -> None:
    """And an action whose file no part reads has no command."""
    for action, made in (("register", "declarations"), ("finance", "share"), ("rotate-key", "check")):
        assert f"--{made}" not in desk.run("registry", action, "--help")[1]
    assert "set-key" not in desk.run("registry", "--help")[1]
